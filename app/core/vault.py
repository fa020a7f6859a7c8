"""Envelope encryption of identity fields: a key per person, wrapped by the root; and their blind index."""

import functools
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from app.core import keys

WrappedKey = NewType("WrappedKey", bytes)
"""One byte root version, one byte generation of this data key, then 40 bytes of RFC 3394."""

WRAPPED_BYTES = 42
NONCE_BYTES, TAG_BYTES = 12, 16
CACHED_KEYS = 1024

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Tampered(Exception):
    """A key or field is not what was sealed here: altered, moved, or another's. Says where, never what."""


@dataclass(frozen=True, slots=True)
class Box:
    """One opened data key. Reads and seals the fields of the person, or the record, that it belongs to."""

    _cipher: AESGCM
    _generation: int

    def seal(self, table: str, column: str, row_id: UUID, text: str) -> bytes:
        """The field encrypted (AES-256-GCM): generation, nonce, ciphertext and tag; bound to its place."""
        return self.seal_bytes(table, column, row_id, text.encode())

    def seal_bytes(self, table: str, column: str, row_id: UUID, data: bytes) -> bytes:
        """The same for what is no text."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        place = _place(table, column, row_id, self._generation)
        return bytes((self._generation,)) + nonce + self._cipher.encrypt(nonce, data, place)

    def read(self, table: str, column: str, row_id: UUID, data: bytes) -> str:
        """The text sealed for exactly this place, or Tampered."""
        return self.read_bytes(table, column, row_id, data).decode()

    def read_bytes(self, table: str, column: str, row_id: UUID, data: bytes) -> bytes:
        """The same for what is no text."""
        if len(data) <= NONCE_BYTES + TAG_BYTES or data[0] != self._generation:
            raise Tampered(f"{table}.{column} of {row_id}")
        nonce, sealed = data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, sealed, _place(table, column, row_id, self._generation))
        except InvalidTag as error:
            raise Tampered(f"{table}.{column} of {row_id}") from error


@functools.lru_cache(maxsize=512)
def _names(*names: str) -> str:
    """The names joined by bars. A name with a bar in it could pass for another place."""
    if not all(map(_NAME.fullmatch, names)):
        raise ValueError("tables, columns and purposes are named in lower case letters, digits and _")
    return "|".join(names)


def _place(table: str, column: str, row_id: UUID, generation: int) -> bytes:
    """Where a field belongs: `table|column|row id|key version`."""
    return f"{_names(table, column)}|{row_id}|{generation}".encode()


def new_data_key(generation: int = 1) -> WrappedKey:
    """A fresh data key, wrapped under the newest root version. The generation counts a person's own keys."""
    return _wrap(secrets.token_bytes(keys.KEY_BYTES), keys.ring().current, generation)


def open_key(wrapped: bytes) -> Box:
    """The box that this wrapped key opens, or Tampered; BadKey if its root version is not here."""
    return _open(bytes(wrapped))


@functools.lru_cache(maxsize=CACHED_KEYS)
def _open(wrapped: bytes) -> Box:
    return Box(AESGCM(_unwrap(wrapped)), wrapped[1])


def forget_keys() -> None:
    """Drop every opened key from memory, after one was destroyed."""
    _open.cache_clear()


def root_version(wrapped: bytes) -> int:
    """The root version that a wrapped key, or an envelope, needs."""
    return wrapped[0]


def rewrap(wrapped: bytes, version: int | None = None) -> WrappedKey:
    """The same data key under another root version, by default the newest; what it sealed stays readable."""
    key, wanted = _unwrap(wrapped), version or keys.ring().current
    return WrappedKey(bytes(wrapped)) if wrapped[0] == wanted else _wrap(key, wanted, wrapped[1])


def _wrap(key: bytes, version: int, generation: int) -> WrappedKey:
    head = bytes((version, generation))
    return WrappedKey(head + aes_key_wrap(keys.purpose("identity", version), key))


def _unwrap(wrapped: bytes) -> bytes:
    if len(wrapped) != WRAPPED_BYTES or not (wrapped[0] and wrapped[1]):
        raise Tampered("a wrapped key of the wrong form")
    try:
        return aes_key_unwrap(keys.purpose("identity", wrapped[0]), bytes(wrapped[2:]))
    except InvalidUnwrap as error:
        raise Tampered("a wrapped key that this root key did not wrap") from error


def needs_rewrap(data: bytes) -> bool:
    """Whether this begins with a key that is wrapped under an older root version than the newest."""
    ring = keys.ring()
    if len(data) < WRAPPED_BYTES or data[0] == ring.current or data[0] not in ring.versions:
        return False
    try:
        return bool(_unwrap(data[:WRAPPED_BYTES]))
    except Tampered:
        return False


def seal_envelope(table: str, column: str, row_id: UUID, text: str) -> bytes:
    """A lone secret with a data key of its own in front: for a column that belongs to no person's file."""
    wrapped = new_data_key()
    return wrapped + open_key(wrapped).seal(table, column, row_id, text)


def read_envelope(table: str, column: str, row_id: UUID, data: bytes) -> str:
    """The secret in an envelope sealed for exactly this place, or Tampered."""
    return open_key(data[:WRAPPED_BYTES]).read(table, column, row_id, data[WRAPPED_BYTES:])


def rewrap_envelope(data: bytes) -> bytes:
    """The same envelope under the newest root version."""
    return rewrap(data[:WRAPPED_BYTES]) + data[WRAPPED_BYTES:]


def blind(strings: Iterable[str], purpose: str, version: int | None = None) -> list[int]:
    """One signed 32-bit number per normalised string (HMAC-SHA256, cut short): for names, often shared."""
    key = keys.purpose("blind_index", version)
    return [int.from_bytes(_mac(key, purpose, value)[:4], signed=True) for value in strings]


def blind_full(value: str, purpose: str, version: int | None = None) -> bytes:
    """32 bytes for one normalised value that identifies a person: a national id, a telephone number."""
    return _mac(keys.purpose("blind_index", version), purpose, value)


def _mac(key: bytes, purpose: str, value: str) -> bytes:
    return hmac.digest(key, f"{_names(purpose)}|{value}".encode(), "sha256")

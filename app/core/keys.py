"""The root key file, and the purpose keys derived from it. No key of ours is ever in the database."""

import functools
import hashlib
import logging
import os
import re
import secrets
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, get_args

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core import clock
from app.core.config import settings

KEY_BYTES = 32
LEAST_DISTINCT = 16  # distinct byte values; 32 random bytes have about 30, and fewer than 16 never
LAST_VERSION = 255  # a version is stored in one byte
CHECK_EVERY = 1.0  # seconds between two looks at the file

Purpose = Literal[
    "identity",
    "attachment",
    "blind_index",
    "audit_mac",
    "cursor",
    "token",
    "refresh",
    "webhook",
    "facts",
    "login",
]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
PINNED: tuple[Purpose, ...] = ("blind_index", "audit_mac", "facts")
"""What these keys make is stored and compared later: they keep their version until all of it is remade."""

_ROOT = re.compile(r"(root|token) ([1-9]\d{0,2}) (\d{1,12}) ([0-9a-f]{64}) ([0-9a-f]{8})")
_PIN = re.compile(r"pin ([a-z_]+) ([1-9]\d{0,2})")
_log = logging.getLogger(__name__)


class BadKey(Exception):
    """The root key file cannot be used. The message names the file and the fault, never the key."""


@dataclass(frozen=True, slots=True)
class Root:
    """One version of the root key: 32 random bytes, and the second (Unix time) since when it is in force.

    With `only` it is not the root key but what was derived from it for that purpose: all that a process gets
    which may do nothing else, and from which nothing else can be derived.
    """

    version: int
    since: int
    key: bytes = field(repr=False)
    only: Purpose | None = None

    def line(self) -> str:
        """The line of the key file, with a check for whoever types it in from paper."""
        word = self.only or "root"
        check = _check(word, self.version, self.since, self.key)
        return f"{word} {self.version} {self.since} {self.key.hex()} {check}"

    def derived(self, name: Purpose) -> bytes:
        """The key for this purpose, or BadKey where it was not handed over."""
        if self.only is None:
            return _derive(self.key, name)
        if self.only != name:
            raise BadKey(f"this process was given the key for {self.only}, and none for {name}")
        return self.key


@dataclass(frozen=True, slots=True)
class Ring:
    """Every version of the root key, the newest last, and the purposes that still use an older one."""

    roots: tuple[Root, ...]
    pins: dict[str, int] = field(default_factory=dict)

    @property
    def current(self) -> int:
        """The version that new keys are wrapped under."""
        return self.roots[-1].version

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions that can be read, oldest first."""
        return tuple(root.version for root in self.roots)

    def root(self, version: int) -> Root:
        """The root key of this version, or BadKey."""
        for root in self.roots:
            if root.version == version:
                return root
        raise BadKey(f"there is no root key of version {version}")

    @property
    def is_handed(self) -> bool:
        """Whether these are keys for one purpose, and not the root key."""
        return any(root.only for root in self.roots)

    def handing(self, name: Purpose) -> Self:
        """The keys for this purpose alone, for a process that may do nothing else."""
        roots = (Root(root.version, root.since, root.derived(name), only=name) for root in self.roots)
        return type(self)(tuple(roots))

    def version_for(self, name: Purpose) -> int:
        """The version this purpose uses now."""
        return self.pins.get(name, self.current)

    def text(self) -> str:
        """The content of the key file."""
        pins = [f"pin {name} {version}" for name, version in sorted(self.pins.items())]
        return "\n".join([root.line() for root in self.roots] + pins) + "\n"

    @classmethod
    def parse(cls, text: str, source: Path) -> Self:
        """The ring in this text, or BadKey."""
        lines = text.splitlines()
        roots = [_parse_root(match, source) for line in lines if (match := _ROOT.fullmatch(line))]
        pins = {match[1]: int(match[2]) for line in lines if (match := _PIN.fullmatch(line))}
        if len(roots) + len(pins) != len(lines) or not roots:
            raise BadKey(f"{source}: not a root key file, or a line of it is damaged")
        ring = cls(tuple(roots), pins)
        _judge(ring, source)
        return ring


def _check(word: str, version: int, since: int, key: bytes) -> str:
    """Eight hexadecimal digits that a mistyped line does not have."""
    return hashlib.sha256(f"dayaq {word} {version} {since} {key.hex()}".encode()).hexdigest()[:8]


def _parse_root(match: re.Match[str], source: Path) -> Root:
    only: Purpose | None = None if match[1] == "root" else "token"
    root = Root(int(match[2]), int(match[3]), bytes.fromhex(match[4]), only)
    if match[5] != _check(match[1], root.version, root.since, root.key):
        raise BadKey(f"{source}: the check of version {root.version} does not fit; was it mistyped?")
    if len(set(root.key)) < LEAST_DISTINCT:
        raise BadKey(f"{source}: version {root.version} is not a random key")
    return root


def _judge(ring: Ring, source: Path) -> None:
    """Refuse a ring that could open or sign what it should not."""
    versions = ring.versions
    if ring.is_handed and (ring.pins or not all(root.only for root in ring.roots)):
        raise BadKey(f"{source}: the root key and keys that were handed over stand in one file")
    if list(versions) != sorted(set(versions)) or ring.current > LAST_VERSION:
        raise BadKey(f"{source}: versions must rise from line to line, up to {LAST_VERSION}")
    if len({root.key for root in ring.roots}) != len(versions):
        raise BadKey(f"{source}: two versions are the same key")
    if not set(ring.pins) <= set(PINNED) or not set(ring.pins.values()) <= set(versions):
        raise BadKey(f"{source}: a pin names no purpose or no version of this file")


def root_key_path() -> Path:
    """Where the root key is: a mounted secret in service, else a file beside the embedded database."""
    return settings().root_key_file or settings().var / "root.key"


def make_root_key(path: Path) -> None:
    """Make a root key for its owner's eyes only. FileExistsError if there is one: it is never overwritten."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_whole(path, Ring((_new_root(1),)), replace=False)


def hand_over(path: Path, name: Purpose) -> None:
    """Write the keys of one purpose, of every root version, for a process that may do nothing else."""
    _write_whole(path, load_root_key(root_key_path()).handing(name), replace=path.exists())


def load_root_key(path: Path) -> Ring:
    """The ring in this file, or BadKey. Never makes one."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            raw = file.read(LAST_VERSION * 120)
    except OSError as error:
        raise BadKey(f"{path}: the root key cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
        raise BadKey(f"{path}: others may read the root key; its mode must be 0600 or 0400")
    return Ring.parse(raw.decode("ascii", "replace"), path)


def add_root_version(path: Path) -> Ring:
    """Add a root version for new keys beside the old one, which stays readable. Never adds a third."""
    ring = load_root_key(path)
    if ring.is_handed:
        raise BadKey(f"{path}: not the root key, but keys that were handed over")
    if len(ring.roots) > 1:
        return ring
    pins: dict[str, int] = {name: ring.version_for(name) for name in PINNED}
    grown = Ring((*ring.roots, _new_root(ring.current + 1)), pins)
    _judge(grown, path)
    _write_whole(path, grown, replace=True)
    return grown


def repin(path: Path, name: Purpose) -> Ring:
    """Let a pinned purpose use the newest version, once everything its old key made has been remade."""
    ring = load_root_key(path)
    moved = Ring(ring.roots, {pinned: version for pinned, version in ring.pins.items() if pinned != name})
    _write_whole(path, moved, replace=True)
    return moved


def retire_root_versions(path: Path, still_used: Iterable[int]) -> Ring:
    """Remove the versions that nothing uses: no wrapped key (the caller counted) and no pinned purpose."""
    ring = load_root_key(path)
    kept = {ring.current, *still_used, *ring.pins.values()}
    left = Ring(tuple(root for root in ring.roots if root.version in kept), ring.pins)
    _write_whole(path, left, replace=True)
    return left


def _new_root(version: int) -> Root:
    return Root(version, int(clock.now().timestamp()), secrets.token_bytes(KEY_BYTES))


def _write_whole(path: Path, ring: Ring, *, replace: bool) -> None:
    """Whole or not at all: written beside, forced to disk, then given its name in one step."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(ring.text())
            file.flush()
            os.fsync(file.fileno())
        _name(draft, path, replace=replace)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _name(draft: Path, path: Path, *, replace: bool) -> None:
    if replace:
        draft.replace(path)
    else:
        path.hardlink_to(draft)  # unlike a rename, this refuses a name that is taken


class _Held:
    """The ring this process works with. A rotation by another process is seen within a second."""

    def __init__(self) -> None:
        self.ring: Ring | None = None
        self.path = Path()
        self.signature: tuple[int, int, int] | None = None
        self.looked = 0.0

    def get(self) -> Ring:
        """The ring, read again when the file has changed."""
        if self.ring is None or time.monotonic() - self.looked > CHECK_EVERY:
            self.look()
        assert self.ring is not None
        return self.ring

    def look(self) -> None:
        """Read the file if it changed; one that has become unusable does not take down a working process."""
        path = root_key_path()
        try:
            status = path.stat()
            signature = (status.st_ino, status.st_mtime_ns, status.st_mode)
            if (path, signature) != (self.path, self.signature):
                self.ring, self.path, self.signature = load_root_key(path), path, signature
        except (OSError, BadKey) as error:
            if self.ring is None or path != self.path:
                raise BadKey(f"{path}: the root key cannot be used: {error}") from error
            _log.error("the root key file has become unusable, working on with the key in memory")
        self.looked = time.monotonic()


_held = _Held()


def ring() -> Ring:
    """The key ring of this process, or BadKey."""
    return _held.get()


def forget() -> None:
    """Read the key file afresh at the next use."""
    global _held
    _held = _Held()


def ring_with(version: int) -> Ring:
    """The ring, looked up again at once if it does not know this version yet."""
    known = _held.get()
    if version not in known.versions:
        _held.look()
        known = _held.get()
    return known


def purpose(name: Purpose, version: int | None = None) -> bytes:
    """The 32-byte key for one purpose, of the version it uses now unless another is named."""
    wanted = version or ring().version_for(name)
    return ring_with(wanted).root(wanted).derived(name)


@functools.lru_cache(maxsize=64)
def _derive(root: bytes, label: str) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=b"dayaq", info=f"dayaq/{label}/1".encode()).derive(root)

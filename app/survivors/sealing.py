"""Seal what names or reaches a person, and index it blind. Pure: rows go in and out, no session, no clock."""

import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from app.core import text, vault
from app.core.vault import Box

SEALED = ("given_name", "surname", "patronymic", "other_spellings", "birth_date", "address")
"""Columns of `survivor` that only the person's key opens; `other_spellings` is a JSON list."""
NAME = ("surname", "given_name", "patronymic")
"""The parts of a full name in the order in which lists are read."""
NAMES = (*NAME, "other_spellings")
"""Everything a person is called."""

# Letters that look like Latin capitals: Cyrillic ones, and those of a Turkish or Azerbaijani keyboard.
_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХІЅЈԚԜҮİ", "ABEKMHOPCTYXISJQWYI")


def seal_survivor(box: Box, survivor_id: UUID, plain: Mapping[str, str | None]) -> dict[str, bytes | None]:
    """The identity columns of a survivor, sealed with the person's key; what is not known stays empty."""
    if unknown := set(plain) - set(SEALED):
        raise ValueError(f"not sealed columns: {sorted(unknown)}")
    return {
        column: None if value is None else box.seal("survivor", column, survivor_id, value)
        for column, value in plain.items()
    }


def read_survivor(
    box: Box, survivor_id: UUID, sealed: Mapping[str, bytes | None], columns: Iterable[str] = SEALED
) -> dict[str, str | None]:
    """Sealed columns of a survivor as text; what is not known stays empty."""
    return {
        column: None if (data := sealed[column]) is None else box.read("survivor", column, survivor_id, data)
        for column in columns
    }


def spellings(names: Iterable[str]) -> str:
    """Further spellings of a name as they stand in their column."""
    return json.dumps(list(names), ensure_ascii=False)


def read_spellings(column: str | None) -> list[str]:
    """The further spellings in their opened column."""
    return [str(name) for name in json.loads(column)] if column else []


def full_name(plain: Mapping[str, str | None]) -> str:
    """A person's name on one line, the surname first; empty when no name is known."""
    return " ".join(filter(None, (plain.get(part) for part in NAME)))


def names_of(plain: Mapping[str, str | None]) -> tuple[str, ...]:
    """The full name and its further spellings; empty when no name is known."""
    return tuple(filter(None, (full_name(plain), *read_spellings(plain["other_spellings"]))))


def name_keys_of(names: Iterable[str | None]) -> set[int]:
    """Everything under which a person of these names is found: the values of `name_key.key`."""
    return {key for name in names if name for key in vault.blind(text.name_keys(name), "name")}


def identifier_key(kind_code: str, number: str) -> int:
    """The short hash of a document number beside the names: shared by several, so it proves nothing."""
    return vault.blind([f"{kind_code}|{number}"], "identifier_hint")[0]


def phone_key(number: str) -> int:
    """The short hash of an E.164 number beside the names."""
    return vault.blind([number], "phone_hint")[0]


def code_key(code: str) -> int:
    """The short hash of a case code beside the names."""
    return vault.blind([code], "code_hint")[0]


def identifier_number(written: str) -> str:
    """A document number as it is kept and compared: ASCII capitals, no blanks or dashes."""
    return "".join(letter for letter in written.upper().translate(_LOOK_ALIKES) if letter.isalnum())


def identifier_lookup(kind_code: str, number: str) -> bytes:
    """The keyed hash of a kind and a number in the form of `identifier_number`."""
    return vault.blind_full(f"{kind_code}|{number}", "identifier")


def phone_lookup(number: str) -> bytes:
    """The keyed hash of an E.164 number."""
    return vault.blind_full(number, "phone")


def index_keys(
    names: Iterable[str | None],
    identifiers: Iterable[tuple[str, str]] = (),
    phones: Iterable[str] = (),
    code: str | None = None,
) -> set[int]:
    """Every value of `name_key.key` for a person: names, documents (kind, number), telephones, case code."""
    hints = {identifier_key(kind, number) for kind, number in identifiers}
    hints |= {phone_key(number) for number in phones}
    return name_keys_of(names) | hints | ({code_key(code)} if code else set())

"""Seal what names or reaches a person, and index it blind. Pure: rows go in and out, no session, no clock."""

import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from app.core import text, vault
from app.core.vault import Box

SEALED = ("given_name", "surname", "patronymic", "other_spellings", "birth_date", "address")
"""Columns of `survivor` that only the person's key opens; `other_spellings` is a JSON list."""

_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХІЅЈ", "ABEKMHOPCTYXISJ")  # Cyrillic capitals in a Latin number


def seal_survivor(box: Box, survivor_id: UUID, plain: Mapping[str, str | None]) -> dict[str, bytes | None]:
    """The identity columns of a survivor, sealed with the person's key; what is not known stays empty."""
    if unknown := set(plain) - set(SEALED):
        raise ValueError(f"not sealed columns: {sorted(unknown)}")
    return {
        column: None if value is None else box.seal("survivor", column, survivor_id, value)
        for column, value in plain.items()
    }


def spellings(names: Iterable[str]) -> str:
    """Further spellings of a name as they stand in their column."""
    return json.dumps(list(names), ensure_ascii=False)


def name_keys_of(names: Iterable[str | None]) -> set[int]:
    """Everything under which a person of these names is found: the values of `name_key.key`."""
    return {key for name in names if name for key in vault.blind(text.name_keys(name), "name")}


def identifier_number(written: str) -> str:
    """A document number as it is kept and compared: ASCII capitals, no blanks or dashes."""
    return "".join(letter for letter in written.upper().translate(_LOOK_ALIKES) if letter.isalnum())


def identifier_lookup(kind_code: str, number: str) -> bytes:
    """The keyed hash of a kind and a number in the form of `identifier_number`."""
    return vault.blind_full(f"{kind_code}|{number}", "identifier")


def phone_lookup(number: str) -> bytes:
    """The keyed hash of an E.164 number."""
    return vault.blind_full(number, "phone")

"""Make the rows of a person's file from what was sent, sealed with the person's key. Pure."""

from typing import Any
from uuid import UUID

from app.core.dates import PartialDate
from app.core.ids import new_id
from app.core.vault import Box
from app.survivors import sealing
from app.survivors.matching import Clues
from app.survivors.models import Consent, Identifier, Phone, Survivor
from app.survivors.schemas import NewConsent, NewIdentifier, NewPhone, Register, Search

CLEAR = (
    *("category_code", "sex_code", "district_code", "displacement_code", "language_code", "education_code"),
    *("occupation_code", "casualty_id", "life_saving_reason", "died_on"),
)
"""Fields of a registration that stand in columns of the same name, readable."""


def birth_columns(birth: PartialDate | None) -> dict[str, Any]:
    """What of a birth date is readable: for care lists and statistics."""
    return {
        "birth_year": birth.date.year if birth else None,
        "birth_precision": birth.precision.value if birth else "unknown",
        "birth_estimated": bool(birth and birth.estimated),
    }


def plain_columns(sent: dict[str, Any]) -> dict[str, str | None]:
    """What of the fields sent is to be sealed, as text; `birth` is a partial date."""
    plain = {name: sent[name] for name in sealing.SEALED if name in sent}
    if "other_spellings" in sent:
        plain["other_spellings"] = (
            sealing.spellings(sent["other_spellings"]) if sent["other_spellings"] else None
        )
    if "birth" in sent:
        plain["birth_date"] = sent["birth"].date.isoformat() if sent["birth"] else None
    return plain


def contents(given: Register) -> tuple[dict[str, Any], dict[str, str | None]]:
    """A registration as readable columns, and as text to be sealed."""
    birth = given.reckoned_birth
    clear = {name: getattr(given, name) for name in CLEAR} | birth_columns(birth)
    sent = {name: getattr(given, name) for name in (*sealing.NAME, "other_spellings", "address")}
    return clear, plain_columns(sent | {"birth": birth})


def held(survivor: Survivor) -> dict[str, UUID]:
    """What every row of a person's file carries of it."""
    return {"survivor_id": survivor.id, "owner_id": survivor.owner_id, "team_id": survivor.team_id}


def identifier(box: Box, survivor: Survivor, given: NewIdentifier) -> Identifier:
    """A document number, sealed, with the hash by which it is found."""
    row_id = given.id or new_id()
    return Identifier.model_validate(
        held(survivor)
        | {
            "id": row_id,
            "kind_code": given.kind_code,
            "number": box.seal("identifier", "number", row_id, given.number),
            "lookup": sealing.identifier_lookup(given.kind_code, given.number),
        }
    )


def phone(box: Box, survivor: Survivor, given: NewPhone) -> Phone:
    """A telephone number, sealed, with the hash by which it is found."""
    row_id = given.id or new_id()
    return Phone.model_validate(
        held(survivor)
        | {
            "id": row_id,
            "number": box.seal("phone", "number", row_id, given.number),
            "lookup": sealing.phone_lookup(given.number),
            "owner_code": given.owner_code,
            "safe_to_call": given.safe_to_call,
        }
    )


def consent(box: Box, survivor: Survivor, operator_id: UUID, given: NewConsent) -> Consent:
    """A consent; who gave it for somebody else, and why, is sealed."""
    row_id = given.id or new_id()
    sealed = {
        name: None if (said := getattr(given, name)) is None else box.seal("consent", name, row_id, said)
        for name in ("giver_name", "best_interest")
    }
    sent = given.model_dump(exclude={"id"}) | held(survivor) | sealed
    return Consent.model_validate(sent | {"id": row_id, "operator_id": operator_id})


def clues(given: Register) -> Clues:
    """By what a person to be registered may be known already."""
    birth = given.reckoned_birth
    sent = {name: getattr(given, name) for name in sealing.NAME}
    full = sealing.full_name(sent)
    numbers = [(one.kind_code, one.number) for one in given.identifiers]
    return Clues(
        names=tuple(filter(None, (full, *given.other_spellings))),
        hints=tuple(sealing.identifier_key(*number) for number in numbers),
        identifiers=tuple(sealing.identifier_lookup(*number) for number in numbers),
        phones=tuple(sealing.phone_lookup(one.number) for one in given.phones),
        sex_code=given.sex_code,
        birth_year=birth.date.year if birth else None,
        birth_estimated=bool(birth and birth.estimated),
    )


def number_clues(given: NewIdentifier) -> Clues:
    """By what the holder of a document may be known already."""
    return Clues(
        hints=(sealing.identifier_key(given.kind_code, given.number),),
        identifiers=(sealing.identifier_lookup(given.kind_code, given.number),),
    )


def asked_clues(asked: Search) -> Clues:
    """What a search says of a person."""
    number = (asked.identifier.kind_code, asked.identifier.number) if asked.identifier else None
    hints = [sealing.identifier_key(*number)] if number else []
    hints += [sealing.phone_key(asked.phone)] if asked.phone else []
    hints += [sealing.code_key(asked.code)] if asked.code else []
    return Clues(
        names=(asked.name,) if asked.name else (),
        hints=tuple(hints),
        identifiers=(sealing.identifier_lookup(*number),) if number else (),
        phones=(sealing.phone_lookup(asked.phone),) if asked.phone else (),
        code=asked.code,
    )


def clear_columns(sent: dict[str, Any]) -> dict[str, Any]:
    """What of the fields sent stands in readable columns; `birth` is a partial date."""
    clear = {name: sent[name] for name in CLEAR if name in sent}
    return clear | (birth_columns(sent["birth"]) if "birth" in sent else {})


def identifier_hint(box: Box, kept: Identifier) -> int:
    """The key of a document number in the index."""
    return sealing.identifier_key(kept.kind_code, box.read("identifier", "number", kept.id, kept.number))


def phone_hint(box: Box, kept: Phone) -> int:
    """The key of a telephone number in the index."""
    return sealing.phone_key(box.read("phone", "number", kept.id, kept.number))


def content(record: Identifier | Phone | Consent) -> dict[str, Any]:
    """What a client said in a record, without what is sealed anew each time."""
    ours = {"created_at", "version", "withdrawn_at", "withdrawn_reason_code"}
    return record.model_dump(exclude=ours | {"number", "giver_name", "best_interest"})

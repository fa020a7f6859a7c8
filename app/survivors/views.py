"""Records of a person as they are shown: opened with the person's key. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core import phones
from app.core.dates import PartialDate, Precision
from app.core.vault import Box
from app.survivors import documents, sealing
from app.survivors.models import Consent, Identifier, Phone, Survivor
from app.survivors.queries import Candidate, name_of
from app.survivors.schemas import (
    ConsentOut,
    IdentifierOut,
    Match,
    PhoneOut,
    Register,
    SurvivorOut,
    SurvivorRow,
    Warned,
)

NOT_WRITTEN = frozenset({"thumb", "verbal", "witness"})  # law 998-IIIQ: in writing or by enhanced e-signature


def plain(box: Box, survivor: Survivor) -> dict[str, str | None]:
    """The sealed columns of a survivor as text."""
    sealed = {column: getattr(survivor, column) for column in sealing.SEALED}
    return sealing.read_survivor(box, survivor.id, sealed)


def birth_of(survivor: Survivor, known: Mapping[str, str | None]) -> PartialDate | None:
    """The birth date as far as it is known."""
    if not known["birth_date"]:
        return None
    return PartialDate(
        date=date.fromisoformat(known["birth_date"]),
        precision=Precision(survivor.birth_precision),
        estimated=survivor.birth_estimated,
    )


def survivor_out(box: Box, survivor: Survivor) -> SurvivorOut:
    """A person's own record, whole."""
    known = plain(box, survivor)
    opened: dict[str, Any] = {name: known[name] for name in known if name != "birth_date"}
    opened["other_spellings"] = sealing.read_spellings(known["other_spellings"])
    opened["birth"] = birth_of(survivor, known)
    clear = {name: getattr(survivor, name) for name in SurvivorOut.model_fields if hasattr(survivor, name)}
    return SurvivorOut.model_validate(clear | opened)


def identifier_out(box: Box, identifier: Identifier) -> IdentifierOut:
    """A document number, with a warning where it looks mistyped."""
    number = box.read("identifier", "number", identifier.id, identifier.number)
    warning = documents.warning_of(identifier.kind_code, number)
    return IdentifierOut(
        id=identifier.id,
        version=identifier.version,
        kind_code=identifier.kind_code,
        number=number,
        warnings=[Warned(pointer="/number", code=warning)] if warning else [],
    )


def phone_out(box: Box, phone: Phone) -> PhoneOut:
    """A telephone number."""
    number = box.read("phone", "number", phone.id, phone.number)
    return PhoneOut(
        id=phone.id,
        version=phone.version,
        number=number,
        shown=phones.shown(number),
        owner_code=phone.owner_code,
        safe_to_call=phone.safe_to_call,
    )


def consent_out(box: Box, consent: Consent, today: date) -> ConsentOut:
    """A consent, with a warning where law asks for another form."""
    clear = {name: getattr(consent, name) for name in ConsentOut.model_fields if hasattr(consent, name)}
    opened: dict[str, Any] = {
        name: None
        if (data := getattr(consent, name)) is None
        else box.read("consent", name, consent.id, data)
        for name in ("giver_name", "best_interest")
    }
    opened["live"] = consent.withdrawn_at is None and consent.given_on <= today <= consent.valid_until
    if consent.mode_code in NOT_WRITTEN:
        opened["warnings"] = [Warned(pointer="/mode_code", code="not_written")]
    return ConsentOut.model_validate(clear | opened)


def row(box: Box, survivor: Survivor) -> SurvivorRow:
    """One line of the list of persons."""
    clear = {name: getattr(survivor, name) for name in SurvivorRow.model_fields if hasattr(survivor, name)}
    return SurvivorRow.model_validate(clear | {"name": name_of(box, survivor)})


def match(found: Candidate, score: float) -> Match:
    """One person found by a search."""
    shown = {name: getattr(found, name) for name in Match.model_fields if name != "score"}
    return Match.model_validate(shown | {"score": round(score, 2)})


def warnings_of(given: Register) -> list[Warned]:
    """What of a registration was kept, but looks mistyped, or is not in the form that law asks for."""
    numbers = [
        (f"/identifiers/{place}/number", documents.warning_of(one.kind_code, one.number))
        for place, one in enumerate(given.identifiers)
    ]
    modes = [
        (f"/consents/{place}/mode_code", "not_written" if one.mode_code in NOT_WRITTEN else None)
        for place, one in enumerate(given.consents)
    ]
    return [Warned(pointer=pointer, code=code) for pointer, code in numbers + modes if code]

"""What people agreed to, as their age asks for it (survivors/consent_ages.csv), and what they took back."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from app.core.clock import day_of
from app.demo.dice import urn
from app.demo.names import FEMALE, MALE, full_name
from app.demo.people import ADULT, Person
from app.demo.places import Country
from app.demo.sheets import Sheets
from app.demo.walks import rows
from app.survivors.rules import SHARING

TEXT_VERSION = "2024-1"
ASSENT = {range(6, 12): "verbal", range(12, 15): "written", range(15, ADULT): "written"}
REASONS = "fear_of_harm:2 wants_to_tell_in_person:1 no_longer_needed:2 not_stated:2"
DATA = ["identity", "contact", "health", "mental_health", "services"]
"""What people agree to share with a provider; each item of a referral rests on one of them."""


@cache
def _purposes() -> tuple[dict[str, str], ...]:
    return tuple(rows("purposes"))


def write_consents(sheets: Sheets, country: Country, person: Person) -> None:
    """What was asked at the registration. Who was registered to save a life was asked nothing."""
    draws, at = sheets.dice, person.life.opened_at
    for row in _purposes() if person.origin.agreed else ():
        if not draws.chance(int(row["share"]) / 100):
            continue
        taken_back = draws.chance(int(row["withdrawn"]) / 100)
        _write_consent(
            sheets,
            country,
            person,
            at,
            withdrawn_at=draws.between(at, country.now) if taken_back else None,
            purpose_code=row["purpose_code"],
            valid_until=day_of(at) + timedelta(days=365 * int(row["years"])),
            data_codes=row["data"].split(),
            operation_codes=row["operations"].split(),
            deletion_code=row["deletion_code"],
        )


def write_sharing(
    sheets: Sheets, country: Country, person: Person, facility_id: UUID, at: datetime, until: datetime | None
) -> UUID:
    """Consent to share with one provider, given at a moment, perhaps taken back at another."""
    return _write_consent(
        sheets,
        country,
        person,
        at,
        withdrawn_at=until,
        purpose_code=SHARING,
        facility_id=facility_id,
        valid_until=day_of(at) + timedelta(days=365 * 3),
        data_codes=DATA,
        operation_codes=["use", "share"],
        deletion_code="on_withdrawal",
    )


def write_sport(sheets: Sheets, country: Country, person: Person, at: datetime, until: date) -> UUID:
    """Consent to take part in sport."""
    return _write_consent(
        sheets,
        country,
        person,
        at,
        withdrawn_at=None,
        purpose_code="sport",
        valid_until=until,
        data_codes=["identity", "contact", "health"],
        operation_codes=["use", "contact"],
        deletion_code="end_of_validity",
    )


def _write_consent(
    sheets: Sheets,
    country: Country,
    person: Person,
    at: datetime,
    *,
    withdrawn_at: datetime | None,
    **more: Any,
) -> UUID:
    """One consent, of the person or of a parent."""
    draws = sheets.dice
    row_id = draws.new_id(at)
    return sheets.record(
        "consent",
        at,
        id=row_id,
        survivor_id=person.id,
        operator_id=country.agency_id,
        text_version=TEXT_VERSION,
        language_code="az",
        mode_code=urn("written:8 e_signature:1 thumb:1").draw(draws),
        given_on=day_of(at),
        withdrawn_at=withdrawn_at,
        withdrawn_reason_code=urn(REASONS).draw(draws) if withdrawn_at else None,
        version=2 if withdrawn_at else 1,
        **_giver(sheets, person, day_of(at), row_id),
        **person.held,
        **more,
    )


def _giver(sheets: Sheets, person: Person, given_on: date, row_id: UUID) -> dict[str, Any]:
    """Who agreed: the person, or for a child a parent, with the child's assent from six years on."""
    age = person.birth.age_on(given_on)
    if age >= ADULT:
        return {"given_by_code": "self"}
    draws = sheets.dice
    parent = full_name(draws, draws.choice([MALE, FEMALE]))
    mode = next((mode for ages, mode in ASSENT.items() if age in ages), None)
    return {
        "given_by_code": "caregiver",
        "giver_name": person.box.seal("consent", "giver_name", row_id, " ".join(parent[1::-1])),
        "giver_relation_code": "parent",
        "child_assent": "yes" if mode else "not_applicable",
        "assent_mode_code": mode,
    }

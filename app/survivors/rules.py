"""Judgements: who may consent at which age, and what may be recorded without consent."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from app.core.dates import PartialDate, age_on
from app.core.errors import Invalid
from app.survivors.errors import AlreadyWithdrawn, ConsentNeeded
from app.survivors.models import Consent

REGISTRATION, SHARING = "registration_and_case_management", "sharing_with_provider"
LEAST = frozenset(
    {"category_code", "sex_code", "given_name", "surname", "patronymic", "birth", "age"}
    | {"district_code", "casualty_id", "died_on"}
)
"""What may be recorded to save a life, without consent: who it is, where, and what happened."""
NAMED_BY = ("given_name", "surname")
AGES = Path(__file__).parent / "consent_ages.csv"

Fault = tuple[str, str]
"""A place in the request, and the code of what is wrong there."""


class Asked(Protocol):
    """What a consent says of who gave it."""

    given_by_code: str
    child_assent: str
    assent_mode_code: str | None
    best_interest: str | None
    given_on: date


@dataclass(frozen=True, slots=True)
class AgeRule:
    """Who may consent for a person of this age, and how a child agrees: one row of `consent_ages.csv`."""

    from_age: int
    to_age: int
    given_by: frozenset[str]
    assent: bool
    assent_modes: frozenset[str]
    note_for: frozenset[str]  # given by these, a note on the person's best interest is needed


@cache
def age_rules() -> tuple[AgeRule, ...]:
    """The table of domain-facts 9.3, as data."""
    with AGES.open(encoding="utf-8", newline="") as file:
        return tuple(_age_rule(row) for row in csv.DictReader(file, strict=True))


def _age_rule(row: dict[str, Any]) -> AgeRule:
    given_by, modes, note_for = (
        frozenset(row[name].split()) for name in ("given_by", "assent_modes", "note_for")
    )
    ages = int(row["from_age"]), int(row["to_age"])
    return AgeRule(*ages, given_by, row["assent"] == "yes", modes, note_for)


def consent_faults(consent: Asked, birth: PartialDate | None, least_age: int | None = None) -> list[Fault]:
    """What is wrong with who gave a consent, at the age on that day; the youngest possible age counts.

    `least_age` is an age that was stated, where the birth date was only reckoned from it.
    """
    ages = age_on(birth, consent.given_on) if birth else None
    if birth is None or ages is None:
        return [("given_on", "before_birth" if birth else "age_needed")]
    age = max(ages[0], least_age or 0)
    rule = next(rule for rule in age_rules() if rule.from_age <= age <= rule.to_age)
    return [*_giver_faults(consent, rule), *_assent_faults(consent, rule)]


def _giver_faults(consent: Asked, rule: AgeRule) -> Iterable[Fault]:
    if consent.given_by_code not in rule.given_by:
        yield "given_by_code", "not_at_this_age"
    elif consent.given_by_code in rule.note_for and not consent.best_interest:
        yield "best_interest", "best_interest_needed"


def _assent_faults(consent: Asked, rule: AgeRule) -> Iterable[Fault]:
    if not rule.assent or consent.given_by_code == "self":
        return
    if consent.child_assent != "yes":
        yield "child_assent", "assent_needed"
    elif consent.assent_mode_code not in rule.assent_modes:
        yield "assent_mode_code", "not_at_this_age"


def invalid(faults: Iterable[Fault], under: str = "") -> Invalid:
    """The refusal that names these faults."""
    errors = [{"pointer": f"{under}/{place}", "code": code, "message": ""} for place, code in faults]
    return Invalid(errors=errors)


def beyond_the_least(said: Iterable[str]) -> list[Fault]:
    """A fault for each field that may not be recorded without consent."""
    return [(name, "not_without_consent") for name in sorted(set(said) - LEAST)]


class Registration(Protocol):
    """What a registration says, as far as it is judged here."""

    age: Any
    life_saving_reason: str | None

    @property
    def reckoned_birth(self) -> PartialDate | None:
        """The birth date."""

    @property
    def consents(self) -> Sequence[Asked]:
        """Who agreed to what."""

    def said(self) -> set[str]:
        """The fields that say something."""


def check_registration(given: Registration) -> None:
    """Consent as the age asks for it; without consent only the least: or Invalid, with every fault."""
    least_age = given.age.years if given.age else None
    faults = beyond_the_least(given.said()) if given.life_saving_reason else []
    for number, consent in enumerate(given.consents):
        found = consent_faults(consent, given.reckoned_birth, least_age)
        faults += [(f"consents/{number}/{place}", code) for place, code in found]
    if faults:
        raise invalid(faults)


def require_consent(consent: Consent | None, fields: Iterable[str]) -> None:
    """Without a live consent to registration nothing beyond the least may be recorded, or ConsentNeeded."""
    beyond = sorted(set(fields) - LEAST)
    if consent is None and beyond:
        raise ConsentNeeded(fields=beyond)


def require_not_withdrawn(consent: Consent) -> None:
    """A consent is taken back once, or AlreadyWithdrawn."""
    if consent.withdrawn_at is not None:
        raise AlreadyWithdrawn(withdrawn_at=consent.withdrawn_at.isoformat())


def require_name(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> None:
    """Who had a name or surname keeps one of them, or Invalid."""
    if any(before[part] for part in NAMED_BY) and not any(after[part] for part in NAMED_BY):
        raise invalid([(part, "name_needed") for part in NAMED_BY])

"""Who may consent at which age, and what may be recorded without consent."""

from dataclasses import dataclass
from datetime import date

import pytest

from app.core.dates import PartialDate, Precision, born_about
from app.core.errors import Invalid
from app.survivors import rules
from app.survivors.errors import ConsentNeeded
from app.survivors.models import Survivor

TODAY = date(2026, 11, 23)


@dataclass
class Said:
    given_by_code: str = "caregiver"
    child_assent: str = "not_applicable"
    assent_mode_code: str | None = None
    best_interest: str | None = None
    given_on: date = TODAY


def born(years: int, *, precision: Precision = Precision.DAY) -> PartialDate:
    return PartialDate(date=date(TODAY.year - years, 1, 1), precision=precision)


def faults(age: int, **said: str | None) -> list[str]:
    return [code for _, code in rules.consent_faults(Said(**said), born(age))]  # type: ignore[arg-type]


WRITTEN = {"child_assent": "yes", "assent_mode_code": "written"}
SPOKEN = {"child_assent": "yes", "assent_mode_code": "verbal"}


@pytest.mark.parametrize(
    ("age", "said", "expected"),
    [
        # 0 to 5: the caregiver, and nobody asks the child
        (0, {}, []),
        (5, {}, []),
        (5, {"given_by_code": "self"}, ["not_at_this_age"]),
        (5, {"given_by_code": "other_trusted_adult"}, ["best_interest_needed"]),
        (5, {"given_by_code": "other_trusted_adult", "best_interest": "No caregiver"}, []),
        # 6 to 11: and the child agrees aloud
        (6, {}, ["assent_needed"]),
        (11, {"child_assent": "no"}, ["assent_needed"]),
        (11, {"child_assent": "unknown"}, ["assent_needed"]),
        (11, SPOKEN, []),
        (6, {"child_assent": "yes"}, ["not_at_this_age"]),
        (11, WRITTEN | {"given_by_code": "self"}, ["not_at_this_age"]),
        # 12 to 14: and in writing
        (12, SPOKEN, ["not_at_this_age"]),
        (14, WRITTEN, []),
        (14, {"given_by_code": "self", "best_interest": "Unsafe"}, ["not_at_this_age"]),
        # 15 to 17: together with the caregiver, unless unsafe
        (15, {}, ["assent_needed"]),
        (15, SPOKEN, []),
        (17, {"given_by_code": "self"}, ["best_interest_needed"]),
        (17, {"given_by_code": "self", "best_interest": "The caregiver is violent"}, []),
        # grown up: only the person; for who cannot, a legal guardian with a reason
        (18, {"given_by_code": "self"}, []),
        (18, {}, ["not_at_this_age"]),
        (90, {"given_by_code": "legal_guardian"}, ["best_interest_needed"]),
        (90, {"given_by_code": "legal_guardian", "best_interest": "Decided with support"}, []),
        (40, {"given_by_code": "other_trusted_adult", "best_interest": "Asked to"}, ["not_at_this_age"]),
    ],
)
def test_who_consents_follows_from_the_age(age: int, said: dict[str, str], expected: list[str]) -> None:
    assert faults(age, **said) == expected


def test_every_age_has_exactly_one_rule_and_a_source() -> None:
    for age in range(131):
        assert len([rule for rule in rules.age_rules() if rule.from_age <= age <= rule.to_age]) == 1
    assert all(line.split(",")[-1] for line in rules.AGES.read_text("utf-8").splitlines()[1:])


def test_where_the_age_is_not_sure_the_person_is_protected_as_the_younger() -> None:
    in_that_year = PartialDate(date=date(2008, 1, 1), precision=Precision.YEAR)  # 17 or 18 today
    alone = Said(given_by_code="self")

    assert rules.consent_faults(alone, in_that_year) == [("best_interest", "best_interest_needed")]
    assert rules.consent_faults(alone, born(18)) == []


def test_an_age_that_was_stated_counts_as_it_was_stated() -> None:
    alone = Said(given_by_code="self")

    assert rules.consent_faults(alone, born_about(18, TODAY), 18) == []
    assert rules.consent_faults(alone, born_about(17, TODAY), 17) != []


def test_without_any_age_nobody_can_tell_who_consents() -> None:
    assert rules.consent_faults(Said(given_by_code="self"), None) == [("given_on", "age_needed")]


def test_nobody_consents_before_birth() -> None:
    unborn = PartialDate(date=date(2026, 12, 1), precision=Precision.MONTH)

    assert rules.consent_faults(Said(), unborn) == [("given_on", "before_birth")]


def test_the_age_is_that_of_the_day_the_consent_was_given() -> None:
    then = Said(given_by_code="self", given_on=date(2020, 1, 1))

    assert rules.consent_faults(then, born(20)) != []  # 14 then


def test_without_consent_a_field_is_kept_only_if_it_saves_a_life() -> None:
    rules.require_consent(None, ["given_name", "birth", "district_code", "died_on"])
    with pytest.raises(ConsentNeeded) as refused:
        rules.require_consent(None, ["given_name", "address", "phones"])

    assert refused.value.facts == {"fields": ["address", "phones"]}


def test_the_least_is_names_of_fields_that_exist() -> None:
    known = set(Survivor.model_fields) | {"birth", "age"}

    assert known >= rules.LEAST
    assert not rules.LEAST & {"address", "occupation_code", "education_code", "identifiers", "phones"}


def test_every_fault_is_told_at_its_place() -> None:
    refusal = rules.invalid([("given_by_code", "not_at_this_age"), ("x", "y")], "/consents/1")

    assert isinstance(refusal, Invalid)
    assert [error["pointer"] for error in refusal.facts["errors"]] == [
        "/consents/1/given_by_code",
        "/consents/1/x",
    ]

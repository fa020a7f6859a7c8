from datetime import date

import pytest
from pydantic import ValidationError

from app.core.config import Settings, settings
from app.statistics import rules, tables
from app.statistics.errors import CohortNotOver, CohortTooSmall, TooManyTables


@pytest.mark.parametrize(
    ("today", "end"),
    [
        (date(2026, 11, 23), date(2025, 12, 31)),
        (date(2026, 1, 30), date(2025, 12, 31)),
        (date(2026, 1, 29), date(2024, 12, 31)),
        (date(2026, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_year_is_over_when_its_late_registrations_are_in(today: date, end: date) -> None:
    assert rules.last_year_end(today) == end


def test_the_first_cohort_is_everybody_and_the_next_begins_the_day_after() -> None:
    first = rules.next_cohort(None, date(2025, 12, 31), None)
    second = rules.next_cohort(date(2025, 12, 31), date(2026, 12, 31), None)

    assert (first.first_day, first.expected_files) == (None, 3400)
    assert (second.first_day, second.expected_files) == (date(2026, 1, 1), 90)


def test_a_country_expects_its_own_people_and_not_those_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "expected_people", 320)
    monkeypatch.setattr(settings(), "expected_people_yearly", 49)
    first = rules.next_cohort(None, date(2025, 12, 31), None)

    assert first.expected_files == 320
    with pytest.raises(TooManyTables):  # nothing is drawn as if it were a large country
        rules.need_fewer_tables(tables.national(first), rules.Covered())
    with pytest.raises(CohortTooSmall):
        rules.next_cohort(first.last_day, date(2026, 12, 31), None)
    assert rules.next_cohort(first.last_day, date(2027, 12, 31), None).expected_files == 98


def test_fifty_expected_files_are_enough_and_forty_nine_are_not() -> None:
    def cohort(files: int) -> int:
        return rules.next_cohort(None, date(2025, 12, 31), files).expected_files

    assert cohort(50) == 50
    with pytest.raises(CohortTooSmall):
        cohort(49)


FOUR = ("total", "sex_age", "region_sex", "region_type")


@pytest.mark.parametrize(
    ("named", "expected", "refused"),
    [
        ((), 500, False),
        ((), 499, True),
        (FOUR, 499, False),
        (FOUR, 100, False),
        (FOUR, 99, True),
        (("total", "district"), 499, True),
        (("total", "district"), 500, False),
        (("total",), 50, False),
    ],
)
def test_of_few_people_a_country_releases_few_tables_and_no_districts(
    monkeypatch: pytest.MonkeyPatch, named: tuple[str, ...], expected: int, refused: bool
) -> None:
    monkeypatch.setattr(settings(), "released_tables", named)
    plan = tables.national(rules.next_cohort(None, date(2025, 12, 31), expected))

    if refused:
        with pytest.raises(TooManyTables):
            rules.need_fewer_tables(plan, rules.Covered())
    else:
        rules.need_fewer_tables(plan, rules.Covered())
    assert tuple(one.name for one in plan.tables) == (named or tuple(one.name for one in tables.TABLES))


def test_a_year_of_a_country_with_many_people_is_not_a_small_country() -> None:
    until = date(2025, 12, 31)
    year = tables.national(rules.next_cohort(until, date(2026, 12, 31), 90))

    rules.need_fewer_tables(year, rules.Covered(until, 3400))
    with pytest.raises(TooManyTables) as refusal:
        rules.need_fewer_tables(year, rules.Covered(until, 300))
    assert (refusal.value.facts["expected_files"], refusal.value.facts["most"]) == (390, 4)


def test_a_table_that_nobody_knows_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYAQ_RELEASED_TABLES", '["survivors"]')
    with pytest.raises(ValidationError):
        Settings()


def test_half_a_year_is_too_short_for_a_cohort_of_its_own() -> None:
    with pytest.raises(CohortTooSmall):
        rules.next_cohort(date(2025, 12, 31), date(2026, 6, 30), None)


def test_a_day_that_has_not_come_ends_no_cohort() -> None:
    with pytest.raises(CohortNotOver):
        rules.need_over(rules.next_cohort(None, date(2026, 2, 2), None), date(2026, 2, 1))

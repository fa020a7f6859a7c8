from datetime import date

import pytest

from app.statistics import rules
from app.statistics.errors import CohortNotOver, CohortTooSmall


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


def test_fifty_expected_files_are_enough_and_forty_nine_are_not() -> None:
    def cohort(files: int) -> int:
        return rules.next_cohort(None, date(2025, 12, 31), files).expected_files

    assert cohort(50) == 50
    with pytest.raises(CohortTooSmall):
        cohort(49)


def test_half_a_year_is_too_short_for_a_cohort_of_its_own() -> None:
    with pytest.raises(CohortTooSmall):
        rules.next_cohort(date(2025, 12, 31), date(2026, 6, 30), None)


def test_a_day_that_has_not_come_ends_no_cohort() -> None:
    with pytest.raises(CohortNotOver):
        rules.need_over(rules.next_cohort(None, date(2026, 2, 2), None), date(2026, 2, 1))

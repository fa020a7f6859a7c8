"""Which cohort is released next: by the calendar and public expectation, never by what is registered."""

from datetime import date, timedelta

from app.statistics.errors import CohortNotOver, CohortTooSmall
from app.statistics.tables import Cohort

LATE = timedelta(days=30)  # for registrations that are entered late; the snapshot waits for them
# ANAMA: more than 3,400 mine victims from 1991 to June 2025, of them 415 since November 2020.
EXPECTED_BEFORE = 3400
EXPECTED_PER_YEAR = 90
MINIMUM_EXPECTED = 50  # files in a cohort; its tables would be noise alone below that


def last_year_end(today: date) -> date:
    """The end of the last year whose late registrations are in."""
    end = date(today.year - 1, 12, 31)
    return end if end + LATE <= today else date(today.year - 2, 12, 31)


def next_cohort(released_until: date | None, until: date, today: date, expected_files: int | None) -> Cohort:
    """The files registered since the last release, up to a day; CohortNotOver or CohortTooSmall."""
    if until > today:
        raise CohortNotOver(last_day=until.isoformat())
    first = released_until + timedelta(days=1) if released_until else None
    days = (until - first).days + 1 if first else 0
    usual = round(EXPECTED_PER_YEAR * days / 365) if first else EXPECTED_BEFORE
    expected = usual if expected_files is None else expected_files
    if expected < MINIMUM_EXPECTED:
        raise CohortTooSmall(expected_files=expected, minimum=MINIMUM_EXPECTED)
    return Cohort(first, until, expected)

"""The clock of a facility: it stands still on closed days, and nowhere else."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.organisations.calendar import ALWAYS_OPEN, Calendar

BAKU = "Asia/Baku"  # UTC+4, without summer time
FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)  # 16:00 there
HOUR = timedelta(hours=1)
moments = st.integers(0, 24 * 600).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + hours * HOUR)
waits = st.integers(0, 24 * 30).map(lambda hours: hours * HOUR)
calendars = st.builds(
    Calendar,
    rest_days=st.frozensets(st.integers(1, 7), max_size=6),
    closed=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=20),
    zone=st.sampled_from(["UTC", BAKU, "Europe/Kyiv"]),
)


def test_a_weekend_is_not_counted() -> None:
    calendar = Calendar(rest_days={6, 7}, zone=BAKU)

    assert calendar.after(FRIDAY, 8 * HOUR) == FRIDAY + 8 * HOUR
    assert calendar.after(FRIDAY, 9 * HOUR) == FRIDAY + (9 + 48) * HOUR
    assert calendar.after(FRIDAY + 24 * HOUR, HOUR) == datetime(2026, 11, 29, 21, tzinfo=UTC)


def test_a_holiday_is_not_counted_and_its_day_begins_where_the_facility_is() -> None:
    calendar = Calendar(closed={date(2026, 11, 28)}, zone=BAKU)

    assert calendar.after(FRIDAY, 9 * HOUR) == FRIDAY + (9 + 24) * HOUR


def test_where_every_day_is_a_day_of_rest_the_clock_runs_on() -> None:
    assert Calendar(rest_days=range(1, 8)).after(FRIDAY, HOUR) == FRIDAY + HOUR


@given(moments, waits)
def test_where_it_is_always_open_time_is_time(start: datetime, wait: timedelta) -> None:
    assert ALWAYS_OPEN.after(start, wait) == start + wait


@given(calendars, moments, waits, waits)
def test_closed_days_only_put_off_and_never_reorder(
    calendar: Calendar, start: datetime, one: timedelta, more: timedelta
) -> None:
    sooner, later = calendar.after(start, one), calendar.after(start, one + more)

    assert start + one <= sooner <= later
    assert later - sooner >= more

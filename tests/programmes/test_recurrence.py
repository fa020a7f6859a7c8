"""When a repeating session takes place."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.programmes.recurrence import MOST, WEEKDAYS, moments, text

FIRST = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday


def test_a_series_keeps_its_weekdays_and_leaves_out_what_it_is_told() -> None:
    found = moments(FIRST, ["mo", "we"], 2, date(2026, 4, 1), [date(2026, 3, 18)], "Asia/Baku")

    assert [m.date().isoformat() for m in found] == [
        "2026-03-02",
        "2026-03-04",
        "2026-03-16",
        "2026-03-30",
        "2026-04-01",
    ]
    assert (
        text(["we", "mo"], 2, date(2026, 4, 1)) == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260401T235959"
    )


def test_the_hour_on_the_wall_stays_when_the_clock_changes() -> None:
    """Kyiv turned its clocks on 29 March 2026; Baku has not since 2016."""
    kyiv = moments(FIRST, ["mo"], 1, date(2026, 4, 6), [], "Europe/Kyiv")
    baku = moments(FIRST, ["mo"], 1, date(2026, 4, 6), [], "Asia/Baku")

    assert [m.hour for m in kyiv] == [15, 15, 15, 15, 14, 14]
    assert {m.hour for m in baku} == {15}


@given(
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.integers(1, 8),
    st.integers(0, 2000),
    st.sets(st.integers(0, 60), max_size=5),
)
def test_every_moment_is_on_a_named_day_in_a_named_week(
    weekdays: set[str], every: int, days: int, but: set[int]
) -> None:
    until = FIRST.date() + timedelta(days=days)
    without = {FIRST.date() + timedelta(days=each) for each in but}

    found = moments(FIRST, sorted(weekdays), every, until, without, "Asia/Baku")

    assert found == sorted(set(found))
    assert len(found) <= MOST + 1
    for moment in found:
        day = moment.date()
        assert WEEKDAYS[day.weekday()] in weekdays
        assert (day - FIRST.date()).days // 7 % every == 0
        assert day <= until
        assert day not in without

"""The table of escalations: which steps are due when."""

from datetime import UTC, datetime, timedelta

import pytest

from app.codelists import lists
from app.organisations.calendar import ALWAYS_OPEN, Calendar
from app.referrals import ladder, rules
from app.referrals.ladder import Tells

FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLOSED_AT_WEEKENDS = Calendar(rest_days={6, 7})


def test_every_priority_reaches_the_manager_first_and_the_coordinator_last() -> None:
    for code in lists.load("referral_priority"):
        mine = [rung for rung in ladder.ladder() if rung.priority_code == code]

        assert [rung.tells for rung in mine] == [Tells.MANAGER, Tells.COORDINATOR]
        assert mine[0].after < mine[1].after


@pytest.mark.parametrize("code", ["emergency", "urgent"])
def test_the_clock_of_what_is_urgent_never_stops(code: str) -> None:
    hours = int(lists.load("referral_priority")[code].extra["answer_within_hours"])
    steps = [rung for rung in ladder.ladder() if rung.priority_code == code]

    until = rules.answer_by(FRIDAY, code, CLOSED_AT_WEEKENDS)

    assert until == FRIDAY + hours * HOUR
    for rung in steps:
        at = until + rung.after + HOUR / 60
        assert rung in ladder.due(code, until, at, (), CLOSED_AT_WEEKENDS)


def test_the_clock_of_what_is_normal_stops_on_closed_days() -> None:
    open_days = rules.answer_by(FRIDAY, "normal", CLOSED_AT_WEEKENDS)
    every_day = rules.answer_by(FRIDAY, "normal", ALWAYS_OPEN)

    assert every_day == FRIDAY + 14 * 24 * HOUR
    assert open_days == FRIDAY + (14 + 6) * 24 * HOUR
    assert ladder.due("normal", FRIDAY, FRIDAY + 73 * HOUR, {1}, CLOSED_AT_WEEKENDS) == []
    assert len(ladder.due("normal", FRIDAY, FRIDAY + 73 * HOUR, {1}, ALWAYS_OPEN)) == 1


def test_no_step_is_due_before_its_time_or_twice() -> None:
    first, second = [rung for rung in ladder.ladder() if rung.priority_code == "urgent"]

    def due(after: timedelta, *done: int) -> list[ladder.Rung]:
        return ladder.due("urgent", FRIDAY, FRIDAY + after, done, ALWAYS_OPEN)

    assert due(timedelta()) == []
    assert due(HOUR) == [first]
    assert due(HOUR, 1) == []
    assert due(second.after + HOUR) == [first, second]
    assert due(second.after + HOUR, 1) == [second]
    assert due(second.after + HOUR, 1, 2) == []

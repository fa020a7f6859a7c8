"""Every status, every action: legal exactly when the table has the row."""

import itertools

import pytest

from app.core.errors import IllegalMove
from app.milestones.states import MILESTONE, Action, Party, Status
from tests.milestones.factories import way_to

ROWS = {(m.source, m.action, m.by): m for m in MILESTONE.moves}
EVERY = list(itertools.product(Status, Action, Party))


@pytest.mark.parametrize(("now", "action", "party"), EVERY)
def test_only_written_rows_are_legal(now: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert MILESTONE.find(now, action, by=[party]) is row
        return
    with pytest.raises(IllegalMove) as refused:
        MILESTONE.find(now, action, by=[party])
    assert action.value not in refused.value.facts["open_actions"]


@pytest.mark.parametrize(("now", "action"), list(itertools.product(Status, Action)))
def test_who_does_not_work_on_the_case_moves_nothing(now: Status, action: Action) -> None:
    with pytest.raises(IllegalMove):
        MILESTONE.find(now, action, by=[])


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached(status: Status) -> None:
    assert len(way_to(status)) <= 3


def test_what_is_reached_is_left_only_by_a_set_back() -> None:
    ways = {(m.action, m.target) for m in MILESTONE.moves if m.source in (Status.ACHIEVED, Status.SUSTAINED)}

    assert ways == {(Action.SUSTAIN, Status.SUSTAINED), (Action.LOSE, Status.LOST)}

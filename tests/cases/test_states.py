"""Every status, every action, every party: legal exactly when the table has the row."""

import itertools

import pytest

from app.cases.states import CASE, OPEN, Action, Party, Status
from app.core.errors import IllegalMove
from tests.cases.factories import way_to

ROWS = {(m.source, m.action, m.by): m for m in CASE.moves}
EVERY = list(itertools.product(Status, Action, Party))


@pytest.mark.parametrize(("now", "action", "party"), EVERY)
def test_only_written_rows_are_legal(now: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert CASE.find(now, action, by=[party]) is row
        return
    with pytest.raises(IllegalMove) as refused:
        CASE.find(now, action, by=[party])
    assert action.value not in refused.value.facts["open_actions"]


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached(status: Status) -> None:
    assert len(way_to(status)) <= 6


def test_what_ends_a_case_is_stamped_and_told() -> None:
    ends = [m for m in CASE.moves if m.target not in OPEN]

    assert len(ends) == 24
    assert {(m.stamps, m.tells is not None and m.tells is not m.by) for m in ends} == {("closed_at", True)}


@pytest.mark.parametrize(("now", "action"), list(itertools.product(Status, Action)))
def test_owner_and_supervisor_lead_to_the_same_status(now: Status, action: Action) -> None:
    assert len({m.target for m in CASE.moves if (m.source, m.action) == (now, action)}) <= 1

"""A plan's life: legal exactly when the table has the row, also over any walk that people could take."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.careplans import queries
from app.careplans.states import CARE_PLAN, Action, Party, Status
from app.cases.states import Status as CaseStatus
from app.core.errors import IllegalMove
from app.core.ids import new_id
from tests.careplans.factories import a_plan, now, step, way_to
from tests.cases.factories import a_case
from tests.factories import Town

ROWS = {(m.source, m.action, m.by): m for m in CARE_PLAN.moves}
EVERY = list(itertools.product(Status, Action, Party))
BY_PEOPLE = sorted({m.action for m in CARE_PLAN.moves if m.by is not Party.SYSTEM})


@pytest.mark.parametrize(("status", "action", "party"), EVERY)
def test_only_written_rows_are_legal(status: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((status, action, party)):
        assert CARE_PLAN.find(status, action, by=[party]) is row
        return
    with pytest.raises(IllegalMove):
        CARE_PLAN.find(status, action, by=[party])


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached(status: Status) -> None:
    assert len(way_to(status)) <= 3


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.sampled_from(BY_PEOPLE), max_size=8))
async def test_any_walk_ends_where_the_table_says_with_a_whole_history(
    town: Town, walk: list[Action]
) -> None:
    case = await a_case(town, CaseStatus.PLANNING, given_name=_name(), surname=_name())
    plan = await a_plan(town, case)
    expected: list[tuple[Action | None, Status]] = [(None, Status.DRAFT)]

    for action in walk:
        row = next((m for m in CARE_PLAN.moves if (m.source, m.action) == (plan.status, action)), None)
        actor = town.supervisor if row is None or row.by is Party.APPROVER else town.caseworker
        if row is None:
            with pytest.raises(IllegalMove):
                await step(town, actor, plan, action)
            plan = await now(town, plan)
        else:
            plan = await step(town, actor, plan, action)
            expected.append((action, row.target))

    async with town.work(town.caseworker) as session:
        moves = await queries.moves(session, plan)
    assert [(move.action, move.target) for move in moves] == expected
    assert plan.status is expected[-1][1]
    stamps = [plan.created_at, plan.submitted_at, plan.approved_at]
    assert [at for at in stamps if at] == sorted(at for at in stamps if at)
    assert (plan.status is Status.APPROVED) is (plan.approved_at is not None)


def _name() -> str:
    return new_id().hex[:12]

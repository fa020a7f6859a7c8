"""Somebody else's yes: for what it is asked, who may give it, and how long it lasts."""

from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import actions, queries
from app.cases.errors import (
    ApprovalMissing,
    ApprovalOver,
    ApprovalPending,
    SomebodyElseNeeded,
)
from app.cases.models import Approval
from app.cases.schemas import (
    AskApproval,
    CloseCase,
)
from app.cases.states import Action, Status
from app.core.errors import Clash, Forbidden, IllegalMove, Stale
from tests.cases.factories import (
    REASON,
    a_case,
    approved,
    ask,
    move,
    now,
    step,
    told,
)
from tests.factories import Town

S, A = Status, Action


async def test_a_plan_is_carried_out_only_with_somebody_elses_yes(town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    for kind in ("nothing", "asked"):
        if kind == "asked":
            await ask(town, case, "plan")
        with pytest.raises(ApprovalMissing):
            await step(town, town.caseworker, case.id, case.version, A.IMPLEMENT)


async def test_a_no_is_no_yes_and_may_be_asked_again(town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    asked = await ask(town, case, "plan")
    async with town.work(town.supervisor) as session:
        await actions.refuse(session, town.supervisor, case.id, asked.id, 1)

    with pytest.raises(ApprovalMissing):
        await step(town, town.caseworker, case.id, case.version, A.IMPLEMENT)
    assert (await move(town, case, A.IMPLEMENT)).status is S.IMPLEMENTATION


async def test_one_yes_serves_one_move(town: Town) -> None:
    case = await a_case(town, S.IMPLEMENTATION)
    case = await move(town, case, A.PLAN)

    with pytest.raises(ApprovalMissing):
        await step(town, town.caseworker, case.id, case.version, A.IMPLEMENT)


async def test_a_yes_to_a_closure_is_void_once_the_case_has_moved_on(town: Town) -> None:
    case = await a_case(town, S.ASSESSMENT)
    await approved(town, case, "closure", REASON)
    case = await move(town, case, A.PLAN)

    with pytest.raises(ApprovalMissing):
        await close(town, case.id, case.version, REASON)


async def close(town: Town, case_id: UUID, version: int, reason: str) -> None:
    async with town.work(town.caseworker) as session:
        given = CloseCase(closure_reason_code=reason)
        await actions.close(session, town.caseworker, case_id, version, given)


async def test_a_case_closes_for_the_reason_that_was_approved(town: Town) -> None:
    case = await a_case(town)
    await approved(town, case, "closure", "moved")

    with pytest.raises(ApprovalMissing):
        await close(town, case.id, case.version, "died")
    await close(town, case.id, case.version, "moved")

    closed = await now(town, case)
    assert (closed.status, closed.closure_reason_code) == (S.CLOSED, "moved")
    assert closed.closed_at


async def test_a_plan_approved_does_not_close_a_case_nor_a_closure_carry_out_a_plan(town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    await approved(town, case, "closure", REASON)
    with pytest.raises(ApprovalMissing):
        await step(town, town.caseworker, case.id, case.version, A.IMPLEMENT)
    await approved(town, case, "plan")
    with pytest.raises(ApprovalMissing):
        await close(town, case.id, case.version, "died")


@pytest.mark.parametrize("who", ["caseworker", "supervisor", "coordinator"])
async def test_nobody_approves_what_is_their_own(town: Town, who: str) -> None:
    """Neither who asked nor whose case it is, whatever the role."""
    case = await a_case(town, S.PLANNING)
    asker: Actor = getattr(town, who)
    async with town.work(asker) as session:
        asked, _ = await actions.ask_approval(session, asker, case.id, AskApproval(kind_code="plan"))

    with pytest.raises((SomebodyElseNeeded, Forbidden)):
        await decide(town, asker, case.id, asked.id)
    with pytest.raises((SomebodyElseNeeded, Forbidden)):
        await decide(town, replace(town.supervisor, user_id=case.owner_id), case.id, asked.id)

    other = town.coordinator if who == "supervisor" else town.supervisor
    await decide(town, other, case.id, asked.id)
    assert (await approval(town, asked.id)).decided_by_id == other.user_id


async def decide(town: Town, actor: Actor, case_id: UUID, approval_id: UUID, version: int = 1) -> None:
    async with town.work(actor) as session:
        await actions.approve(session, actor, case_id, approval_id, version)


async def approval(town: Town, approval_id: UUID) -> Approval:
    async with town.work(town.coordinator) as session:
        return (await session.exec(select(Approval).where(Approval.id == approval_id))).one()


async def test_the_database_itself_refuses_an_answer_to_ones_own_question(town: Town) -> None:
    asked = await ask(town, await a_case(town, S.PLANNING), "plan")

    mine = sa.update(Approval).where(col(Approval.id) == asked.id)

    with pytest.raises(Clash):
        async with town.work(town.caseworker) as session:
            await session.exec(mine.values(approved=True, decided_by_id=town.caseworker.user_id))


async def test_a_question_is_answered_once_and_not_after_the_case_moved_on(town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    asked = await approved(town, case, "plan")
    with pytest.raises(Stale):
        await decide(town, town.coordinator, case.id, asked.id, version=1)
    with pytest.raises(ApprovalOver):
        await decide(town, town.coordinator, case.id, asked.id, version=2)

    waiting = await ask(town, case, "closure", REASON)
    await move_on(town, case.id)
    with pytest.raises(ApprovalOver):
        await decide(town, town.supervisor, case.id, waiting.id)


async def move_on(town: Town, case_id: UUID) -> None:
    async with town.work(town.supervisor) as session:
        case = await queries.get(session, town.supervisor.grant(Permission.CASE_READ), case_id)
        await actions.implement(session, town.supervisor, case_id, case.version)


async def test_a_question_is_asked_once_and_only_where_its_move_is_open(town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    first = await ask(town, case, "plan")

    with pytest.raises(ApprovalPending) as refused:
        await ask(town, case, "plan")
    with pytest.raises(IllegalMove):
        await ask(town, await a_case(town, S.INTAKE, given_name="Leyla"), "plan")

    assert refused.value.facts == {"approval_id": str(first.id)}
    assert ("approval.ask", case.id) in await told(town, town.supervisor)

"""What can be done to a case, by whom and when, and what each act leaves behind."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.access.actor import Actor
from app.access.table import Permission, Role
from app.accounts.models import Membership, Standing, User
from app.cases import actions, queries
from app.cases.errors import (
    ApprovalMissing,
    ApprovalOver,
    ApprovalPending,
    AssessmentMissing,
    CaseOpen,
    ConsentMissing,
    OwnerUnfit,
    SomebodyElseNeeded,
    TaskDone,
)
from app.cases.models import Approval, CaseMove, Note, Task
from app.cases.schemas import (
    AddTask,
    AmendCase,
    AskApproval,
    AssignCase,
    CloseCase,
    FinishTask,
    OpenCase,
    WriteNote,
)
from app.cases.states import Action, Status
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.errors import Clash, Forbidden, IllegalMove, NotFound, Stale
from app.core.ids import new_id
from app.survivors.models import Survivor
from tests.cases.factories import (
    CASE_MANAGEMENT,
    REASON,
    a_case,
    approved,
    ask,
    events,
    move,
    now,
    ready,
    told,
    withdraw,
)
from tests.factories import Town
from tests.survivors.factories import survivor

S, A = Status, Action
UNCONSENTED: dict[str, Any] = {"consents": [], "life_saving_reason": "danger_to_life"}


async def opened(town: Town, actor: Actor, given: OpenCase) -> UUID:
    async with town.work(actor) as session:
        return (await actions.open(session, actor, given))[0].id


async def test_opening_leaves_a_first_step_an_assignment_and_an_event(town: Town) -> None:
    case = await a_case(town)

    async with town.work(town.caseworker) as session:
        (step,) = await queries.moves(session, case)
        (given,) = await queries.assignments(session, case)
    assert (step.action, step.source, step.target, step.by_id) == (
        None,
        None,
        S.INTAKE,
        town.caseworker.user_id,
    )
    assert (given.given_to_id, given.given_to_team_id) == (town.caseworker.user_id, town.north.id)
    (event,) = await events(town, "case.open")
    assert event.object_ids == [case.id, case.survivor_id]


async def test_a_person_has_one_open_case_at_a_time(town: Town) -> None:
    first = await a_case(town)

    with pytest.raises(CaseOpen) as refused:
        await opened(town, town.caseworker, OpenCase(survivor_id=first.survivor_id))
    closed = await move(town, first, A.CLOSE)
    second = await opened(town, town.caseworker, OpenCase(survivor_id=first.survivor_id))

    assert refused.value.facts == {"case_id": str(first.id)}
    assert closed.status is S.CLOSED
    assert second != first.id
    with pytest.raises(CaseOpen):
        await move(town, closed, A.REOPEN)


async def test_a_case_needs_consent_or_a_life_to_save(town: Town) -> None:
    saved = await survivor(town, given_name="Elçin", **UNCONSENTED)
    case = await a_case(town)
    await withdraw(town, await move(town, case, A.CLOSE))

    assert (await a_case(town, person=saved)).status is S.INTAKE
    with pytest.raises(ConsentMissing):
        await opened(town, town.caseworker, OpenCase(survivor_id=case.survivor_id))


@pytest.mark.parametrize(
    ("at", "action"), [(S.INTAKE, A.ASSESS), (S.ASSESSMENT, A.PLAN), (S.PLANNING, A.IMPLEMENT)]
)
async def test_work_goes_on_only_while_the_person_agrees(town: Town, at: Status, action: Action) -> None:
    case = await ready(town, await a_case(town, at), action)
    await withdraw(town, case)

    with pytest.raises(ConsentMissing) as refused:
        await step(town, town.caseworker, case.id, case.version, action)

    assert refused.value.facts == {"purpose": CASE_MANAGEMENT}
    assert (await now(town, case)).status is at


async def step(town: Town, actor: Actor, case_id: UUID, version: int, action: Action) -> None:
    async with town.work(actor) as session:
        await getattr(actions, action.value)(session, actor, case_id, version)


async def test_saving_a_life_opens_a_case_and_takes_it_no_further(town: Town) -> None:
    saved = await survivor(town, given_name="Elçin", **UNCONSENTED)
    case = await a_case(town, person=saved)

    with pytest.raises(ConsentMissing):
        await step(town, town.caseworker, case.id, case.version, A.ASSESS)


async def test_a_plan_waits_for_a_needs_assessment(town: Town) -> None:
    case = await a_case(town, S.ASSESSMENT)

    with pytest.raises(AssessmentMissing):
        await step(town, town.caseworker, case.id, case.version, A.PLAN)

    assert (await move(town, case, A.PLAN)).status is S.PLANNING


async def test_a_later_needs_assessment_counts_and_an_earlier_one_does_not_undo_it(town: Town) -> None:
    case, today = await a_case(town, S.ASSESSMENT), clock.today()
    async with town.work(town.caseworker) as session:
        for days in (3, 1, 2):
            await actions.needs_assessed(session, town.caseworker, case.id, today - timedelta(days))

    assert (await now(town, case)).needs_assessed_on == today - timedelta(1)


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


async def test_reopening_forgets_the_end_and_keeps_the_history(town: Town) -> None:
    case = await a_case(town, S.CLOSED)

    case = await move(town, case, A.REOPEN)

    assert (case.status, case.closed_at, case.closure_reason_code) == (S.REOPENED, None, None)
    async with town.work(town.caseworker) as session:
        steps = await queries.moves(session, case)
    assert [(s.target, s.reason_code) for s in steps] == [
        (S.REOPENED, None),
        (S.CLOSED, REASON),
        (S.INTAKE, None),
    ]


async def test_a_resting_case_wakes_without_its_day(town: Town) -> None:
    case = await a_case(town, S.DORMANT)
    assert case.wakes_on == clock.today() + timedelta(days=30)

    assert (await move(town, case, A.WAKE)).wakes_on is None


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


async def test_a_move_tells_the_other_side_and_not_who_made_it(town: Town) -> None:
    case = await a_case(town, S.IMPLEMENTATION)
    assert ("case.implement", case.id) in await told(town, town.supervisor)
    assert ("case.implement", case.id) not in await told(town, town.caseworker)

    await approved(town, case, "closure", REASON)
    async with town.work(town.coordinator) as session:
        given = CloseCase(closure_reason_code=REASON)
        await actions.close(session, town.coordinator, case.id, case.version, given)

    assert ("case.close", case.id) in await told(town, town.caseworker)
    assert (await events(town, "case.close"))[0].user_id == town.coordinator.user_id


async def test_a_move_on_an_old_version_shows_the_case_as_it_is(town: Town) -> None:
    case = await a_case(town, S.ASSESSMENT)

    with pytest.raises(Stale) as refused:
        await step(town, town.caseworker, case.id, case.version - 1, A.PLAN)

    assert refused.value.facts["current"]["version"] == case.version
    assert refused.value.facts["current"]["status"] == "assessment"


async def test_what_was_not_sent_stays(town: Town) -> None:
    case = await a_case(town)
    async with town.work(town.caseworker) as session:
        given = AmendCase.model_validate({"risk_level_code": "high", "next_review_on": "2030-01-01"})
        await actions.amend(session, town.caseworker, case.id, case.version, given)
    changed = await now(town, case)
    async with town.work(town.caseworker) as session:
        cleared = AmendCase.model_validate({"next_review_on": None})
        await actions.amend(session, town.caseworker, case.id, changed.version, cleared)

    case = await now(town, case)
    assert (case.priority_code, case.risk_level_code, case.next_review_on) == ("normal", "high", None)


async def assign(town: Town, actor: Actor, case_id: UUID, owner: Actor, team_id: UUID | None = None) -> None:
    async with town.work(actor) as session:
        case = await queries.get(session, actor.grant(Permission.CASE_READ), case_id)
        given = AssignCase(owner_id=owner.user_id, team_id=team_id or owner.team_id)
        await actions.assign(session, actor, case_id, case.version, given)


async def test_a_new_owner_takes_over_the_whole_file_and_both_are_told(town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    await ask(town, case, "plan")

    await assign(town, town.supervisor, case.id, town.colleague)

    after = await now(town, case)
    assert (after.owner_id, after.version) == (town.colleague.user_id, case.version + 1)
    async with town.work(town.colleague) as session:
        rows = [(await session.exec(select(t))).all() for t in (Survivor, CaseMove, Approval)]
        assert all(rows)
        newest = (await queries.assignments(session, after))[0]
    assert (newest.given_to_id, newest.by_id) == (town.colleague.user_id, town.supervisor.user_id)
    for person in (town.caseworker, town.colleague):
        assert ("case.assign", case.id) in await told(town, person)
    with pytest.raises(NotFound):
        await step(town, town.caseworker, case.id, after.version, A.IMPLEMENT)


async def test_a_supervisor_gives_within_the_own_team_and_a_coordinator_anywhere(town: Town) -> None:
    case = await a_case(town)

    with pytest.raises(Forbidden):
        await assign(town, town.supervisor, case.id, town.outsider)
    with pytest.raises(Forbidden):
        await assign(town, town.caseworker, case.id, town.colleague)
    with pytest.raises(NotFound):
        await assign(town, town.other_supervisor, case.id, town.outsider)
    await assign(town, town.coordinator, case.id, town.outsider)

    after = await now(town, case)
    assert (after.owner_id, after.team_id) == (town.outsider.user_id, town.south.id)


@pytest.mark.parametrize("unfit", ["other team", "provider", "nobody", "left", "disabled", "coordinator"])
async def test_a_case_goes_only_to_who_works_in_that_team(town: Town, unfit: str) -> None:
    case, north = await a_case(town), town.north.id
    owner = {"other team": town.outsider, "provider": town.provider, "coordinator": town.coordinator}.get(
        unfit, replace(town.colleague, user_id=new_id()) if unfit == "nobody" else town.colleague
    )
    async with unit_of_work(town.database, GATE) as session:
        if unfit == "left":
            left = sa.update(Membership).where(col(Membership.id) == owner.membership_id)
            await session.exec(left.values(ended_at=clock.now()))
        if unfit == "disabled":
            gone = sa.update(User).where(col(User.id) == owner.user_id)
            await session.exec(gone.values(standing=Standing.DISABLED))

    with pytest.raises(OwnerUnfit):
        await assign(town, town.coordinator, case.id, owner, north)

    assert (await now(town, case)).owner_id == town.caseworker.user_id


async def test_a_note_lies_sealed_and_opens_with_the_persons_key_only(town: Town) -> None:
    case = await a_case(town)
    async with town.work(town.caseworker) as session:
        note, box, _ = await actions.write_note(session, town.caseworker, case.id, WriteNote(text="Ağrı var"))

    async with town.work(town.supervisor) as session:
        (kept,) = (await session.exec(select(Note))).all()
    assert "Ağrı".encode() not in kept.text
    assert box.read("note", "text", note.id, kept.text) == "Ağrı var"
    (event,) = await events(town, "note.write")
    assert (event.object_ids, event.field_class) == ([note.id, case.id, case.survivor_id], "health")


async def test_the_same_note_again_is_the_note_that_exists_and_another_text_clashes(town: Town) -> None:
    case, note_id = await a_case(town), new_id()

    async def write(text: str) -> bool:
        async with town.work(town.caseworker) as session:
            given = WriteNote(id=note_id, text=text)
            return (await actions.write_note(session, town.caseworker, case.id, given))[2]

    assert [await write("one"), await write("one")] == [True, False]
    with pytest.raises(Clash):
        await write("two")


async def test_a_task_is_finished_once(town: Town) -> None:
    case = await a_case(town)
    given = AddTask(kind_code="call", text="Ask for the letter", due_on=clock.today())
    async with town.work(town.supervisor) as session:
        work, _ = await actions.add_task(session, town.supervisor, case.id, given)

    async def finish(version: int) -> Task:
        async with town.work(town.caseworker) as session:
            end = FinishTask(outcome_code="not_needed")
            return (
                await actions.finish_task(session, town.caseworker, case.id, work.task.id, version, end)
            ).task

    done = await finish(1)
    assert (done.done_by_id, done.outcome_code) == (town.caseworker.user_id, "not_needed")
    assert ("task.add", case.id) in await told(town, town.caseworker)
    with pytest.raises(Stale):
        await finish(1)
    with pytest.raises(TaskDone):
        await finish(2)


async def test_nobody_outside_the_reach_can_do_anything(town: Town) -> None:
    case = await a_case(town)
    for actor in (town.colleague, town.outsider, town.other_supervisor):
        with pytest.raises(NotFound):
            await step(town, actor, case.id, case.version, A.ASSESS)
        with pytest.raises(NotFound):
            async with town.work(actor) as session:
                await actions.write_note(session, actor, case.id, WriteNote(text="x"))
    for role in set(Role) - {Role.CASEWORKER, Role.SUPERVISOR, Role.COORDINATOR}:
        with pytest.raises(Forbidden):
            await step(town, town.everybody[role], case.id, case.version, A.ASSESS)

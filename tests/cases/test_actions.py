"""What can be done to a case, by whom and when, and what each act leaves behind."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from app.access.actor import Actor
from app.access.table import Role
from app.cases import actions, queries
from app.cases.errors import (
    AssessmentMissing,
    CaseOpen,
    ConsentMissing,
    TaskDone,
)
from app.cases.models import Note, Task
from app.cases.schemas import (
    AddTask,
    AmendCase,
    CloseCase,
    FinishTask,
    OpenCase,
    WriteNote,
)
from app.cases.states import Action, Status
from app.core import clock
from app.core.errors import Clash, Forbidden, NotFound, Stale
from app.core.ids import new_id
from tests.cases.factories import (
    CASE_MANAGEMENT,
    REASON,
    a_case,
    approved,
    events,
    move,
    now,
    ready,
    step,
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

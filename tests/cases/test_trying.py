"""Somebody who is not reached is tried again, and after so many times in vain a person decides."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.cases import actions, trying
from app.cases.models import Case, Task
from app.cases.schemas import AddTask, FinishTask
from app.core import clock
from app.core.config import settings
from app.core.errors import NotFound
from tests.cases.factories import a_case, told
from tests.factories import Town


async def undone(town: Town, case: Case) -> list[Task]:
    async with town.work(town.caseworker) as session:
        rows = select(Task).where(Task.case_id == case.id, col(Task.done_at).is_(None))
        return list((await session.exec(rows.order_by(col(Task.id)))).all())


async def ended(town: Town, case: Case, outcome: str) -> list[Task]:
    """What waits after the one task that waited ended so."""
    (task,) = await undone(town, case)
    given = FinishTask.model_validate({"outcome_code": outcome})
    async with town.work(town.caseworker) as session:
        await actions.finish_task(session, town.caseworker, case.id, task.id, task.version, given)
    return await undone(town, case)


async def to_visit(town: Town) -> Case:
    case = await a_case(town)
    async with town.work(town.caseworker) as session:
        task = AddTask(kind_code="visit", due_on=clock.today())
        await actions.add_task(session, town.caseworker, case.id, task)
    return case


async def test_each_try_in_vain_raises_the_next_and_the_last_a_decision(town: Town) -> None:
    case = await to_visit(town)

    after = [await ended(town, case, trying.NOT_REACHED) for _ in range(3)]

    in_a_week = clock.today() + timedelta(days=7)
    assert [[(one.kind_code, one.due_on) for one in tasks] for tasks in after] == [
        [("visit", in_a_week)],
        [("visit", in_a_week)],
        [("contact_lost", in_a_week)],
    ]
    assert [kind for kind, key in await told(town, town.supervisor) if key == case.id] == [
        "case.contact_lost"
    ]
    assert await ended(town, case, "done") == []


async def test_tries_are_counted_since_the_person_was_last_reached(town: Town) -> None:
    case = await to_visit(town)
    for outcome in (trying.NOT_REACHED, trying.NOT_REACHED, "done"):
        left = await ended(town, case, outcome)
    assert left == []
    async with town.work(town.caseworker) as session:
        task = AddTask(kind_code="call", due_on=clock.today())
        await actions.add_task(session, town.caseworker, case.id, task)

    (again,) = await ended(town, case, trying.NOT_REACHED)

    assert again.kind_code == "call"


async def test_how_often_and_how_soon_is_configured(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "contact_tries", 1)
    monkeypatch.setattr(settings(), "next_try_days", 2)
    case = await to_visit(town)

    (decision,) = await ended(town, case, trying.NOT_REACHED)

    assert (decision.kind_code, decision.due_on) == ("contact_lost", clock.today() + timedelta(days=2))


@pytest.mark.parametrize("outcome", ["done", "not_needed"])
async def test_no_other_end_of_a_task_raises_one(town: Town, outcome: str) -> None:
    assert await ended(town, await to_visit(town), outcome) == []


async def test_who_may_not_finish_a_task_raises_none(town: Town) -> None:
    case = await to_visit(town)
    (task,) = await undone(town, case)

    given = FinishTask(outcome_code="not_reached")
    with pytest.raises(NotFound):
        async with town.work(town.colleague) as session:
            await actions.finish_task(session, town.colleague, case.id, task.id, task.version, given)

    assert [one.id for one in await undone(town, case)] == [task.id]

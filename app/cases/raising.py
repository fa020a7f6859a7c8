"""Tasks that a rule raises, not a person: once for each case, kind and occasion."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.cases import rules
from app.cases.models import IS_RAISED, Case, Task
from app.core import clock
from app.core.ids import new_id
from app.notifications import actions as notifications


class Due(NamedTuple):
    """What a rule found: for this case, about this record or occasion, something is to be done by a day."""

    case: Case
    about: UUID
    due_on: date


async def raise_task(
    session: AsyncSession,
    actor: Actor,
    case: Case,
    kind_code: str,
    due_on: date,
    about: UUID,
    permission: Permission = Permission.CASE_WRITE,
) -> Task:
    """The task of this kind about this, raised now if nobody has raised it; its owner is told."""
    await raise_tasks(session, actor, kind_code, [Due(case, about, due_on)], permission)
    return await _raised(session, case, kind_code, about)


async def end_task(session: AsyncSession, actor: Actor, case: Case, kind_code: str, about: UUID) -> None:
    """The task of this kind about this is done, unless it has ended: what it was raised for has happened."""
    actor.grant(Permission.CASE_WRITE)
    task = await _raised(session, case, kind_code, about)
    if task.done_at is not None:
        return
    task.done_at, task.done_by_id, task.outcome_code = clock.now(), actor.user_id, "done"
    audit.record(session, actor, "task.finish", rules.trail(case, task.id))


async def raise_tasks(
    session: AsyncSession,
    actor: Actor,
    kind_code: str,
    found: Collection[Due],
    permission: Permission = Permission.CASE_WRITE,
) -> Sequence[UUID]:
    """Raise those tasks of a kind that are not there already; their ids. A finished one counts as there.

    `permission`: what lets the actor do that about which the task is.
    """
    actor.grant(permission)
    if not found:
        return []
    of = {due.case.id: due.case for due in found}
    new = insert(Task).values([_row(kind_code, due) for due in found])
    fresh = new.on_conflict_do_nothing(
        index_elements=["case_id", "kind_code", "about"], index_where=IS_RAISED
    )
    raised = (await session.exec(fresh.returning(col(Task.id), col(Task.case_id)))).all()
    for task_id, case_id in raised:
        case = of[case_id]
        audit.record(session, actor, "task.raise", rules.trail(case, task_id))
        notifications.tell_person(session, case.owner_id, "task.raise", case.id)
    await session.flush()
    return [task_id for task_id, _ in raised]


async def _raised(session: AsyncSession, case: Case, kind_code: str, about: UUID) -> Task:
    rows = select(Task).where(Task.case_id == case.id, Task.kind_code == kind_code, Task.about == about)
    return (await session.exec(rows)).one()


def _row(kind_code: str, due: Due) -> dict[str, object]:
    case = due.case
    return {
        "id": new_id(),
        "created_at": clock.now(),
        "version": 1,
        "owner_id": case.owner_id,
        "team_id": case.team_id,
        "case_id": case.id,
        "kind_code": kind_code,
        "about": due.about,
        "due_on": due.due_on,
    }

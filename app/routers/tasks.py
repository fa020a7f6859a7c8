"""Routes under /tasks and /cases/{id}/tasks: what is to be done, by when."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import actions, queries
from app.cases.errors import TaskDone, TaskOfFlag
from app.cases.queries import Work
from app.cases.schemas import AddTask, AmendTask, FinishTask, TaskOut
from app.core import pages
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.given import Day
from app.core.pages import Ask, Page
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("tasks")
CHANGE = problems(Forbidden, NotFound, Stale, VersionMissing, KeyReused, TaskDone, TaskOfFlag, Busy)


def _page(
    session: AsyncSession, actor: Actor, page: Ask, found: Sequence[Work], action: str = "task.list"
) -> Page[TaskOut]:
    """A page of opened tasks, its ids written to the audit trail."""
    shown = found[: page.limit]
    ids = [each for work in shown for each in (work.task.id, work.task.case_id)]
    audit.record(session, actor, action, dict.fromkeys(ids), FieldClass.HEALTH)
    following = pages.seal(page, found[page.limit].task.id) if len(found) > page.limit else None
    return Page(items=[TaskOut.of(work) for work in shown], next_cursor=following)


@router.get("/tasks", responses=problems(Forbidden))
async def list_my_tasks(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    due_by: Annotated[Day | None, Query(description="Only what is due by this day")] = None,
) -> Page[TaskOut]:
    """What you have still to do, first due first."""
    found = await queries.tasks_mine(session, actor.grant(Permission.CASE_READ), page, due_by)
    return _page(session, actor, page, found)


@router.get("/cases/{case_id}/tasks", responses=problems(Forbidden, NotFound))
async def list_tasks(
    case_id: UUID,
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    undone: Annotated[bool, Query(description="Only what is still to do")] = False,
) -> Page[TaskOut]:
    """The tasks of a case, first due first."""
    case = await queries.get(session, actor.grant(Permission.CASE_READ), case_id)
    return _page(session, actor, page, await queries.tasks_of(session, case, page, undone))


@router.post(
    "/cases/{case_id}/tasks",
    status_code=201,
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, Clash, KeyReused, Busy) | EXISTS,
)
async def add_task(
    case_id: UUID, body: AddTask, response: Response, session: SessionDep, actor: ActorDep
) -> TaskOut:
    """Add something to do for this person. Its owner is told, unless it is you."""
    work, is_new = await actions.add_task(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, TaskOut.of(work))


@router.patch("/cases/{case_id}/tasks/{task_id}", dependencies=[Once], responses=CHANGE)
async def amend_task(
    case_id: UUID,
    task_id: UUID,
    version: VersionDep,
    body: AmendTask,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> TaskOut:
    """Give a task another day."""
    return tagged(
        response, TaskOut.of(await actions.amend_task(session, actor, case_id, task_id, version, body))
    )


@router.post("/cases/{case_id}/tasks/{task_id}/finish", dependencies=[Once], responses=CHANGE)
async def finish_task(
    case_id: UUID,
    task_id: UUID,
    version: VersionDep,
    body: FinishTask,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> TaskOut:
    """Finish a task: it is done, or not needed any more."""
    return tagged(
        response, TaskOut.of(await actions.finish_task(session, actor, case_id, task_id, version, body))
    )

"""Routes under /bulk-assignments and /teams/{id}/caseloads: many cases at once, and who carries how much."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.assignments import actions, queries
from app.assignments.schemas import (
    AssignCases,
    BulkAssignmentOut,
    BulkItemOut,
    CaseloadsOut,
    PreviewBulkOut,
)
from app.assignments.states import State
from app.audit import actions as audit
from app.cases.errors import OwnerUnfit
from app.core import pages
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.core.pages import Page
from app.routers._deps import ActorDep, PageDep, SessionDep
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("bulk assignments")
JOB = "/bulk-assignments/{bulk_assignment_id}"


@router.get("/teams/{team_id}/caseloads", responses=problems(Forbidden, NotFound))
async def list_caseloads(team_id: UUID, session: SessionDep, actor: ActorDep) -> CaseloadsOut:
    """How many open cases each of a team has, and how much they weigh (`docs/explanation/caseload.md`)."""
    return await actions.caseloads(session, actor, team_id)


@router.post("/bulk-assignments/preview", responses=problems(Forbidden, OwnerUnfit))
async def preview_bulk_assignment(body: AssignCases, session: SessionDep, actor: ActorDep) -> PreviewBulkOut:
    """What an assignment would do today: how many cases to whom, which not and why. Nothing is changed."""
    return await actions.preview(session, actor, body)


@router.post(
    "/bulk-assignments",
    status_code=202,
    dependencies=[Once],
    responses=problems(Forbidden, Clash, KeyReused, Busy, OwnerUnfit) | EXISTS,
)
async def begin_bulk_assignment(
    body: AssignCases, response: Response, session: SessionDep, actor: ActorDep
) -> BulkAssignmentOut:
    """Assign many cases as a job: each goes whole or not at all, and the list of results says which."""
    job, is_new = await actions.begin(session, actor, body)
    response.status_code = 202 if is_new else 200
    return BulkAssignmentOut.of(job, await queries.counts(session, job))


@router.get(JOB, responses=problems(Forbidden, NotFound))
async def get_bulk_assignment(
    bulk_assignment_id: UUID, session: SessionDep, actor: ActorDep
) -> BulkAssignmentOut:
    """A bulk assignment and how far it is."""
    job = await queries.get(session, actor.grant(Permission.CASE_ASSIGN), bulk_assignment_id)
    audit.record(session, actor, "bulk_assignment.read", [job.id])
    return BulkAssignmentOut.of(job, await queries.counts(session, job))


@router.get(f"{JOB}/items", responses=problems(Forbidden, NotFound))
async def list_bulk_items(
    bulk_assignment_id: UUID,
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    state: Annotated[State | None, Query()] = None,
) -> Page[BulkItemOut]:
    """What became of each case, in order."""
    job = await queries.get(session, actor.grant(Permission.CASE_ASSIGN), bulk_assignment_id)
    found = await queries.items(session, job, page, state)
    shown = found[: page.limit]
    audit.record(session, actor, "bulk_assignment.list_items", [job.id, *(one.case_id for one in shown)])
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[BulkItemOut.of(one) for one in shown], next_cursor=following)

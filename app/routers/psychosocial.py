"""Routes of the compartment, under /cases/{id}/screenings."""

from uuid import UUID

from fastapi import Response

from app.access.table import Permission
from app.assessments.errors import InstrumentVersion
from app.assessments.schemas import DifferencesOut, RecordAssessment
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.rules import trail
from app.core import pages
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.core.pages import Page
from app.psychosocial import actions, queries
from app.psychosocial.schemas import ScreeningOut, answered
from app.routers._deps import ActorDep, PageDep, SessionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("psychosocial support")
OF_CASE = "/cases/{case_id}/screenings"
ADD = problems(Forbidden, NotFound, Clash, KeyReused, Busy, InstrumentVersion) | EXISTS


@router.post(OF_CASE, status_code=201, dependencies=[Once], responses=ADD)
async def record_screening(
    case_id: UUID, body: RecordAssessment, response: Response, session: SessionDep, actor: ActorDep
) -> ScreeningOut:
    """Record an instrument that only a counsellor asks. An answer that tells of danger raises a flag."""
    screening, box, is_new = await actions.screen(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ScreeningOut.of(screening, box))


@router.get(OF_CASE, responses=problems(Forbidden, NotFound))
async def list_screenings(
    case_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep
) -> Page[ScreeningOut]:
    """What your facility asked this person, newest first, while a live referral shares the case."""
    grant = actor.grant(Permission.PSYCHOSOCIAL_READ)
    case = await queries.case(session, grant, case_id)
    found = await queries.of_case(session, grant, case, page)
    shown = found[: page.limit]
    ids = trail(case, *(each.id for each in shown))
    audit.record(session, actor, "screening.list", ids, FieldClass.MENTAL_HEALTH)
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    box = await queries.box(session, case)
    return Page(items=[ScreeningOut.of(each, box) for each in shown if box], next_cursor=following)


@router.get(f"{OF_CASE}/changes", responses=problems(Forbidden, NotFound))
async def list_screening_changes(case_id: UUID, session: SessionDep, actor: ActorDep) -> DifferencesOut:
    """How each score of what your facility asked has changed since the first time, and by how much."""
    grant = actor.grant(Permission.PSYCHOSOCIAL_READ)
    case = await queries.case(session, grant, case_id)
    found = await queries.in_order(session, grant, case)
    ids = trail(case, *(each.id for each in found))
    audit.record(session, actor, "screening.compare", ids, FieldClass.MENTAL_HEALTH)
    box = await queries.box(session, case)
    return DifferencesOut.of(answered(each, box) for each in found if box)

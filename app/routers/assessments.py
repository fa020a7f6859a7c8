"""Routes under /instruments and /cases/{id}/assessments."""

from uuid import UUID

from fastapi import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.assessments import actions, queries
from app.assessments.change import Answered
from app.assessments.errors import InstrumentVersion
from app.assessments.instrument import instruments
from app.assessments.schemas import AssessmentOut, DifferencesOut, InstrumentsOut, RecordAssessment, TrendsOut
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases.errors import ConsentMissing
from app.cases.rules import trail
from app.core import pages
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.core.pages import Page
from app.routers._deps import ActorDep, PageDep, SessionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("assessments")
RECORD = problems(Forbidden, NotFound, Clash, KeyReused, Busy, ConsentMissing, InstrumentVersion)


@router.get("/instruments", responses=problems(Forbidden))
async def list_instruments(_: SessionDep, actor: ActorDep) -> InstrumentsOut:
    """Every instrument with its items, its answers, its algorithm, its source and its licence."""
    actor.grant(Permission.DIRECTORY_READ)
    return InstrumentsOut(items=list(instruments().values()))


@router.post("/cases/{case_id}/assessments", status_code=201, dependencies=[Once], responses=RECORD | EXISTS)
async def record_assessment(
    case_id: UUID, body: RecordAssessment, response: Response, session: SessionDep, actor: ActorDep
) -> AssessmentOut:
    """Record an instrument's answers, for a person who agrees to it. The result is computed, and kept."""
    assessment, is_new = await actions.record(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, AssessmentOut.of(assessment))


@router.get("/cases/{case_id}/assessments", responses=problems(Forbidden, NotFound))
async def list_assessments(
    case_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep
) -> Page[AssessmentOut]:
    """The assessments of a case, newest first."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.of_case(session, case, page)
    shown = found[: page.limit]
    ids = trail(case, *(each.id for each in shown))
    audit.record(session, actor, "assessment.list", ids, FieldClass.HEALTH)
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[AssessmentOut.of(each) for each in shown], next_cursor=following)


@router.get("/cases/{case_id}/assessments/changes", responses=problems(Forbidden, NotFound))
async def list_changes(case_id: UUID, session: SessionDep, actor: ActorDep) -> DifferencesOut:
    """How each score has changed since the first time it was known, and whether by more than chance."""
    return DifferencesOut.of(await _answered(session, actor, case_id))


@router.get("/cases/{case_id}/assessments/trends", responses=problems(Forbidden, NotFound))
async def list_trends(case_id: UUID, session: SessionDep, actor: ActorDep) -> TrendsOut:
    """Each score over time: every time it was known, and whether it is beyond chance since the first.

    Beyond chance is a change of at least the minimal detectable change, where somebody has published one.
    """
    return TrendsOut.of(await _answered(session, actor, case_id))


async def _answered(session: AsyncSession, actor: Actor, case_id: UUID) -> list[Answered]:
    """What was answered in a case, in the order of its days; that it was read is an event."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.in_order(session, case)
    ids = trail(case, *(each.id for each in found))
    audit.record(session, actor, "assessment.compare", ids, FieldClass.HEALTH)
    return [Answered(each.id, each.instrument_code, each.assessed_on, each.scores) for each in found]

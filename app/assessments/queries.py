"""Every read of an assessment, through a case that a grant has opened."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.models import Assessment
from app.cases.models import Case
from app.core.pages import FIRST, Ask

MOST = 1000


async def find(session: AsyncSession, case: Case, assessment_id: UUID) -> Assessment | None:
    """The assessment of this case that has this id, if there is one."""
    rows = select(Assessment).where(Assessment.case_id == case.id, Assessment.id == assessment_id)
    return (await session.exec(rows)).one_or_none()


async def before(session: AsyncSession, assessment: Assessment) -> Assessment | None:
    """The last one of the same instrument in this case on an earlier day."""
    rows = select(Assessment).where(
        Assessment.case_id == assessment.case_id,
        Assessment.instrument_code == assessment.instrument_code,
        col(Assessment.assessed_on) < assessment.assessed_on,
    )
    latest = rows.order_by(col(Assessment.assessed_on).desc(), col(Assessment.id).desc())
    return (await session.exec(latest.limit(1))).first()


async def in_order(session: AsyncSession, case: Case) -> Sequence[Assessment]:
    """Assessments of this case in the order of their days, so many as a life may hold."""
    rows = select(Assessment).where(Assessment.case_id == case.id)
    ordered = rows.order_by(col(Assessment.assessed_on), col(Assessment.id))
    return (await session.exec(ordered.limit(MOST))).all()


async def of_case(session: AsyncSession, case: Case, ask: Ask) -> Sequence[Assessment]:
    """Assessments of this case, newest first; one more than asked for where there is another page."""
    rows = select(Assessment).where(Assessment.case_id == case.id)
    if ask.start != FIRST:
        rows = rows.where(col(Assessment.id) <= ask.start)
    return (await session.exec(rows.order_by(col(Assessment.id).desc()).limit(ask.limit + 1))).all()

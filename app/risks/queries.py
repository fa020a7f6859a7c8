"""Every read of a risk flag, through a case that a grant has opened."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.cases.models import Case
from app.core.errors import NotFound
from app.risks.models import RiskFlag

MOST = 200


async def of_case(session: AsyncSession, case: Case) -> Sequence[RiskFlag]:
    """The flags of this case, newest first."""
    rows = select(RiskFlag).where(RiskFlag.case_id == case.id)
    return (await session.exec(rows.order_by(col(RiskFlag.id).desc()).limit(MOST))).all()


async def find(session: AsyncSession, case: Case, flag_id: UUID | None) -> RiskFlag | None:
    """The flag of this case that has this id, if there is one."""
    rows = select(RiskFlag).where(RiskFlag.case_id == case.id, RiskFlag.id == flag_id)
    return (await session.exec(rows)).one_or_none() if flag_id else None


async def get(session: AsyncSession, case: Case, flag_id: UUID) -> RiskFlag:
    """One flag of this case, or NotFound."""
    if found := await find(session, case, flag_id):
        return found
    raise NotFound

"""Every read of the compartment. Each takes a Grant, or a case that a grant has opened."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock
from app.core.errors import NotFound
from app.core.pages import FIRST, Ask
from app.core.vault import Box
from app.psychosocial import keys
from app.psychosocial.models import Screening
from app.referrals.models import Referral
from app.referrals.states import LIVE
from app.survivors.models import Consent

MOST = 1000


async def case(session: AsyncSession, grant: Grant, case_id: UUID) -> Case:
    """One case within reach, or NotFound. A shared one: a live referral opens it, on a consent live today."""
    if grant.reach is not Reach.SHARED:
        return await cases.get(session, grant, case_id)
    here, today = grant.actor.facility_id, clock.today()
    opening = (
        select(Referral.case_id)
        .join(Consent, col(Consent.id) == col(Referral.consent_id))
        .where(Referral.to_facility_id == here, col(Referral.status).in_(LIVE), Consent.facility_id == here)
        .where(col(Consent.withdrawn_at).is_(None), Consent.given_on <= today, Consent.valid_until >= today)
    )
    rows = select(Case).where(Case.id == case_id, col(Case.id).in_(opening))
    if found := (await session.exec(rows)).one_or_none():
        return found
    raise NotFound


async def box(session: AsyncSession, case: Case) -> Box | None:
    """What opens and seals this person's compartment; None before anything was put there."""
    return await keys.find_box(session, case.survivor_id)


async def find(session: AsyncSession, grant: Grant, case: Case, screening_id: UUID) -> Screening | None:
    """The screening of this case that was asked here and has this id, if there is one."""
    rows = select(Screening).where(*_here(grant, case), Screening.id == screening_id)
    return (await session.exec(rows)).one_or_none()


async def of_case(session: AsyncSession, grant: Grant, case: Case, ask: Ask) -> Sequence[Screening]:
    """What was asked here of this case, newest first; one more than asked where there is another page."""
    rows = select(Screening).where(*_here(grant, case))
    if ask.start != FIRST:
        rows = rows.where(col(Screening.id) <= ask.start)
    return (await session.exec(rows.order_by(col(Screening.id).desc()).limit(ask.limit + 1))).all()


async def in_order(session: AsyncSession, grant: Grant, case: Case) -> Sequence[Screening]:
    """What was asked here of this case, in the order of its days."""
    rows = select(Screening).where(*_here(grant, case))
    return (
        await session.exec(rows.order_by(col(Screening.assessed_on), col(Screening.id)).limit(MOST))
    ).all()


def _here(grant: Grant, case: Case) -> tuple[bool, bool]:
    return Screening.case_id == case.id, Screening.facility_id == grant.actor.facility_id

"""Reads across the rooms of a case. Each takes a Grant."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.core import clock
from app.referrals import rules as referrals
from app.referrals.models import Referral
from app.referrals.rules import ShareItem
from app.referrals.states import LIVE
from app.survivors.models import Consent


async def shared_cases(session: AsyncSession, grant: Grant, case_id: UUID, item: ShareItem) -> set[UUID]:
    """This case, if a live referral shares this of it with the actor's facility, and consent still stands."""
    if grant.reach is not Reach.SHARED:
        return set()
    rows = (
        select(Referral, Consent)
        .join(Consent, col(Consent.id) == col(Referral.consent_id))
        .where(Referral.case_id == case_id, Referral.to_facility_id == grant.actor.facility_id)
        .where(col(Referral.status).in_(LIVE))
    )
    today = clock.today()
    return {
        referral.case_id
        for referral, consent in await session.exec(rows)
        if referrals.is_live(consent, referral, today) and referrals.shows(referral, consent, item)
    }

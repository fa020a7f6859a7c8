"""Every read of what a person lets be seen of their well-being, of a case that a grant has opened."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.cases.models import Case
from app.core.errors import NotFound
from app.core.vault import Box
from app.wellbeing.models import WellbeingConsent, WellbeingScore

C, S = WellbeingConsent, WellbeingScore
MOST = 200


class Felt(NamedTuple):
    """The score of a day: 0 to 100, None where too little was answered."""

    on: date
    score: float | None


async def of_case(session: AsyncSession, case: Case) -> Sequence[WellbeingConsent]:
    """What the person agreed to, newest first."""
    rows = select(C).where(C.case_id == case.id)
    return (await session.exec(rows.order_by(col(C.id).desc()).limit(MOST))).all()


async def find(
    session: AsyncSession, case: Case, consent_id: UUID | None, *, lock: bool = False
) -> WellbeingConsent | None:
    """The consent of this case that has this id, if there is one."""
    rows = select(C).where(C.case_id == case.id, C.id == consent_id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(rows)).one_or_none() if consent_id else None


async def take(session: AsyncSession, case: Case, consent_id: UUID) -> WellbeingConsent:
    """One consent of this case, locked for this transaction, or NotFound."""
    if found := await find(session, case, consent_id, lock=True):
        return found
    raise NotFound


async def standing(session: AsyncSession, case: Case, facility_id: UUID | None) -> WellbeingConsent | None:
    """What was agreed to with this facility and not taken back, if there is such."""
    rows = select(C).where(C.case_id == case.id, C.facility_id == facility_id, col(C.withdrawn_at).is_(None))
    return (await session.exec(rows)).one_or_none()


async def felt(session: AsyncSession, case: Case, box: Box, today: date) -> list[Felt]:
    """The scores that may be seen today, in the order of their days."""
    live = col(C.withdrawn_at).is_(None), col(C.given_on) <= today, col(C.valid_until) >= today
    rows = select(S).join(C, col(C.id) == col(S.consent_id)).where(S.case_id == case.id, *live)
    found = (await session.exec(rows.order_by(col(S.assessed_on), col(S.id)).limit(MOST))).all()
    return [Felt(one.assessed_on, opened(box, one)) for one in found]


async def over(session: AsyncSession, grant: Grant, today: date) -> Sequence[WellbeingConsent]:
    """Some of the consents whose last day is over and that nobody has ended, locked."""
    rows = select(C).where(grant.held(C), col(C.withdrawn_at).is_(None), col(C.valid_until) < today)
    some = rows.order_by(col(C.id)).limit(MOST).with_for_update(skip_locked=True)
    return (await session.exec(some.execution_options(populate_existing=True))).all()


def opened(box: Box, one: WellbeingScore) -> float | None:
    """The number that was sealed."""
    text = box.read(S.__tablename__, "score", one.id, one.score)
    return float(text) if text else None

"""Every read of reintegration, in a file that a grant has opened."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import NotFound
from app.records.queries import File
from app.reintegration.models import FollowUp, GrantMove, GrantVisit, LivelihoodGrant, Tranche

MOST = 500  # rows of one kind on one grant, grants and follow-ups of one case
P = TypeVar("P", GrantMove, Tranche, GrantVisit)


class Around(NamedTuple):
    """What hangs on a grant, newest first."""

    moves: Sequence[GrantMove]
    tranches: Sequence[Tranche]
    visits: Sequence[GrantVisit]


async def grants(session: AsyncSession, file: File) -> Sequence[LivelihoodGrant]:
    """Every grant of this case, in the order of entry."""
    rows = select(LivelihoodGrant).where(LivelihoodGrant.case_id == file.held["case_id"])
    return (await session.exec(rows.order_by(col(LivelihoodGrant.id)).limit(MOST))).all()


async def around(session: AsyncSession, grant: LivelihoodGrant) -> Around:
    """What hangs on a grant, newest first."""
    return Around(
        await _of(session, grant, GrantMove),
        await _of(session, grant, Tranche),
        await _of(session, grant, GrantVisit),
    )


async def moves(session: AsyncSession, grant: LivelihoodGrant) -> Sequence[GrantMove]:
    """Every step of a grant, newest first."""
    return await _of(session, grant, GrantMove)


async def tranches(session: AsyncSession, grant: LivelihoodGrant) -> Sequence[Tranche]:
    """Everything that was paid of a grant, newest first."""
    return await _of(session, grant, Tranche)


async def follow_ups(session: AsyncSession, file: File) -> Sequence[FollowUp]:
    """Every follow-up of this case, first due first."""
    rows = select(FollowUp).where(FollowUp.case_id == file.held["case_id"])
    return (await session.exec(rows.order_by(col(FollowUp.due_on), col(FollowUp.id)).limit(MOST))).all()


async def follow_ups_about(session: AsyncSession, about_id: UUID) -> Sequence[FollowUp]:
    """The follow-ups of one record or grant."""
    return (await session.exec(select(FollowUp).where(FollowUp.about_id == about_id))).all()


async def take_follow_up(session: AsyncSession, file: File, follow_up_id: UUID) -> FollowUp:
    """One follow-up of this case, locked for this transaction, or NotFound."""
    one = select(FollowUp).where(FollowUp.id == follow_up_id, FollowUp.case_id == file.held["case_id"])
    found = (
        await session.exec(one.with_for_update().execution_options(populate_existing=True))
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


async def _of(session: AsyncSession, grant: LivelihoodGrant, kind: type[P]) -> Sequence[P]:
    rows = select(kind).where(kind.grant_id == grant.id)
    newest = rows.order_by(col(kind.created_at).desc(), col(kind.id).desc())
    return (await session.exec(newest.limit(MOST))).all()

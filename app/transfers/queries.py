"""Every read of a transfer. Each takes a Grant, or a case that a grant has opened."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.cases.models import Case, Task
from app.core.errors import NotFound
from app.core.pages import FIRST, Ask
from app.organisations.models import Team
from app.referrals.models import Referral
from app.referrals.states import LIVE
from app.survivors.models import Survivor
from app.transfers.models import Transfer
from app.transfers.states import Status

T = Transfer
TAKE_OVER = sa.text("select take_over(:transfer_id, :version, :owner_id)").bindparams(
    sa.bindparam("transfer_id", type_=sa.Uuid()),
    sa.bindparam("version", type_=sa.Integer()),
    sa.bindparam("owner_id", type_=sa.Uuid()),
)
"""Gives the whole file to the other side: see the migration. False when the offer is another by now."""


class Side(StrEnum):
    """Which transfers: those that were offered to my side, or those that my side offered."""

    TAKING = "taking"
    GIVING = "giving"


async def find(session: AsyncSession, grant: Grant, transfer_id: UUID) -> Transfer | None:
    """One transfer of either side within reach, if there is one."""
    rows = select(T).where(sa.or_(_given(grant), _taken(grant)), T.id == transfer_id)
    return (await session.exec(rows)).one_or_none()


async def get(session: AsyncSession, grant: Grant, transfer_id: UUID) -> Transfer:
    """One transfer of either side within reach, or NotFound."""
    found = await find(session, grant, transfer_id)
    if found is None:
        raise NotFound
    return found


async def offered(session: AsyncSession, case: Case) -> Transfer | None:
    """The offer of this case that waits for an answer, if there is one."""
    rows = select(T).where(T.case_id == case.id, T.status == Status.OFFERED)
    return (await session.exec(rows)).one_or_none()


async def page(
    session: AsyncSession, grant: Grant, ask: Ask, side: Side, status: Status | None
) -> Sequence[Transfer]:
    """Transfers of one side, newest first; one more than asked for where there is another page."""
    rows = select(T).where(_taken(grant) if side is Side.TAKING else _given(grant))
    if status is not None:
        rows = rows.where(T.status == status)
    if ask.start != FIRST:
        rows = rows.where(col(T.id) <= ask.start)
    return (await session.exec(rows.order_by(col(T.id).desc()).limit(ask.limit + 1))).all()


async def team(session: AsyncSession, team_id: UUID) -> Team | None:
    """The team that a case is offered to, if there is one."""
    return (await session.exec(select(Team).where(Team.id == team_id))).one_or_none()


async def minimum(session: AsyncSession, case: Case) -> dict[str, object]:
    """What the other side is told of a case before it accepts: nobody's name, and nothing of their health."""
    undone = sa.select(sa.func.count()).where(col(Task.case_id) == case.id, col(Task.done_at).is_(None))
    live = sa.select(sa.func.count()).where(col(Referral.case_id) == case.id, col(Referral.status).in_(LIVE))
    rows = sa.select(
        col(Survivor.code).label("survivor_code"),
        col(Survivor.district_code),
        undone.scalar_subquery().label("open_tasks"),
        live.scalar_subquery().label("live_referrals"),
    ).where(col(Survivor.id) == case.survivor_id)
    found = (await (await session.connection()).execute(rows)).mappings().one()
    return {**found, "priority_code": case.priority_code, "case_status_code": case.status.value}


async def live_referrals(session: AsyncSession, case: Case) -> Sequence[Referral]:
    """The referrals of this case that some facility works on: they hear who answers for the case now."""
    rows = select(Referral).where(Referral.case_id == case.id, col(Referral.status).in_(LIVE))
    return (await session.exec(rows.order_by(col(Referral.id)))).all()


def _given(grant: Grant) -> sa.ColumnElement[bool]:
    """Of who is responsible, or was when the offer ended."""
    me = grant.actor
    before: dict[Reach, sa.ColumnElement[bool]] = {
        Reach.OWN: col(T.from_owner_id) == me.user_id,
        Reach.TEAM: col(T.from_team_id) == me.team_id,
    }
    return sa.or_(grant.held(T), before.get(grant.reach, sa.false()))


def _taken(grant: Grant) -> sa.ColumnElement[bool]:
    """Of whoever was asked."""
    me = grant.actor
    asked: dict[Reach, sa.ColumnElement[bool]] = {
        Reach.OWN: col(T.to_owner_id) == me.user_id,
        Reach.TEAM: col(T.to_team_id) == me.team_id,
        Reach.ALL: col(T.to_organisation_id) == me.organisation_id,
    }
    return asked.get(grant.reach, sa.false())

"""Every read of a delegation. Each takes a Grant, or is asked by an action that has one."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach, Role
from app.accounts.models import Membership, Standing, User
from app.cases.queries import CAN_OWN
from app.core.errors import NotFound
from app.core.pages import FIRST, Ask
from app.delegations.models import Delegation

D, M = Delegation, Membership
ONE_AFTER_THE_OTHER = sa.text("select pg_advisory_xact_lock(hashtext('delegation'))")
"""Two delegations that are made at once would not see one another."""


async def find(session: AsyncSession, grant: Grant, delegation_id: UUID) -> Delegation | None:
    """One delegation within reach, if there is one."""
    rows = select(D).where(_within(grant), D.id == delegation_id)
    return (await session.exec(rows)).one_or_none()


async def get(session: AsyncSession, grant: Grant, delegation_id: UUID) -> Delegation:
    """One delegation within reach, or NotFound."""
    found = await find(session, grant, delegation_id)
    if found is None:
        raise NotFound
    return found


async def page(
    session: AsyncSession, grant: Grant, ask: Ask, today: date, over: bool
) -> Sequence[Delegation]:
    """Delegations within reach, newest first; one more than asked for where there is another page."""
    rows = select(D).where(_within(grant))
    if not over:
        rows = rows.where(D.until_on >= today, col(D.revoked_at).is_(None))
    if ask.start != FIRST:
        rows = rows.where(col(D.id) <= ask.start)
    return (await session.exec(rows.order_by(col(D.id).desc()).limit(ask.limit + 1))).all()


async def around(
    session: AsyncSession, people: Sequence[UUID], starts_on: date, until_on: date
) -> Sequence[Delegation]:
    """What stands, on some of these days, by or to these people."""
    theirs = sa.or_(col(D.from_id).in_(people), col(D.to_id).in_(people))
    rows = select(D).where(theirs, col(D.revoked_at).is_(None), D.starts_on <= until_on)
    return (await session.exec(rows.where(D.until_on >= starts_on).order_by(col(D.id)))).all()


async def places(session: AsyncSession, user_id: UUID) -> Sequence[Membership]:
    """Where this person may own cases: the memberships, of somebody who is active."""
    return await _memberships(session, user_id, CAN_OWN)


async def works_for(session: AsyncSession, user_id: UUID, organisation_id: UUID) -> bool:
    """Whether this person is an active caseworker of this organisation."""
    found = await _memberships(session, user_id, (Role.CASEWORKER,))
    return any(one.organisation_id == organisation_id for one in found)


async def _memberships(session: AsyncSession, user_id: UUID, roles: Sequence[Role]) -> Sequence[Membership]:
    active = sa.select(col(User.id)).where(col(User.standing) == Standing.ACTIVE)
    rows = select(M).where(M.user_id == user_id, col(M.user_id).in_(active), col(M.ended_at).is_(None))
    wanted = rows.where(col(M.role).in_(roles), col(M.team_id).is_not(None))
    return (await session.exec(wanted.order_by(col(M.id)))).all()


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    """One's own, as who is away and as who stands in; those of the team that one leads; all of them."""
    me = grant.actor
    own = sa.or_(col(D.from_id) == me.user_id, col(D.to_id) == me.user_id)
    if grant.reach is Reach.ALL:
        return sa.true()
    return sa.or_(own, col(D.team_id) == me.team_id) if grant.reach is Reach.TEAM else own

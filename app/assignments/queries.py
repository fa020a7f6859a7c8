"""Every read of bulk assignments and of caseloads. Each takes a Grant, or is asked by the job."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Reach
from app.accounts.models import Membership, Standing, User
from app.assignments.models import BulkAssignment, BulkItem
from app.assignments.states import State
from app.assignments.weights import Load
from app.cases.models import IS_OPEN, Case, Task
from app.cases.queries import CAN_OWN
from app.cases.rules import RISK_FLAG
from app.core.errors import NotFound
from app.core.pages import FIRST, Ask
from app.organisations.models import Team
from app.referrals.models import Referral
from app.referrals.states import LIVE

B, I, M = BulkAssignment, BulkItem, Membership  # noqa: E741  # an item
SOME = 20  # cases that one look hands out


class Counts(NamedTuple):
    """How far a bulk assignment is."""

    total: int
    assigned: int
    refused: int


async def find(session: AsyncSession, grant: Grant, job_id: UUID) -> BulkAssignment | None:
    """One bulk assignment within reach, if there is one."""
    return (await session.exec(select(B).where(_within(grant), B.id == job_id))).one_or_none()


async def get(session: AsyncSession, grant: Grant, job_id: UUID) -> BulkAssignment:
    """One bulk assignment within reach, or NotFound."""
    found = await find(session, grant, job_id)
    if found is None:
        raise NotFound
    return found


async def counts(session: AsyncSession, job: BulkAssignment) -> Counts:
    """How many cases it has, and what became of them so far."""
    by_state = select(I.state, sa.func.count()).where(I.bulk_assignment_id == job.id).group_by(col(I.state))
    found = dict((await session.exec(by_state)).all())
    return Counts(sum(found.values()), found.get(State.ASSIGNED, 0), found.get(State.REFUSED, 0))


async def items(
    session: AsyncSession, job: BulkAssignment, ask: Ask, state: State | None
) -> Sequence[BulkItem]:
    """Its cases in order; one more than asked for where there is another page."""
    rows = select(I).where(I.bulk_assignment_id == job.id)
    if state is not None:
        rows = rows.where(I.state == state)
    if ask.start != FIRST:
        rows = rows.where(col(I.id) >= ask.start)
    return (await session.exec(rows.order_by(col(I.id)).limit(ask.limit + 1))).all()


async def cases(session: AsyncSession, grant: Grant, wanted: Collection[UUID]) -> dict[UUID, Case]:
    """Those of these cases that are within reach."""
    rows = select(Case).where(grant.held(Case), col(Case.id).in_(wanted))
    return {case.id: case for case in (await session.exec(rows)).all()}


async def cases_of(session: AsyncSession, grant: Grant, owner_id: UUID) -> dict[UUID, Case]:
    """Every open case of somebody within reach."""
    rows = select(Case).where(grant.held(Case), Case.owner_id == owner_id, IS_OPEN)
    return {case.id: case for case in (await session.exec(rows.order_by(col(Case.id)))).all()}


async def loads(session: AsyncSession, grant: Grant, which: sa.ColumnElement[bool]) -> Sequence[Load]:
    """What these open cases within reach are weighed by."""
    undone = sa.select(sa.func.count()).where(col(Task.case_id) == Case.id, col(Task.done_at).is_(None))
    live = sa.select(sa.func.count()).where(col(Referral.case_id) == Case.id, col(Referral.status).in_(LIVE))
    flagged = undone.where(col(Task.kind_code) == RISK_FLAG, col(Task.about).is_not(None))
    rows = sa.select(
        *(col(Case.id), col(Case.owner_id), col(Case.status), col(Case.priority_code)),
        *(undone.scalar_subquery(), live.scalar_subquery(), flagged.scalar_subquery()),
    ).where(grant.held(Case), IS_OPEN, which)
    return [Load(*row) for row in (await (await session.connection()).execute(rows)).all()]


def of_owners(owner_ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """The cases of these people."""
    return col(Case.owner_id).in_(owner_ids)


def among(case_ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """These cases."""
    return col(Case.id).in_(case_ids)


async def need_team(session: AsyncSession, grant: Grant, team_id: UUID) -> None:
    """NotFound unless cases of this team are the actor's to assign."""
    within = grant.reach is Reach.ALL or (grant.reach is Reach.TEAM and team_id == grant.actor.team_id)
    if not within or await session.get(Team, team_id) is None:
        raise NotFound


async def members(session: AsyncSession, team_id: UUID) -> Sequence[UUID]:
    """Who of this team may own cases now."""
    active = sa.select(col(User.id)).where(col(User.standing) == Standing.ACTIVE)
    rows = select(M.user_id).where(M.team_id == team_id, col(M.ended_at).is_(None))
    wanted = rows.where(col(M.role).in_(CAN_OWN), col(M.user_id).in_(active)).distinct()
    return (await session.exec(wanted.order_by(col(M.user_id)))).all()


async def unfinished(session: AsyncSession) -> BulkAssignment | None:
    """The oldest bulk assignment that is not finished, unless somebody carries it on at this moment."""
    rows = select(B).where(col(B.finished_at).is_(None)).order_by(col(B.id)).limit(1)
    return (await session.exec(rows.with_for_update(skip_locked=True))).one_or_none()


async def waiting(session: AsyncSession, job: BulkAssignment) -> Sequence[UUID]:
    """Some of its cases that wait."""
    rows = select(I.id).where(I.bulk_assignment_id == job.id, I.state == State.WAITING)
    return (await session.exec(rows.order_by(col(I.id)).limit(SOME))).all()


async def take(session: AsyncSession, item_id: UUID) -> BulkItem | None:
    """One that still waits, locked; None if it does not, or if another process has it in hand."""
    rows = select(I).where(I.id == item_id, I.state == State.WAITING)
    return (await session.exec(rows.with_for_update(skip_locked=True))).one_or_none()


async def people(session: AsyncSession, job: BulkAssignment) -> set[UUID]:
    """Whose caseload it changed."""
    rows = select(I.from_owner_id, I.to_owner_id).where(I.bulk_assignment_id == job.id)
    found = (await session.exec(rows.where(I.state == State.ASSIGNED).distinct())).all()
    return {person for pair in found for person in pair if person}


async def who_asked(session: AsyncSession, job: BulkAssignment) -> Actor | None:
    """Whoever asked for it, with the rights of today; None if that role has ended."""
    active = sa.select(col(User.id)).where(col(User.standing) == Standing.ACTIVE)
    rows = select(M).where(M.id == job.membership_id, col(M.ended_at).is_(None), col(M.user_id).in_(active))
    found = (await session.exec(rows)).one_or_none()
    if found is None:
        return None
    return Actor(
        user_id=found.user_id,
        role=found.role,
        organisation_id=found.organisation_id,
        facility_id=found.facility_id,
        team_id=found.team_id,
        membership_id=found.id,
    )


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    me = grant.actor
    if grant.reach is Reach.ALL:
        return sa.true()
    if grant.reach is Reach.TEAM:
        return sa.or_(col(B.by_id) == me.user_id, col(B.team_id) == me.team_id)
    return sa.false()

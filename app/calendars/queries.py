"""Every read of a person's calendar: its address, and what stands in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Reach
from app.accounts.models import Membership, Standing, User
from app.appointments.models import Appointment
from app.appointments.states import Status as Booking
from app.calendars.models import CalendarFeed
from app.calendars.rules import AHEAD, BEHIND, MOST_ENTRIES
from app.calendars.writing import Entry
from app.cases.models import Case, Task
from app.core import clock
from app.referrals.models import Referral
from app.referrals.states import Status
from app.survivors.models import Survivor

A, F, M, R = Appointment, CalendarFeed, Membership, Referral
HOUR = timedelta(hours=1)


async def own(session: AsyncSession, actor: Actor) -> CalendarFeed | None:
    """The address of the actor's calendar under this membership, if one was opened."""
    rows = select(F).where(F.user_id == actor.user_id, F.membership_id == actor.membership_id)
    return (await session.exec(rows)).one_or_none()


async def read_by(session: AsyncSession, secret_hash: bytes, now: datetime) -> tuple[Actor, int] | None:
    """Whose calendar has this address, with the rights of today, and how often it was read in this hour.

    Counted in the same statement, so that two reads at once are two.
    """
    fresh = col(F.hour_at) <= now - HOUR
    counted = (
        sa.update(F)
        .where(col(F.secret_hash) == secret_hash)
        .values(
            reads=sa.case((fresh, 1), else_=col(F.reads) + 1),
            hour_at=sa.case((fresh, now), else_=col(F.hour_at)),
        )
        .returning(col(F.membership_id), col(F.reads))
    )
    found = (await (await session.connection()).execute(counted)).one_or_none()
    if found is None:
        return None
    rows = select(M, User.language).join(User, col(User.id) == col(M.user_id))
    mine = rows.where(M.id == found[0], col(M.ended_at).is_(None), User.standing == Standing.ACTIVE)
    who = (await session.exec(mine)).one_or_none()
    return (_actor(*who), found[1]) if who else None


def _actor(membership: Membership, language: str) -> Actor:
    return Actor(
        user_id=membership.user_id,
        role=membership.role,
        organisation_id=membership.organisation_id,
        facility_id=membership.facility_id,
        team_id=membership.team_id,
        membership_id=membership.id,
        language=language,
    )


async def entries(session: AsyncSession, grant: Grant, now: datetime) -> Sequence[Entry]:
    """What stands in the actor's calendar: tasks and meetings of own cases, or a facility's visits."""
    if grant.reach is Reach.FACILITY:
        return await _visits(session, col(R.to_facility_id) == grant.actor.facility_id, now)
    mine = grant.actor.user_id
    found = [
        *await _tasks(session, grant, now),
        *await _appointments(session, grant, now),
        *await _visits(session, col(R.owner_id) == mine, now),
    ]
    return sorted(found, key=lambda entry: (str(entry.at), entry.id))[:MOST_ENTRIES]


async def _tasks(session: AsyncSession, grant: Grant, now: datetime) -> Sequence[Entry]:
    """Tasks that wait, by their day."""
    first, last = clock.day_of(now - BEHIND), clock.day_of(now + AHEAD)
    rows = (
        sa.select(
            *(col(Task.id), col(Task.version), col(Task.created_at), col(Task.due_on), col(Task.kind_code)),
            col(Survivor.code),
        )
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Survivor, col(Survivor.id) == col(Case.survivor_id))
        .where(col(Task.owner_id) == grant.actor.user_id, col(Task.done_at).is_(None))
        .where(col(Task.due_on).between(first, last))
        .order_by(col(Task.due_on), col(Task.id))
        .limit(MOST_ENTRIES)
    )
    found = (await (await session.connection()).execute(rows)).all()
    return [Entry(*row[:4], ("task_kind", row.kind_code), row.code) for row in found]


async def _appointments(session: AsyncSession, grant: Grant, now: datetime) -> Sequence[Entry]:
    """What is booked, and lately was: by its kind, never by what it is for, with whom or where."""
    rows = (
        sa.select(
            *(col(A.id), col(A.version), col(A.created_at), col(A.starts_at), col(A.kind_code)),
            *(col(Survivor.code), col(A.minutes)),
        )
        .join(Case, col(Case.id) == col(A.case_id))
        .join(Survivor, col(Survivor.id) == col(Case.survivor_id))
        .where(col(A.owner_id) == grant.actor.user_id, col(A.status) == Booking.BOOKED)
        .where(col(A.starts_at).between(now - BEHIND, now + AHEAD))
        .order_by(col(A.starts_at), col(A.id))
        .limit(MOST_ENTRIES)
    )
    found = (await (await session.connection()).execute(rows)).all()
    return [Entry(*row[:4], ("appointment_kind", row.kind_code), row.code, row.minutes) for row in found]


async def _visits(session: AsyncSession, whose: sa.ColumnElement[bool], now: datetime) -> Sequence[Entry]:
    """Visits that have a date, by the code of their referral."""
    rows = (
        sa.select(*(col(R.id), col(R.version), col(R.created_at), col(R.scheduled_for), col(R.code)))
        .where(whose, col(R.status) == Status.SCHEDULED)
        .where(col(R.scheduled_for).between(now - BEHIND, now + AHEAD))
        .order_by(col(R.scheduled_for), col(R.id))
        .limit(MOST_ENTRIES)
    )
    found = (await (await session.connection()).execute(rows)).all()
    return [Entry(key, version, made, day, None, code) for key, version, made, day, code in found if day]

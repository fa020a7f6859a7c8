"""Every read of an appointment: through a Grant, or of a case that a grant has opened."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.appointments.models import Appointment, AppointmentMove
from app.appointments.states import Status
from app.cases.models import Case
from app.core.errors import NotFound
from app.core.pages import FIRST, Ask
from app.organisations.models import Facility
from app.survivors.models import PersonKey, Survivor

A, M = Appointment, AppointmentMove


class Meeting(NamedTuple):
    """An appointment with what is needed to show it: whose it is, and the key that opens its texts."""

    appointment: Appointment
    case: Case
    survivor_code: str
    wrapped: bytes


async def get(session: AsyncSession, case: Case, appointment_id: UUID) -> Appointment:
    """One appointment of this case, or NotFound."""
    if found := await find(session, case, appointment_id):
        return found
    raise NotFound


async def find(
    session: AsyncSession, case: Case, appointment_id: UUID, *, lock: bool = False
) -> Appointment | None:
    """The appointment of this case that has this id, if there is one."""
    rows = select(A).where(A.case_id == case.id, A.id == appointment_id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(rows)).one_or_none()


async def take(session: AsyncSession, case: Case, appointment_id: UUID) -> Appointment:
    """One appointment of this case, locked for this transaction, or NotFound."""
    if found := await find(session, case, appointment_id, lock=True):
        return found
    raise NotFound


async def count(session: AsyncSession, case: Case) -> int:
    """How many this case has."""
    rows = select(sa.func.count()).select_from(A).where(A.case_id == case.id)
    return (await session.exec(rows)).one()


async def of_case(session: AsyncSession, case: Case, ask: Ask) -> Sequence[Appointment]:
    """Appointments of this case, the newest entry first; one more than asked where there is another page."""
    rows = select(A).where(A.case_id == case.id)
    if ask.start != FIRST:
        rows = rows.where(col(A.id) <= ask.start)
    return (await session.exec(rows.order_by(col(A.id).desc()).limit(ask.limit + 1))).all()


async def mine(session: AsyncSession, grant: Grant, ask: Ask, until: datetime | None) -> Sequence[Meeting]:
    """What the actor's cases have booked, the earliest first: also what nobody has said the end of."""
    place = sa.tuple_(col(A.starts_at), col(A.id))
    rows = (
        select(A, Case, col(Survivor.code), col(PersonKey.wrapped))
        .join(Case, col(Case.id) == col(A.case_id))
        .join(Survivor, col(Survivor.id) == col(Case.survivor_id))
        .join(PersonKey, col(PersonKey.id) == col(Case.survivor_id))
        .where(grant.held(A), col(A.owner_id).in_(grant.actor.owners), A.status == Status.BOOKED)
    )
    if until is not None:
        rows = rows.where(col(A.starts_at) < until)
    if ask.start != FIRST:  # the cursor names the appointment to begin with
        begin = sa.select(col(A.starts_at), col(A.id)).where(col(A.id) == ask.start)
        rows = rows.where(place >= begin.correlate(None).scalar_subquery())
    found = await session.exec(rows.order_by(col(A.starts_at), col(A.id)).limit(ask.limit + 1))
    return [Meeting(*row) for row in found.all()]


async def moves(session: AsyncSession, appointment: Appointment) -> Sequence[AppointmentMove]:
    """Every step of an appointment, oldest first."""
    rows = select(M).where(M.appointment_id == appointment.id)
    return (await session.exec(rows.order_by(col(M.created_at), col(M.id)))).all()


async def last_miss(session: AsyncSession, appointment: Appointment) -> AppointmentMove | None:
    """When the person last did not come, if that ever was."""
    rows = select(M).where(M.appointment_id == appointment.id, M.target == Status.MISSED)
    newest = rows.order_by(col(M.created_at).desc(), col(M.id).desc())
    return (await session.exec(newest.limit(1))).first()


async def is_facility(session: AsyncSession, facility_id: UUID) -> bool:
    """Whether there is such a place in the directory."""
    return (await session.exec(select(Facility.id).where(Facility.id == facility_id))).first() is not None

"""Remind people of visits and appointments by text message: only who agreed to it, only at a safe number.

Both are looked at twice: when a reminder is planned, and again when it leaves. The text says a day and a time
and nothing else: not who, where or for what, for somebody else may be holding the telephone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission
from app.appointments import queries as appointments
from app.appointments.models import Appointment
from app.appointments.states import Status as Booking
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import trail
from app.codelists.lists import LANGUAGES, Language
from app.core import clock, vault
from app.core.config import settings
from app.core.ids import new_id
from app.couriers import letters, queries, rules
from app.couriers.models import Channel, VisitReminder
from app.couriers.parcels import Parcel
from app.couriers.schemas import VisitReminderOut
from app.referrals import queries as referrals
from app.referrals import rules as sharing
from app.referrals.models import Referral
from app.referrals.states import Status
from app.survivors import queries as survivors
from app.survivors.models import Consent, PersonKey, Phone, Survivor

V, R, A = VisitReminder, Referral, Appointment
CONTACT = "contact"  # the purpose agreed to, and the data that it takes
SAFE = "yes"
SPOKEN: Language = "az"  # to somebody whose language we do not know, or cannot write


class Source(NamedTuple):
    """What people are expected at: its table, when, whether it still stands, whose it is."""

    name: str  # the column of a reminder that names one
    table: type[Referral] | type[Appointment]
    at: sa.SQLColumnExpression[Any]
    stands: sa.ColumnElement[bool]
    survivor_id: sa.SQLColumnExpression[UUID]


SOURCES = (
    Source("referral_id", R, col(R.scheduled_for), col(R.status) == Status.SCHEDULED, col(R.survivor_id)),
    Source("appointment_id", A, col(A.starts_at), col(A.status) == Booking.BOOKED, col(Case.survivor_id)),
)


class Due(NamedTuple):
    """A reminder whose time has come; when it is to be by now, if at all; of whose case."""

    reminder: VisitReminder
    at: datetime | None
    case_id: UUID
    survivor: Survivor
    wrapped: bytes


async def shown(session: AsyncSession, actor: Actor, referral_id: UUID) -> list[VisitReminderOut]:
    """When the person was reminded of the visits of this referral, or why not; for its sender alone."""
    referral = await referrals.get(session, actor.grant(Permission.REFERRAL_SEND), referral_id)
    audit.record(session, actor, "referral.read", sharing.trail(referral))
    rows = select(V).where(V.referral_id == referral.id).order_by(col(V.id))
    return [VisitReminderOut.model_validate(one) for one in await session.exec(rows)]


async def shown_of(
    session: AsyncSession, actor: Actor, case_id: UUID, appointment_id: UUID
) -> list[VisitReminderOut]:
    """When the person was reminded of an appointment, or why not; for who works on the case."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    appointment = await appointments.get(session, case, appointment_id)
    audit.record(session, actor, "appointment.read", trail(case, appointment.id))
    rows = select(V).where(V.appointment_id == appointment.id).order_by(col(V.id))
    return [VisitReminderOut.model_validate(one) for one in await session.exec(rows)]


async def plan(session: AsyncSession, grant: Grant, now: datetime) -> None:
    """A reminder for each date that is near, of a person who may be reminded; one for each."""
    before = timedelta(hours=settings().visit_reminder_hours)
    for source in SOURCES:
        found = (await session.exec(_near(source, grant, now, before))).all()
        if due := [new for new in (_planned(source, one, now, before) for one in found) if new]:
            once = [source.name, "scheduled_for"]
            written = insert(V).values(due).on_conflict_do_nothing(index_elements=once)
            await (await session.connection()).execute(written)


def _near(source: Source, grant: Grant, now: datetime, before: timedelta) -> Any:
    """What stands, is near, and is not planned for yet, of people who may be reminded."""
    of = source.table
    rows = sa.select(col(of.id), col(of.owner_id), col(of.team_id), source.at)
    if of is A:
        rows = rows.join(Case, col(Case.id) == A.case_id).where(~_also_a_visit())
    known = sa.exists().where(getattr(V, source.name) == of.id, col(V.scheduled_for) == source.at)
    safe = sa.exists().where(col(Phone.survivor_id) == source.survivor_id, col(Phone.safe_to_call) == SAFE)
    near = rows.join(Survivor, col(Survivor.id) == source.survivor_id).where(
        *(grant.held(of), source.stands, source.at.between(now, now + before), ~known, safe),
        *(_is_person(), _agreed(source.survivor_id)),
    )
    return near.limit(queries.MOST_HANDED)


async def due(session: AsyncSession, grant: Grant, now: datetime) -> Sequence[Due]:
    """Some reminders whose time has come and that nobody carries, held, with what they are about."""
    at = sa.func.coalesce(*(sa.case((source.stands, source.at)) for source in SOURCES))
    person = sa.func.coalesce(*(source.survivor_id for source in SOURCES))
    rows = (
        sa.select(V, at, sa.func.coalesce(col(R.case_id), col(A.case_id)), Survivor, col(PersonKey.wrapped))
        .outerjoin(R, col(R.id) == V.referral_id)
        .outerjoin(A, col(A.id) == V.appointment_id)
        .outerjoin(Case, col(Case.id) == A.case_id)
        .join(Survivor, col(Survivor.id) == person)
        .join(PersonKey, col(PersonKey.id) == person)
        .where(grant.held(V), col(V.sent_at).is_(None), col(V.dead_at).is_(None), col(V.due_at) <= now)
        .where(sa.or_(col(V.held_until).is_(None), col(V.held_until) < now))
        .order_by(col(V.due_at))
        .limit(queries.MOST_CARRIED)
    )
    held: Any = rows.with_for_update(of=V, skip_locked=True).execution_options(**queries.HELD)
    return [Due(*row) for row in (await session.exec(held)).all()]


async def take(session: AsyncSession, actor: Actor, until: datetime) -> list[Parcel]:
    """Hold what is due, and write it; what may not be said any more is given up, with the reason."""
    now, parcels = clock.now(), []
    grant = actor.grant(Permission.REFERRAL_READ)
    await plan(session, grant, now)
    for one, at, case_id, survivor, wrapped in await due(session, grant, now):
        phone = await _safe_phone(session, survivor.id)
        consent = await survivors.live_consent(session, survivor.id, CONTACT)
        if fault := _why_not(one, at, survivor, phone, consent, now):
            one.dead_at, one.fault, one.held_until = now, fault, None
            continue
        about = one.referral_id or one.appointment_id
        assert phone
        assert about
        one.held_until, one.tries = until, one.tries + 1
        number = vault.open_key(wrapped).read("phone", "number", phone.id, phone.number)
        parcels.append(_parcel(one, number, survivor.language_code))
        ids = [about, case_id, survivor.id, one.id]
        audit.record(session, actor, "visit_reminder.send", ids, FieldClass.CONTACT)
    await session.flush()
    return parcels


async def carried(
    session: AsyncSession, ids: Sequence[UUID], held_until: datetime
) -> Sequence[VisitReminder]:
    """Those of these that are still held until just this moment: by the asker and nobody else."""
    rows = select(V).where(col(V.id).in_(ids), V.held_until == held_until).order_by(col(V.id))
    return (await session.exec(rows.with_for_update().execution_options(**queries.HELD))).all()


def _is_person() -> sa.ColumnElement[bool]:
    """Somebody who lives, and is no invention of the demo: its numbers may be anybody's."""
    return sa.and_(col(Survivor.died_on).is_(None), ~col(Survivor.invented))


def _also_a_visit() -> sa.ColumnElement[bool]:
    """Whether an appointment is what a facility has scheduled, written down once more: it is told once."""
    same = (col(R.case_id) == A.case_id, col(R.scheduled_for) == A.starts_at)
    return sa.exists().where(*same, col(R.status) == Status.SCHEDULED)


def _agreed(survivor_id: sa.SQLColumnExpression[UUID]) -> sa.ColumnElement[bool]:
    """Whether a consent to be contacted, by telephone too, is live today."""
    c, today = Consent, clock.today()
    return sa.exists().where(
        col(c.survivor_id) == survivor_id,
        col(c.purpose_code) == CONTACT,
        col(c.data_codes).contains([CONTACT]),
        col(c.withdrawn_at).is_(None),
        sa.literal(today).between(col(c.given_on), col(c.valid_until)),
    )


def _planned(source: Source, near: Any, now: datetime, before: timedelta) -> dict[str, Any] | None:
    """One reminder, unless the night leaves no time for it."""
    row_id, owner_id, team_id, at = near
    moment = rules.remind_at(now, at, before, settings().time_zone)
    of = {source.name: row_id, "owner_id": owner_id, "team_id": team_id, "scheduled_for": at}
    new = {"id": new_id(), "created_at": now, "version": 1, "due_at": moment, "tries": 0}
    return of | new if moment else None


async def _safe_phone(session: AsyncSession, survivor_id: UUID) -> Phone | None:
    """A number that is known to be safe: the person's own first, then the oldest."""
    rows = select(Phone).where(Phone.survivor_id == survivor_id, Phone.safe_to_call == SAFE)
    own_first = sa.case((col(Phone.owner_code) == "self", 0), else_=1)
    return (await session.exec(rows.order_by(own_first, col(Phone.id)).limit(1))).first()


def _why_not(
    one: VisitReminder,
    at: datetime | None,
    survivor: Survivor,
    phone: Phone | None,
    consent: Consent | None,
    now: datetime,
) -> str | None:
    """Why nothing is said any more, by a word of ours; None when all is as it was planned."""
    reasons = {
        "visit_changed": at != one.scheduled_for or survivor.died_on is not None,
        "too_late": one.scheduled_for <= now,
        "not_agreed": consent is None or CONTACT not in consent.data_codes,
        "no_safe_number": phone is None,
    }
    return next((word for word, holds in reasons.items() if holds), None)


def _parcel(one: VisitReminder, number: str, speaks: str) -> Parcel:
    language = next((known for known in LANGUAGES if known == speaks), SPOKEN)
    said = letters.visit(one.scheduled_for, settings().time_zone, language)
    return Parcel(Channel.TEXT, [one.id], to=number, text=said)

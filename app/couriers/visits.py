"""Remind people of their visits by text message: only who agreed to it, only at a safe number.

Both are looked at twice: when a reminder is planned, and again when it leaves. The text says a day and a time
and nothing else: not who, where or for what, for somebody else may be holding the telephone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
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

V, R = VisitReminder, Referral
CONTACT = "contact"  # the purpose agreed to, and the data that it takes
SAFE = "yes"
SPOKEN: Language = "az"  # to somebody whose language we do not know, or cannot write
Due = tuple[VisitReminder, Referral, Survivor, bytes]


async def shown(session: AsyncSession, actor: Actor, referral_id: UUID) -> list[VisitReminderOut]:
    """When the person was reminded of the visits of this referral, or why not; for its sender alone."""
    referral = await referrals.get(session, actor.grant(Permission.REFERRAL_SEND), referral_id)
    audit.record(session, actor, "referral.read", sharing.trail(referral))
    rows = select(V).where(V.referral_id == referral.id).order_by(col(V.id))
    return [VisitReminderOut.model_validate(one) for one in await session.exec(rows)]


async def plan(session: AsyncSession, grant: Grant, now: datetime) -> None:
    """A reminder for each visit that is near, of a person who may be reminded; one for each date."""
    before = timedelta(hours=settings().visit_reminder_hours)
    near = select(R.id, R.owner_id, R.team_id, R.scheduled_for).join(Survivor, _is_person())
    rows = near.where(
        grant.held(R),
        col(R.status) == Status.SCHEDULED,
        col(R.scheduled_for).between(now, now + before),
        ~sa.exists().where(col(V.referral_id) == R.id, col(V.scheduled_for) == R.scheduled_for),
        sa.exists().where(col(Phone.survivor_id) == R.survivor_id, col(Phone.safe_to_call) == SAFE),
        _agreed(),
    )
    found = (await session.exec(rows.limit(queries.MOST_HANDED))).all()
    new = [_planned(one, now, before) for one in found]
    if due := [one for one in new if one]:
        written = (
            insert(V).values(due).on_conflict_do_nothing(index_elements=["referral_id", "scheduled_for"])
        )
        await (await session.connection()).execute(written)


async def due(session: AsyncSession, grant: Grant, now: datetime) -> Sequence[Due]:
    """Some reminders whose time has come and that nobody carries, held, with what they are about."""
    rows = (
        select(V, R, Survivor, PersonKey.wrapped)
        .join(R, col(R.id) == V.referral_id)
        .join(Survivor, col(Survivor.id) == R.survivor_id)
        .join(PersonKey, col(PersonKey.id) == R.survivor_id)
        .where(grant.held(V), col(V.sent_at).is_(None), col(V.dead_at).is_(None), col(V.due_at) <= now)
        .where(sa.or_(col(V.held_until).is_(None), col(V.held_until) < now))
        .order_by(col(V.due_at))
        .limit(queries.MOST_CARRIED)
    )
    held = rows.with_for_update(of=V, skip_locked=True).execution_options(**queries.HELD)
    return (await session.exec(held)).all()


async def take(session: AsyncSession, actor: Actor, until: datetime) -> list[Parcel]:
    """Hold what is due, and write it; what may not be said any more is given up, with the reason."""
    now, parcels = clock.now(), []
    grant = actor.grant(Permission.REFERRAL_READ)
    await plan(session, grant, now)
    for one, referral, survivor, wrapped in await due(session, grant, now):
        phone = await _safe_phone(session, survivor.id)
        consent = await survivors.live_consent(session, survivor.id, CONTACT)
        if fault := _why_not(one, referral, survivor, phone, consent, now):
            one.dead_at, one.fault, one.held_until = now, fault, None
            continue
        assert phone
        one.held_until, one.tries = until, one.tries + 1
        number = vault.open_key(wrapped).read("phone", "number", phone.id, phone.number)
        parcels.append(_parcel(one, number, survivor.language_code))
        audit.record(
            session, actor, "visit_reminder.send", sharing.trail(referral, one.id), FieldClass.CONTACT
        )
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
    return sa.and_(
        col(Survivor.id) == R.survivor_id, col(Survivor.died_on).is_(None), ~col(Survivor.invented)
    )


def _agreed() -> sa.ColumnElement[bool]:
    today, c = clock.today(), Consent
    return sa.exists().where(
        col(c.survivor_id) == R.survivor_id,
        col(c.purpose_code) == CONTACT,
        col(c.data_codes).contains([CONTACT]),
        col(c.withdrawn_at).is_(None),
        sa.literal(today).between(col(c.given_on), col(c.valid_until)),
    )


def _planned(near: Any, now: datetime, before: timedelta) -> dict[str, Any] | None:
    """One reminder, unless the night leaves no time for it."""
    referral_id, owner_id, team_id, visit = near
    moment = rules.remind_at(now, visit, before, settings().time_zone)
    of = {"referral_id": referral_id, "owner_id": owner_id, "team_id": team_id, "scheduled_for": visit}
    new = {"id": new_id(), "created_at": now, "version": 1, "due_at": moment, "tries": 0}
    return of | new if moment else None


async def _safe_phone(session: AsyncSession, survivor_id: UUID) -> Phone | None:
    """A number that is known to be safe: the person's own first, then the oldest."""
    rows = select(Phone).where(Phone.survivor_id == survivor_id, Phone.safe_to_call == SAFE)
    own_first = sa.case((col(Phone.owner_code) == "self", 0), else_=1)
    return (await session.exec(rows.order_by(own_first, col(Phone.id)).limit(1))).first()


def _why_not(
    one: VisitReminder,
    referral: Referral,
    survivor: Survivor,
    phone: Phone | None,
    consent: Consent | None,
    now: datetime,
) -> str | None:
    """Why nothing is said any more, by a word of ours; None when all is as it was planned."""
    moved = referral.status is not Status.SCHEDULED or referral.scheduled_for != one.scheduled_for
    reasons = {
        "visit_changed": moved or survivor.died_on is not None,
        "too_late": one.scheduled_for <= now,
        "not_agreed": consent is None or CONTACT not in consent.data_codes,
        "no_safe_number": phone is None,
    }
    return next((word for word, holds in reasons.items() if holds), None)


def _parcel(one: VisitReminder, number: str, speaks: str) -> Parcel:
    language = next((known for known in LANGUAGES if known == speaks), SPOKEN)
    said = letters.visit(one.scheduled_for, settings().time_zone, language)
    return Parcel(Channel.TEXT, [one.id], to=number, text=said)

"""From a message to its deliveries, and from deliveries to what is sent."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.table import Permission, Reach, Role, reach_of
from app.accounts import queries as accounts
from app.codelists.lists import LANGUAGES, Language
from app.core.config import settings
from app.couriers import letters, queries, rules, signing
from app.couriers.models import Channel, Delivery, Preference, Webhook
from app.couriers.parcels import Parcel
from app.couriers.schemas import key_of, opened
from app.notifications.models import Notification

AT_A_FACILITY = [role for role in Role if reach_of(role, Permission.NOTIFICATION_READ) is Reach.FACILITY]


async def deliveries(
    session: AsyncSession, messages: Sequence[Notification], ways: Collection[Channel], now: datetime
) -> list[Delivery]:
    """One for each way on which somebody, or a facility's own system, is told of these."""
    places = sorted({one.facility_id for one in messages if one.facility_id})
    staff = {place: await accounts.acting_as(session, *AT_A_FACILITY, facility_id=place) for place in places}
    hears = {one.id: _hearers(one, staff) for one in messages}
    wants = await queries.preferences(session, sorted({who for people in hears.values() for who in people}))
    hooks = await queries.webhooks_at(session, places) if Channel.WEBHOOK in ways else []
    found = []
    for message in messages:
        code = rules.code_of(message.kind)
        for person in hears[message.id]:
            found += _to_person(message, wants.get(person), code, now, ways)
        found += _to_systems(message, hooks, code, now)
    return found


def _hearers(message: Notification, staff: dict[UUID, Sequence[UUID]]) -> Sequence[UUID]:
    """Whom it was addressed to: a person, or whoever works at a facility now."""
    if message.facility_id:
        return staff[message.facility_id]
    return [message.user_id] if message.user_id else []


def _to_person(
    message: Notification, wants: Preference | None, code: str, now: datetime, ways: Collection[Channel]
) -> list[Delivery]:
    if wants is None:
        return []
    return [
        Delivery(
            notification_id=message.id,
            channel=one.channel,
            user_id=wants.user_id,
            daily=one.daily,
            due_at=one.due_at,
        )
        for one in rules.plan(wants, code, now, settings().time_zone, ways)
    ]


def _to_systems(message: Notification, hooks: Sequence[Webhook], code: str, now: datetime) -> list[Delivery]:
    return [
        Delivery(notification_id=message.id, channel=Channel.WEBHOOK, webhook_id=hook.id, due_at=now)
        for hook in hooks
        if hook.facility_id == message.facility_id and (not hook.kinds or code in hook.kinds)
    ]


async def parcels(
    session: AsyncSession, found: Sequence[Delivery]
) -> tuple[list[Parcel], Sequence[Delivery]]:
    """What these deliveries are sent as, and those that nobody needs any more."""
    messages = await queries.messages_of(session, found)
    hooks = await queries.webhooks_of(session, found)
    people = sorted({one.user_id for one in found if one.user_id})
    wants, speak = await queries.preferences(session, people), await accounts.languages(session, people)
    unneeded = [one for one in found if one.user_id and messages[one.notification_id].read_at]
    packed, daily = [], defaultdict(list)
    for one in found:
        if one.webhook_id:
            packed.append(_to_system(one, messages[one.notification_id], hooks[one.webhook_id]))
        elif one in unneeded or one.user_id is None:
            continue
        elif one.daily:
            daily[one.user_id].append(one)
        else:
            packed.append(_letter([one], messages, wants.get(one.user_id), speak[one.user_id]))
    for person, several in daily.items():
        packed.append(_letter(several, messages, wants.get(person), speak[person]))
    return packed, unneeded


def _to_system(delivery: Delivery, message: Notification, hook: Webhook) -> Parcel:
    return Parcel(
        Channel.WEBHOOK,
        [delivery.id],
        to="" if hook.stopped_at else hook.url,
        body=signing.body_of(delivery.id, message.kind, message.record_id, message.created_at),
        key=key_of(hook),
        key_id=hook.key_id,
    )


def _letter(
    several: Sequence[Delivery],
    messages: dict[UUID, Notification],
    wants: Preference | None,
    speaks: str,
) -> Parcel:
    """One letter, or one text message, to where the person wants it now."""
    language: Language = next((one for one in LANGUAGES if one == speaks), "en")
    codes = [rules.code_of(messages[one.notification_id].kind) for one in several]
    by_mail = several[0].channel is Channel.EMAIL
    return Parcel(
        several[0].channel,
        [one.id for one in sorted(several, key=lambda one: one.id)],
        to=(wants and opened(wants, "email" if by_mail else "phone")) or "",
        subject=letters.subject(codes, language),
        text=letters.letter(codes, language, settings().public_url)
        if by_mail
        else letters.text(codes[0], language),
    )

"""Every read of what leaves the house. People's reads take a Grant; the courier sees only what it carries."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Reach
from app.core import pages
from app.core.db import Limits
from app.core.errors import NotFound
from app.couriers.models import Delivery, Preference, Webhook
from app.notifications.models import Notification

COURIER = Limits(role="courier")
"""Whom the database lets read every message and what goes out, and nothing of anybody's file."""
MOST_HANDED, MOST_CARRIED, MOST_DAILY = 200, 20, 1000  # in one unit of work
D, N = Delivery, Notification
HELD = {"populate_existing": True}


async def preference(session: AsyncSession, actor: Actor) -> Preference | None:
    """How this person wants to be told, once they have said so."""
    return (await session.exec(select(Preference).where(Preference.user_id == actor.user_id))).one_or_none()


async def webhook(session: AsyncSession, grant: Grant, webhook_id: UUID) -> Webhook:
    """One webhook, or NotFound."""
    wanted = select(Webhook).where(_all(grant), Webhook.id == webhook_id)
    if found := (await session.exec(wanted)).one_or_none():
        return found
    raise NotFound


async def webhooks_json(session: AsyncSession, grant: Grant, ask: pages.Ask) -> bytes:
    """Webhooks, oldest first, without their keys: a Page[WebhookRow] as JSON."""
    w = Webhook
    rows = sa.select(
        *(col(w.id), col(w.version), col(w.created_at), col(w.facility_id), col(w.url), col(w.kinds)),
        *(col(w.key_id), col(w.stopped_at)),
    )
    return await pages.fetch(session, rows.where(_all(grant)), ask)


async def delivery(session: AsyncSession, grant: Grant, delivery_id: UUID) -> Delivery:
    """One delivery, or NotFound."""
    wanted = select(D).where(_all(grant), D.id == delivery_id)
    if found := (await session.exec(wanted)).one_or_none():
        return found
    raise NotFound


async def deliveries_json(session: AsyncSession, grant: Grant, ask: pages.Ask, dead: bool) -> bytes:
    """Deliveries, oldest first, or those that were given up: a Page[DeliveryOut] as JSON."""
    rows = sa.select(
        *(col(D.id), col(D.version), col(D.created_at), col(D.notification_id), col(D.channel)),
        *(col(D.user_id), col(D.webhook_id), col(D.daily), col(D.due_at), col(D.tries), col(D.sent_at)),
        *(col(D.dead_at), col(D.fault)),
    )
    only = col(D.dead_at).is_not(None) if dead else sa.true()
    return await pages.fetch(session, rows.where(_all(grant), only), ask)


async def new_messages(session: AsyncSession) -> Sequence[Notification]:
    """Some messages of the outbox that nobody has looked at yet, the oldest first, held."""
    rows = select(N).where(col(N.handed_at).is_(None)).order_by(col(N.id)).limit(MOST_HANDED)
    return (await session.exec(rows.with_for_update(skip_locked=True))).all()


async def preferences(session: AsyncSession, people: Sequence[UUID]) -> dict[UUID, Preference]:
    """How these people want to be told, by person."""
    rows = select(Preference).where(col(Preference.user_id).in_(people))
    return {found.user_id: found for found in await session.exec(rows)}


async def webhooks_at(session: AsyncSession, facilities: Sequence[UUID]) -> Sequence[Webhook]:
    """The webhooks of these facilities that are in use."""
    rows = select(Webhook).where(col(Webhook.facility_id).in_(facilities), col(Webhook.stopped_at).is_(None))
    return (await session.exec(rows)).all()


async def due(session: AsyncSession, now: datetime) -> list[Delivery]:
    """Some deliveries whose time has come and that nobody carries, held; a daily letter whole."""
    ready = [
        *(col(D.sent_at).is_(None), col(D.dead_at).is_(None), col(D.due_at) <= now),
        sa.or_(col(D.held_until).is_(None), col(D.held_until) < now),
    ]
    first = select(D).where(*ready).order_by(col(D.due_at)).limit(MOST_CARRIED)
    held = first.with_for_update(skip_locked=True).execution_options(**HELD)
    found = {one.id: one for one in (await session.exec(held)).all()}
    if readers := {one.user_id for one in found.values() if one.daily}:
        rest = select(D).where(*ready, col(D.daily), col(D.user_id).in_(readers)).limit(MOST_DAILY)
        more = await session.exec(rest.with_for_update(skip_locked=True).execution_options(**HELD))
        found |= {one.id: one for one in more.all()}
    return list(found.values())


async def messages_of(session: AsyncSession, found: Sequence[Delivery]) -> dict[UUID, Notification]:
    """What these deliveries carry, by the id of the message."""
    rows = select(N).where(col(N.id).in_([one.notification_id for one in found]))
    return {message.id: message for message in await session.exec(rows)}


async def webhooks_of(session: AsyncSession, found: Sequence[Delivery]) -> dict[UUID, Webhook]:
    """Where these deliveries go, by webhook."""
    rows = select(Webhook).where(col(Webhook.id).in_([one.webhook_id for one in found if one.webhook_id]))
    return {one.id: one for one in await session.exec(rows)}


async def carried(session: AsyncSession, ids: Sequence[UUID], held_until: datetime) -> Sequence[Delivery]:
    """Those of these deliveries that are still held until just this moment: by the asker and nobody else."""
    rows = select(D).where(col(D.id).in_(ids), D.held_until == held_until).order_by(col(D.id))
    return (await session.exec(rows.with_for_update().execution_options(**HELD))).all()


def _all(grant: Grant) -> sa.ColumnElement[bool]:
    """All of them, for a reach that covers them."""
    return sa.true() if grant.reach is Reach.ALL else sa.false()

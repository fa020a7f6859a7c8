"""What can be done about the address of the own calendar: give it, change it, take it back; read by it."""

import secrets

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.calendars import queries, rules, writing
from app.calendars.models import CalendarFeed
from app.core import clock


async def open_feed(session: AsyncSession, actor: Actor) -> tuple[CalendarFeed, str]:
    """Give the own calendar an address with a secret in it; the one before stops working."""
    actor.grant(Permission.CALENDAR_READ)
    secret = secrets.token_urlsafe(32)
    given = {"secret_hash": rules.secret_hash(secret), "opened_at": clock.now()}
    feed = await queries.own(session, actor)
    if feed is None:
        mine = {"user_id": actor.user_id, "membership_id": actor.membership_id}
        feed = CalendarFeed.model_validate(mine | given)
        session.add(feed)
    for name, value in given.items():
        setattr(feed, name, value)
    audit.record(session, actor, "calendar.open_feed", feed.id)
    await session.flush()
    return feed, secret


async def close_feed(session: AsyncSession, actor: Actor) -> None:
    """Take the address of the own calendar back. Doing it twice changes nothing."""
    actor.grant(Permission.CALENDAR_READ)
    if feed := await queries.own(session, actor):
        audit.record(session, actor, "calendar.close_feed", feed.id)
        await session.delete(feed)
        await session.flush()


async def read(session: AsyncSession, actor: Actor) -> bytes:
    """The calendar of whoever the address belongs to. That it was read is audited."""
    found = await queries.entries(session, actor.grant(Permission.CALENDAR_READ), clock.now())
    audit.record(session, actor, "calendar.read", [entry.id for entry in found])
    return writing.write(found, actor.language)

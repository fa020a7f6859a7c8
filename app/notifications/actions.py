"""Put messages in the outbox, and mark them read."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.core import clock
from app.notifications import queries
from app.notifications.models import Notification


def tell_person(session: AsyncSession, user_id: UUID, kind: str, record_id: UUID) -> None:
    """Tell one person; the message exists only if the change it reports does."""
    session.add(Notification(user_id=user_id, kind=kind, record_id=record_id))


def tell_facility(session: AsyncSession, facility_id: UUID, kind: str, record_id: UUID) -> None:
    """Tell whoever works at this facility: a message to a place cannot get stuck with a person who left."""
    session.add(Notification(facility_id=facility_id, kind=kind, record_id=record_id))


async def read(session: AsyncSession, actor: Actor, notification_id: UUID) -> Notification:
    """Mark a message as read, for everybody it was addressed to. Reading twice changes nothing."""
    grant = actor.grant(Permission.NOTIFICATION_READ)
    message = await queries.get(session, grant, notification_id)
    if message.read_at is None:
        message.read_at, message.read_by_id = clock.now(), actor.user_id
        await session.flush()
    return message

"""Every read of a notification."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.access.table import Reach
from app.core import pages
from app.core.errors import NotFound
from app.notifications.models import Notification

N = Notification


async def get(session: AsyncSession, grant: Grant, notification_id: UUID) -> Notification:
    """One message to me or my facility, or NotFound."""
    found = (await session.exec(_visible(grant).where(N.id == notification_id))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def page_json(session: AsyncSession, grant: Grant, ask: pages.Ask, unread: bool) -> bytes:
    """Messages to me or my facility, oldest first: a Page[NotificationOut] as JSON."""
    rows = _visible(grant).with_only_columns(
        col(N.id), col(N.version), col(N.created_at), col(N.kind), col(N.record_id), col(N.read_at)
    )
    return await pages.fetch(session, rows.where(col(N.read_at).is_(None)) if unread else rows, ask)


def _visible(grant: Grant) -> SelectOfScalar[Notification]:
    """What was addressed to me, or to the facility I answer for."""
    me = grant.actor
    mine = col(N.user_id) == me.user_id
    if grant.reach is Reach.FACILITY and me.facility_id:
        return select(N).where(sa.or_(mine, col(N.facility_id) == me.facility_id))
    return select(N).where(mine)

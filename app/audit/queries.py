"""Every read of the audit trail."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.audit.models import AuditEvent
from app.core import pages
from app.core.errors import Forbidden

E = AuditEvent


async def page_json(
    session: AsyncSession, grant: Grant, ask: pages.Ask, record_id: UUID | None, user_id: UUID | None
) -> bytes:
    """Events, oldest first, about one record or by one person where that is asked: a Page[AuditEventOut]."""
    if grant.reach is not Reach.ALL:
        raise Forbidden(permission=grant.permission.value)
    rows = sa.select(
        *(col(E.id), col(E.at), col(E.user_id), col(E.role), col(E.session_id), col(E.request_id)),
        *(col(E.action), col(E.object_type), col(E.object_ids), col(E.field_class), col(E.allowed)),
        col(E.stands_in_for),
    )
    if record_id:
        rows = rows.where(col(E.object_ids).contains([record_id]))
    if user_id:
        rows = rows.where(col(E.user_id) == user_id)
    return await pages.fetch(session, rows, ask)

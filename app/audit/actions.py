"""Write to the audit trail, in the transaction that it reports."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.audit.models import AuditEvent


class FieldClass(StrEnum):
    """How sensitive what was read or written is; every field of every answer has one."""

    IDENTITY = "identity"
    CONTACT = "contact"
    HEALTH = "health"
    MENTAL_HEALTH = "mental_health"
    LOCATION = "location"
    OPERATIONAL = "operational"


def record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    ids: UUID | Iterable[UUID],
    field_class: FieldClass = FieldClass.OPERATIONAL,
    *,
    allowed: bool = True,
) -> None:
    """Add one line: `action` is `subject.verb`, ids are every record read or changed by it."""
    session.add(
        AuditEvent(
            user_id=actor.user_id,
            role=actor.role.value,
            session_id=actor.session_id,
            request_id=actor.request_id,
            action=action,
            object_type=action.split(".")[0],
            object_ids=[ids] if isinstance(ids, UUID) else list(ids),
            field_class=field_class.value,
            allowed=allowed,
            stands_in_for=list(actor.stands_in_for),
        )
    )


def record_at_gate(
    session: AsyncSession,
    request_id: UUID,
    action: str,
    ids: UUID | Iterable[UUID],
    *,
    user_id: UUID | None = None,
    session_id: UUID | None = None,
    allowed: bool = True,
) -> None:
    """Add one line about somebody who acts under no membership: signing in, a session, an own password."""
    session.add(
        AuditEvent(
            user_id=user_id,
            session_id=session_id,
            request_id=request_id,
            action=action,
            object_type=action.split(".")[0],
            object_ids=[ids] if isinstance(ids, UUID) else list(ids),
            field_class=FieldClass.OPERATIONAL.value,
            allowed=allowed,
        )
    )

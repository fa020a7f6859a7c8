"""What an auditor gets back about an event."""

from datetime import datetime
from uuid import UUID

from app.core.shown import Shown


class AuditEventOut(Shown):
    """One act: who, in which role and session, what, on which records, which class of field. No content.

    `stands_in_for`: colleagues whose cases were delegated to this person when it was done.
    """

    id: UUID
    at: datetime
    user_id: UUID | None
    role: str
    session_id: UUID | None
    request_id: UUID
    action: str
    object_type: str
    object_ids: list[UUID]
    field_class: str
    allowed: bool
    stands_in_for: list[UUID]

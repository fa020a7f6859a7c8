"""What a client gets back about a notification."""

from datetime import datetime
from uuid import UUID

from app.core.shown import Shown


class NotificationOut(Shown):
    """One message: what happened (`subject.verb`) to which record."""

    id: UUID
    version: int
    created_at: datetime
    kind: str
    record_id: UUID
    read_at: datetime | None

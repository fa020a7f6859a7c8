"""What a client gets back about a notification."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class NotificationOut(BaseModel):
    """One message: what happened (`subject.verb`) to which record."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")

    id: UUID
    version: int
    created_at: datetime
    kind: str
    record_id: UUID
    read_at: datetime | None

"""Audit tables."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.core import clock
from app.core.db import Moment
from app.core.ids import new_id


class AuditEvent(SQLModel, table=True):
    """One act on one or more records: who, in which role, what, on which ids. Never content."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_object_ids", "object_ids", postgresql_using="gin"),
        sa.Index("ix_audit_event_user_id_at", "user_id", "at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(default_factory=clock.now, sa_type=Moment)
    user_id: UUID | None = None
    role: str = Field(default="", max_length=40)
    session_id: UUID | None = None
    request_id: UUID
    action: str = Field(max_length=80)
    object_type: str = Field(max_length=40)
    object_ids: list[UUID] = Field(sa_type=ARRAY(sa.Uuid()))
    field_class: str = Field(max_length=40)
    allowed: bool = True
    stands_in_for: list[UUID] = Field(  # whose cases were delegated to this person
        default_factory=list,
        sa_type=ARRAY(sa.Uuid()),
        sa_column_kwargs={"server_default": sa.text("'{}'::uuid[]")},
    )

"""Notification tables."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Moment, Record


class Notification(Record, table=True):
    """One message for one person or one facility. Carries a kind and an id, never a person's details."""

    __tablename__ = "notification"
    __table_args__ = (
        sa.CheckConstraint("(user_id is null) <> (facility_id is null)", name="one_recipient"),
        sa.Index("ix_notification_user_id_id", "user_id", "id"),
        sa.Index("ix_notification_facility_id_id", "facility_id", "id"),
        sa.Index("ix_notification_new", "id", postgresql_where=sa.text("handed_at is null")),
    )

    user_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id")
    kind: str = Field(max_length=80)  # subject.verb, as in the audit trail
    record_id: UUID
    read_at: datetime | None = Field(default=None, sa_type=Moment)
    read_by_id: UUID | None = None
    handed_at: datetime | None = Field(default=None, sa_type=Moment)  # to whoever carries it out of the house

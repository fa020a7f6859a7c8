"""Tables of what leaves the house."""

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Held, Moment, Record, code_type, holder

KINDS = ARRAY(sa.String(40))  # code list: notification_kind
IS_WAITING = "sent_at is null and dead_at is null"


class Channel(StrEnum):
    """A way out of the house."""

    EMAIL = "email"
    TEXT = "text"
    WEBHOOK = "webhook"


class Preference(Record, table=True):
    """How one person wants to be told outside the app; without a row, not at all. Addresses are sealed."""

    __tablename__ = "notification_preference"

    user_id: UUID = Field(foreign_key="user_account.id", unique=True)
    email: bytes | None = None
    phone: bytes | None = None
    email_kinds: list[str] = Field(default_factory=list, sa_type=KINDS)  # a letter each
    daily_kinds: list[str] = Field(default_factory=list, sa_type=KINDS)  # one letter a day for all of them
    text_kinds: list[str] = Field(default_factory=list, sa_type=KINDS)
    daily_at: time = time(8)
    quiet_from: time | None = None
    quiet_until: time | None = None
    wakes_for_urgent: bool = False


class Webhook(Record, table=True):
    """Where a facility's own system is told what the facility is told."""

    __tablename__ = "webhook"

    facility_id: UUID = Field(foreign_key="facility.id")
    url: str = Field(max_length=300)
    kinds: list[str] = Field(default_factory=list, sa_type=KINDS)  # none: every kind
    key_id: str = Field(max_length=20)
    key: bytes  # sealed; shown once, when it is made
    stopped_at: datetime | None = Field(default=None, sa_type=Moment)


class Delivery(Record, table=True):
    """One message on one way out. Who carries it holds it for a while; what is not settled is carried again.

    Its id stays the same however often it is sent, so that a receiver knows a double.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.CheckConstraint("(user_id is null) <> (webhook_id is null)", name="one_receiver"),
        sa.CheckConstraint("sent_at is null or dead_at is null", name="one_end"),
        sa.UniqueConstraint("notification_id", "channel", "user_id"),
        sa.UniqueConstraint("notification_id", "webhook_id"),
        sa.Index("ix_delivery_waiting", "due_at", postgresql_where=sa.text(IS_WAITING)),
        sa.Index("ix_delivery_dead", "id", postgresql_where=sa.text("dead_at is not null")),
    )

    notification_id: UUID = Field(foreign_key="notification.id")
    channel: Channel = Field(sa_type=code_type(Channel))
    user_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    webhook_id: UUID | None = Field(default=None, foreign_key="webhook.id")
    daily: bool = False
    due_at: datetime = Field(sa_type=Moment)
    held_until: datetime | None = Field(default=None, sa_type=Moment)
    tries: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    dead_at: datetime | None = Field(default=None, sa_type=Moment)
    fault: str | None = Field(default=None, max_length=40)  # of the last try


class VisitReminder(Held, table=True):
    """One text message about one date, of a referral or an appointment; carried as a delivery is."""

    __tablename__ = "visit_reminder"
    __table_args__ = (
        holder("referral_id", "referral"),
        holder("appointment_id", "appointment"),
        sa.CheckConstraint("(referral_id is null) <> (appointment_id is null)", name="about_one"),
        sa.CheckConstraint("sent_at is null or dead_at is null", name="one_end"),
        sa.UniqueConstraint("referral_id", "scheduled_for"),
        sa.UniqueConstraint("appointment_id", "scheduled_for"),
        sa.Index("ix_visit_reminder_waiting", "due_at", postgresql_where=sa.text(IS_WAITING)),
    )

    referral_id: UUID | None = None
    appointment_id: UUID | None = None
    scheduled_for: datetime = Field(sa_type=Moment)  # as it was when this was planned
    due_at: datetime = Field(sa_type=Moment)
    held_until: datetime | None = Field(default=None, sa_type=Moment)
    tries: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    dead_at: datetime | None = Field(default=None, sa_type=Moment)
    fault: str | None = Field(default=None, max_length=40)  # why it was not taken, or not sent

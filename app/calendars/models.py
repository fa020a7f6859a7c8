"""The table of calendar addresses."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core import clock
from app.core.db import Moment, Record


class CalendarFeed(Record, table=True):
    """The address of one person's calendar under one membership; of its secret only a hash is kept."""

    __tablename__ = "calendar_feed"
    __table_args__ = (sa.UniqueConstraint("user_id", "membership_id"),)

    user_id: UUID = Field(foreign_key="user_account.id")
    membership_id: UUID = Field(foreign_key="membership.id")
    secret_hash: bytes = Field(unique=True)
    opened_at: datetime = Field(default_factory=clock.now, sa_type=Moment)  # of this secret
    hour_at: datetime = Field(default_factory=clock.now, sa_type=Moment)  # in which reads are counted
    reads: int = 0

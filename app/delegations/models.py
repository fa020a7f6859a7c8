"""The table of delegations."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Moment, Record


class Delegation(Record, table=True):
    """From one day to another, both included, this colleague reaches the cases of somebody who is away."""

    __tablename__ = "delegation"
    __table_args__ = (
        sa.CheckConstraint("from_id <> to_id", name="somebody_else"),
        sa.CheckConstraint("until_on >= starts_on", name="forward"),
        sa.CheckConstraint("(revoked_at is null) = (revoked_by_id is null)", name="revoked_whole"),
        sa.Index("ix_delegation_from_id", "from_id", "until_on"),
        sa.Index("ix_delegation_to_id", "to_id", "until_on"),
        sa.Index("ix_delegation_team_id", "team_id", "id"),
    )

    from_id: UUID = Field(foreign_key="user_account.id")  # who is away
    to_id: UUID = Field(foreign_key="user_account.id")  # who stands in
    team_id: UUID = Field(foreign_key="team.id")  # of who is away
    organisation_id: UUID = Field(foreign_key="organisation.id")
    starts_on: date
    until_on: date
    by_id: UUID = Field(foreign_key="user_account.id")
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)
    revoked_by_id: UUID | None = Field(default=None, foreign_key="user_account.id")

"""Milestone tables."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, Moment, code_type, holder
from app.milestones.states import Action, Status


class Milestone(Held, table=True):
    """One step of the catalogue for one case."""

    __tablename__ = "milestone"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("case_id", "definition_code"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.CheckConstraint(
            "verified_by_id is null or verified_by_id <> recorded_by_id", name="somebody_else"
        ),
        sa.Index("ix_milestone_due", "owner_id", "due_on"),
    )

    case_id: UUID
    definition_code: str = Field(max_length=60)  # app/milestones/catalogue.csv
    status: Status = Field(default=Status.WANTED, sa_type=code_type(Status))
    due_on: date | None = None
    reached_on: date | None = None
    evidence: bytes | None = None  # sealed with the survivor's key
    recorded_by_id: UUID
    verified_by_id: UUID | None = None
    verified_at: datetime | None = Field(default=None, sa_type=Moment)
    settled_on: date | None = None  # the last day on which it was reached, found still true, or lost
    fact_code: str | None = Field(default=None, max_length=40)  # code list: milestone_fact; empty: by hand
    fact_id: UUID | None = None  # the record that shows it


class MilestoneChange(Held, table=True):
    """One change of one milestone, kept: also a set-back."""

    __tablename__ = "milestone_change"
    __table_args__ = (holder("milestone_id", "milestone"),)

    milestone_id: UUID = Field(index=True)
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: first wanted
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    happened_on: date
    by_id: UUID
    reason_code: str | None = Field(default=None, max_length=40)  # code list: milestone_drop_reason
    evidence: bytes | None = None  # as it was noted then; sealed with the survivor's key
    fact_code: str | None = Field(default=None, max_length=40)  # code list: milestone_fact; empty: by hand
    fact_id: UUID | None = None

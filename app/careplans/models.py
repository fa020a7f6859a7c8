"""Tables of care plans."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.careplans.states import Action, Status
from app.core.db import Held, Moment, code_type, holder


class CarePlan(Held, table=True):
    """One version of a case's plan. One may be open at a time, and one in force; no other is ever changed."""

    __tablename__ = "care_plan"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("case_id", "number"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.Index(
            "uq_care_plan_one_open",
            "case_id",
            unique=True,
            postgresql_where=sa.text("status in ('draft', 'submitted')"),
        ),
        sa.Index(
            "uq_care_plan_one_in_force",
            "case_id",
            unique=True,
            postgresql_where=sa.text("status = 'approved'"),
        ),
        sa.CheckConstraint("approved_by_id <> submitted_by_id", name="somebody_else"),
        sa.CheckConstraint(
            "status not in ('approved', 'superseded') or num_nulls(agreed_on, review_on, submitted_by_id,"
            " approved_by_id, approved_at) = 0",
            name="approved_whole",
        ),
    )

    case_id: UUID
    number: int
    status: Status = Field(default=Status.DRAFT, sa_type=code_type(Status))
    review_on: date | None = None
    agreed_on: date | None = None  # the day on which the person agreed to it
    by_id: UUID
    submitted_by_id: UUID | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    approved_by_id: UUID | None = None
    approved_at: datetime | None = Field(default=None, sa_type=Moment)


class Goal(Held, table=True):
    """What a version wants to reach in one lane. `goal_id` is the same goal in every version."""

    __tablename__ = "care_goal"
    __table_args__ = (
        holder("plan_id", "care_plan"),
        sa.UniqueConstraint("plan_id", "goal_id"),
        sa.UniqueConstraint("plan_id", "place"),
    )

    plan_id: UUID
    goal_id: UUID
    place: int  # in the plan's own order
    pillar_code: str = Field(max_length=40)  # code list: pillar
    need: bytes  # sealed with the survivor's key
    aim: bytes  # sealed with the survivor's key
    service_code: str | None = Field(default=None, max_length=40)  # code list: service
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id")
    responsible_code: str = Field(max_length=40)  # code list: goal_responsible
    target_on: date


class CarePlanMove(Held, table=True):
    """One step in the life of a version, kept: also that it was sent back, and why."""

    __tablename__ = "care_plan_move"
    __table_args__ = (holder("plan_id", "care_plan"),)

    plan_id: UUID = Field(index=True)
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: begun
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    by_id: UUID
    reason: bytes | None = None  # sealed with the survivor's key


class Review(Held, table=True):
    """The plan in force was looked at with the person: how it stands, and when it is looked at again."""

    __tablename__ = "care_review"
    __table_args__ = (holder("plan_id", "care_plan"),)

    plan_id: UUID = Field(index=True)
    reviewed_on: date
    next_on: date
    finding: bytes | None = None  # sealed with the survivor's key
    by_id: UUID


class Progress(Held, table=True):
    """How one goal stood at a review."""

    __tablename__ = "care_progress"
    __table_args__ = (
        holder("plan_id", "care_plan"),
        sa.UniqueConstraint("review_id", "goal_id"),
    )

    plan_id: UUID = Field(index=True)
    review_id: UUID = Field(foreign_key="care_review.id")
    goal_id: UUID
    progress_code: str = Field(max_length=40)  # code list: goal_progress

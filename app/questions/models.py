"""The question, in the schema of statistics. What was asked never changes; its status moves."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Moment, Record, code_type
from app.questions.states import Status


class Question(Record, table=True):
    """A table that somebody asks for: why, over which people, how finely told apart, how sure it must be."""

    __tablename__ = "question"
    __table_args__ = (
        sa.Index("ix_question_asked_by_id_id", "asked_by_id", "id"),
        sa.CheckConstraint("reviewed_by_id <> asked_by_id and approved_by_id <> asked_by_id", name="not_own"),
        sa.CheckConstraint("approved_by_id <> reviewed_by_id", name="two_people"),
        sa.CheckConstraint("cells between 1 and 2000", name="few_cells"),
        {"schema": "stats"},
    )

    asked_by_id: UUID
    organisation_id: UUID
    purpose_code: str = Field(max_length=40)  # code list: question_purpose
    legal_basis_code: str = Field(max_length=40)  # code list: legal_basis
    purpose: str = Field(max_length=500)  # in words, read by who approves it
    dimensions: list[str] = Field(sa_type=ARRAY(sa.String(40)))
    first_day: date | None = None  # of registration; None: from the beginning
    last_day: date
    half_width: float  # how sure it will be
    needed_half_width: float | None = None  # how sure it must be
    sigma: float
    rho: Decimal = Field(sa_type=sa.Numeric(12, 8))
    cells: int
    status: Status = Field(default=Status.ASKED, sa_type=code_type(Status))
    reviewed_by_id: UUID | None = None
    reviewed_at: datetime | None = Field(default=None, sa_type=Moment)
    approved_by_id: UUID | None = None
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_by_id: UUID | None = None
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    refusal_code: str | None = Field(default=None, max_length=40)  # code list: question_refusal
    release_id: UUID | None = Field(default=None, foreign_key="stats.release.id")

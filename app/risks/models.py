"""The table of risk flags."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, Moment, code_type, holder
from app.risks.states import Status

WHAT_WAS_DONE = "action_code, acted_on, done, closed_at, closed_by_id"


class RiskFlag(Held, table=True):
    """A danger that somebody looks into the same day. It says of what kind, never which answer raised it."""

    __tablename__ = "risk_flag"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("source_id", "kind_code"),
        sa.Index("ix_risk_flag_case_id", "case_id", "id"),
        sa.CheckConstraint(
            f"case status when 'closed' then num_nulls({WHAT_WAS_DONE})"
            f" else num_nonnulls({WHAT_WAS_DONE}) end = 0",
            name="closed_by_what_was_done",
        ),
    )

    case_id: UUID
    kind_code: str = Field(max_length=40)  # code list: risk_kind
    source_id: UUID | None = None  # what was answered; empty: a person saw it
    seen: bytes | None = None  # sealed with the survivor's key: what that person saw
    due_on: date
    by_id: UUID
    status: Status = Field(default=Status.RAISED, sa_type=code_type(Status))
    acknowledged_at: datetime | None = Field(default=None, sa_type=Moment)
    acknowledged_by_id: UUID | None = None
    action_code: str | None = Field(default=None, max_length=40)  # code list: risk_action
    acted_on: date | None = None
    done: bytes | None = None  # sealed with the survivor's key: what was done
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_by_id: UUID | None = None

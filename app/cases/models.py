"""Case tables."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.cases.states import Action, Status
from app.core import clock
from app.core.db import Held, Moment, code_type, holder

IS_OPEN = sa.text("status not in ('closed', 'transferred')")
IS_RAISED = sa.text("about is not null")
SPOKEN = ("call", "home_visit", "office_visit")
"""Kinds of a note that say that somebody spoke with the person; to have tried is not enough."""
WAS_SPOKEN = sa.text(f"kind_code in ({', '.join(repr(kind) for kind in SPOKEN)})")


class Case(Held, table=True):
    """One survivor's file with one programme. One may be open at a time."""

    __tablename__ = "case_file"
    __table_args__ = (
        holder("survivor_id", "survivor"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.Index("uq_case_file_one_open", "survivor_id", unique=True, postgresql_where=IS_OPEN),
        sa.Index("ix_case_file_caseload", "owner_id", "id"),
        sa.Index("ix_case_file_caseload_status", "owner_id", "status", "id"),
        sa.Index("ix_case_file_team", "team_id", "id"),
        sa.Index("ix_case_file_team_status", "team_id", "status", "id"),
        # What few cases have is found among all of them, for who reaches all of them.
        sa.Index("ix_case_file_status", "status", "id"),
        sa.Index("ix_case_file_priority", "priority_code", "id"),
        sa.Index("ix_case_file_risk", "risk_level_code", "id"),
        sa.Index("ix_case_file_review", "next_review_on"),
    )

    survivor_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    status: Status = Field(default=Status.INTAKE, sa_type=code_type(Status))
    priority_code: str = Field(default="normal", max_length=40)  # code list: case_priority
    risk_level_code: str = Field(default="unknown", max_length=40)  # code list: risk_level
    opened_on: date = Field(default_factory=clock.today)
    next_review_on: date | None = None
    wakes_on: date | None = None  # dormant until
    closure_reason_code: str | None = Field(default=None, max_length=40)  # code list: closure_reason
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    needs_assessed_on: date | None = None  # the latest needs assessment; a plan needs one


class CaseMove(Held, table=True):
    """One step in the life of a case: kept, also when it goes back."""

    __tablename__ = "case_move"
    __table_args__ = (holder("case_id", "case_file"),)

    case_id: UUID = Field(index=True)
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: opened
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    by_id: UUID | None = None  # empty: the system
    reason_code: str | None = Field(default=None, max_length=40)


class CaseAssignment(Held, table=True):
    """Who was responsible from when: owner and team that the case was given to, and by whom."""

    __tablename__ = "case_assignment"
    __table_args__ = (holder("case_id", "case_file"),)

    case_id: UUID = Field(index=True)
    given_to_id: UUID = Field(foreign_key="user_account.id")
    given_to_team_id: UUID = Field(foreign_key="team.id")
    by_id: UUID

    @classmethod
    def of(cls, case: Case, by_id: UUID) -> Self:
        """From now on whoever owns the case now, by this person's doing."""
        return cls(
            case_id=case.id,
            owner_id=case.owner_id,
            team_id=case.team_id,
            given_to_id=case.owner_id,
            given_to_team_id=case.team_id,
            by_id=by_id,
        )


class Approval(Held, table=True):
    """Somebody else's yes or no to a plan or a closure."""

    __tablename__ = "approval"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.CheckConstraint("decided_by_id is null or decided_by_id <> asked_by_id", name="somebody_else"),
    )

    case_id: UUID = Field(index=True)
    kind_code: str = Field(max_length=40)  # plan, closure
    reason_code: str | None = Field(default=None, max_length=40)  # code list: closure_reason
    asked_by_id: UUID
    decided_by_id: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    approved: bool | None = None
    used_at: datetime | None = Field(default=None, sa_type=Moment)  # one approval serves one move


class Note(Held, table=True):
    """What was seen, said or done, in a person's words; sealed with the survivor's key."""

    __tablename__ = "note"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.Index("ix_note_spoken", "case_id", "created_at", postgresql_where=WAS_SPOKEN),
    )

    case_id: UUID = Field(index=True)
    kind_code: str = Field(default="general", max_length=40)  # code list: note_kind
    text: bytes
    by_id: UUID


class Task(Held, table=True):
    """Something to do for a case by a day."""

    __tablename__ = "task"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.Index("ix_task_today", "owner_id", "due_on", postgresql_where=sa.text("done_at is null")),
        sa.Index("uq_task_raised", "case_id", "kind_code", "about", unique=True, postgresql_where=IS_RAISED),
    )

    case_id: UUID = Field(index=True)
    kind_code: str = Field(max_length=40)  # code list: task_kind
    text: bytes | None = None  # sealed with the survivor's key
    about: UUID | None = None  # raised by a rule: for what; once for each
    due_on: date
    by_id: UUID | None = None  # empty: the system
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    done_by_id: UUID | None = None
    outcome_code: str | None = Field(default=None, max_length=40)  # done, not_needed, not_reached

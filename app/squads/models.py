"""Tables of squads: what they are for names nobody; a call-up is of a person's file."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, Record, code_type, holder
from app.squads.states import Status

STANDS = sa.text("status in ('called', 'accepted')")


class Squad(Record, table=True):
    """Who of a programme goes to a competition or a camp: when, where, how many. It names nobody."""

    __tablename__ = "squad"
    __table_args__ = (
        sa.ForeignKeyConstraint(["programme_id", "facility_id"], ["programme.id", "programme.facility_id"]),
        sa.UniqueConstraint("id", "programme_id", "facility_id"),
        sa.CheckConstraint("starts_on <= ends_on", name="in_order"),
    )

    programme_id: UUID = Field(index=True)
    facility_id: UUID
    edition_id: UUID | None = Field(default=None, foreign_key="edition.id")
    kind_code: str = Field(max_length=40)  # code list: squad_kind
    name: str = Field(max_length=200)
    place: str = Field(default="", max_length=200)
    starts_on: date
    ends_on: date
    answer_by: date | None = None
    size: int | None = None  # beyond it nobody more is called
    cancelled_on: date | None = None


class CallUp(Held, table=True):
    """Somebody called up into a squad, and what they answered."""

    __tablename__ = "call_up"
    __table_args__ = (
        holder("enrolment_id", "enrolment"),
        sa.ForeignKeyConstraint(
            ["enrolment_id", "programme_id", "facility_id"],
            ["enrolment.id", "enrolment.programme_id", "enrolment.facility_id"],
        ),
        sa.ForeignKeyConstraint(
            ["squad_id", "programme_id", "facility_id"],
            ["squad.id", "squad.programme_id", "squad.facility_id"],
        ),
        sa.UniqueConstraint("id", "squad_id"),
        sa.ForeignKeyConstraint(["replaces_id", "squad_id"], ["call_up.id", "call_up.squad_id"]),
        sa.Index("uq_call_up_one", "squad_id", "enrolment_id", unique=True, postgresql_where=STANDS),
        sa.Index("uq_call_up_replaces_id", "replaces_id", unique=True),
    )

    squad_id: UUID
    enrolment_id: UUID = Field(index=True)
    programme_id: UUID
    facility_id: UUID
    position_code: str = Field(max_length=40)  # code list: sport_position
    status: Status = Field(default=Status.CALLED, sa_type=code_type(Status))
    answered_on: date | None = None
    decline_reason_code: str | None = Field(default=None, max_length=40)  # code list: call_up_decline
    replaces_id: UUID | None = None
    by_id: UUID

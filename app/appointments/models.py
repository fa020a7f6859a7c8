"""Tables of appointments."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.appointments.states import Action, Status
from app.core.db import Held, Moment, code_type, holder

IS_BOOKED = sa.text("status = 'booked'")


class Appointment(Held, table=True):
    """A meeting of a person with somebody, at a time. Put off, it is the same one at another time."""

    __tablename__ = "appointment"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.Index("ix_appointment_case_id", "case_id", "id"),
        sa.Index("ix_appointment_agenda", "owner_id", "starts_at", postgresql_where=IS_BOOKED),
        sa.Index("ix_appointment_near", "starts_at", postgresql_where=IS_BOOKED),
        sa.CheckConstraint("minutes between 5 and 720", name="within_a_day"),
    )

    case_id: UUID
    kind_code: str = Field(max_length=40)  # code list: appointment_kind
    purpose_code: str = Field(max_length=40)  # code list: appointment_purpose
    status: Status = Field(default=Status.BOOKED, sa_type=code_type(Status))
    starts_at: datetime = Field(sa_type=Moment)
    minutes: int | None = None
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id")  # with one of the directory
    with_whom: bytes | None = None  # sealed with the survivor's key, as the two below
    place: bytes | None = None
    note: bytes | None = None  # what it is about, what to bring
    by_id: UUID


class AppointmentMove(Held, table=True):
    """One step in the life of an appointment, kept: also every day on which it was to be."""

    __tablename__ = "appointment_move"
    __table_args__ = (holder("appointment_id", "appointment"),)

    appointment_id: UUID = Field(index=True)
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: booked
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    starts_at: datetime = Field(sa_type=Moment)  # when it was to be, from this step on
    reason_code: str | None = Field(
        default=None, max_length=40
    )  # code list: no_show_reason, or why cancelled
    next_step_code: str | None = Field(default=None, max_length=40)  # code list: no_show_step
    by_id: UUID

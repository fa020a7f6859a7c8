"""Programme tables. Nothing here is of a person's file: who takes part is the room `participants`."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.core.db import Moment, Record

CODES = ARRAY(sa.String(40))


def organiser(column: str, parent: str) -> sa.ForeignKeyConstraint:
    """The foreign key from what a facility organises to its parent: both are the same facility's."""
    return sa.ForeignKeyConstraint([column, "facility_id"], [f"{parent}.id", f"{parent}.facility_id"])


class Programme(Record, table=True):
    """What a facility organises for many: a sport, a peer group, a course, risk education."""

    __tablename__ = "programme"
    __table_args__ = (
        sa.UniqueConstraint("id", "facility_id"),
        sa.Index("ix_programme_facility_id_id", "facility_id", "id"),
    )

    facility_id: UUID = Field(foreign_key="facility.id")
    kind_code: str = Field(max_length=40)  # code list: programme_kind
    name: str = Field(max_length=200)
    sport_code: str | None = Field(default=None, max_length=40)  # code list: sport
    level_code: str | None = Field(default=None, max_length=40)  # code list: programme_level
    place: str = Field(default="", max_length=200)
    district_code: str = Field(max_length=40)  # code list: district
    capacity: int | None = None  # beyond it there is a waiting list
    minimum_age: int | None = None
    closed_on: date | None = None
    feed_hash: bytes | None = Field(default=None, unique=True)  # of the secret in its calendar's address


class Season(Record, table=True):
    """A stretch of time in which a programme has sessions; a closed one takes no more."""

    __tablename__ = "season"
    __table_args__ = (
        organiser("programme_id", "programme"),
        sa.UniqueConstraint("id", "programme_id", "facility_id"),
        sa.CheckConstraint("starts_on <= ends_on", name="in_order"),
    )

    programme_id: UUID = Field(index=True)
    facility_id: UUID
    name: str = Field(max_length=100)
    starts_on: date
    ends_on: date
    closed_at: datetime | None = Field(default=None, sa_type=Moment)


class Group(Record, table=True):
    """Some of a programme who train, meet or learn together."""

    __tablename__ = "programme_group"
    __table_args__ = (
        organiser("programme_id", "programme"),
        sa.UniqueConstraint("id", "programme_id"),
        sa.UniqueConstraint("programme_id", "name"),
    )

    programme_id: UUID
    facility_id: UUID
    name: str = Field(max_length=100)
    capacity: int | None = None
    closed_on: date | None = None


class Staff(Record, table=True):
    """Somebody with an account who works in a programme, and as what."""

    __tablename__ = "programme_staff"
    __table_args__ = (
        organiser("programme_id", "programme"),
        sa.UniqueConstraint("programme_id", "user_id", "role_code"),
    )

    programme_id: UUID
    facility_id: UUID
    user_id: UUID = Field(foreign_key="user_account.id")
    role_code: str = Field(max_length=40)  # code list: programme_staff_role
    ended_on: date | None = None


class Session(Record, table=True):
    """One training, meeting, lesson, match or community session, on its own or of a series."""

    __tablename__ = "programme_session"
    __table_args__ = (
        organiser("programme_id", "programme"),
        sa.ForeignKeyConstraint(
            ["season_id", "programme_id", "facility_id"],
            ["season.id", "season.programme_id", "season.facility_id"],
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "programme_id"], ["programme_group.id", "programme_group.programme_id"]
        ),
        sa.UniqueConstraint("id", "programme_id", "facility_id"),
        sa.Index("ix_programme_session_calendar", "programme_id", "starts_at", "id"),
    )

    programme_id: UUID
    facility_id: UUID
    season_id: UUID
    group_id: UUID | None = None
    kind_code: str = Field(max_length=40)  # code list: session_kind
    starts_at: datetime = Field(sa_type=Moment)
    minutes: int
    place: str = Field(default="", max_length=200)
    repeats: str | None = Field(default=None, max_length=100)  # the RFC 5545 rule of its series
    guests: int = 0  # who came without being enrolled: counted, not named
    noted_at: datetime | None = Field(default=None, sa_type=Moment)  # attendance, or the count
    cancelled_at: datetime | None = Field(default=None, sa_type=Moment)
    cancel_reason_code: str | None = Field(default=None, max_length=40)  # code list: session_cancel_reason
    topic_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # code list: risk_education_topic
    material_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # risk_education_material
    partner_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    village: str = Field(default="", max_length=200)


class Reached(SQLModel, table=True):
    """How many people of a sex and an age band a community session reached. Nobody is named."""

    __tablename__ = "session_reach"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["session_id", "programme_id", "facility_id"],
            ["programme_session.id", "programme_session.programme_id", "programme_session.facility_id"],
        ),
        sa.CheckConstraint("people > 0", name="somebody"),
    )

    session_id: UUID = Field(primary_key=True)
    sex_code: str = Field(primary_key=True, max_length=40)  # code list: sex
    age_band_code: str = Field(primary_key=True, max_length=40)  # code list: age_band
    programme_id: UUID
    facility_id: UUID
    people: int

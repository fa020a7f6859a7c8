"""Competition tables. Nothing here is of a person's file: teams have names, players stand elsewhere."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Moment, Record

CODES = ARRAY(sa.String(40))


def of_same(column: str, parent: str, *more: str) -> sa.ForeignKeyConstraint:
    """The foreign key to a parent that shares these columns: the same facility's, of the same competition."""
    return sa.ForeignKeyConstraint([column, *more], [f"{parent}.id", *(f"{parent}.{name}" for name in more)])


class Competition(Record, table=True):
    """A league or cup that a facility keeps, its own or one that others hold."""

    __tablename__ = "competition"
    __table_args__ = (sa.UniqueConstraint("id", "facility_id"),)

    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    sport_code: str = Field(max_length=40)  # code list: sport
    name: str = Field(max_length=200)


class Contender(Record, table=True):
    """A team that takes part; one's own comes from a programme."""

    __tablename__ = "contender"
    __table_args__ = (
        of_same("competition_id", "competition", "facility_id"),
        of_same("programme_id", "programme", "facility_id"),
        sa.UniqueConstraint("id", "competition_id"),
        sa.UniqueConstraint("competition_id", "name"),
    )

    competition_id: UUID
    facility_id: UUID
    programme_id: UUID | None = Field(default=None, index=True)
    name: str = Field(max_length=100)


class Edition(Record, table=True):
    """A competition once: its points, its tie-breaks in order, who moves, how large a roster may be."""

    __tablename__ = "edition"
    __table_args__ = (
        of_same("competition_id", "competition", "facility_id"),
        sa.UniqueConstraint("id", "competition_id", "facility_id"),
        sa.UniqueConstraint("competition_id", "name"),
        sa.CheckConstraint("starts_on <= ends_on", name="in_order"),
    )

    competition_id: UUID
    facility_id: UUID
    name: str = Field(max_length=100)
    starts_on: date
    ends_on: date
    win: int
    draw: int
    loss: int
    tie_break_codes: list[str] = Field(sa_type=CODES)  # code list: tie_break
    again: bool  # head to head begins anew with those that are still level
    promoted: int
    relegated: int
    roster_limit: int | None = None  # players on the sheet of a match
    award_goals: int  # of the side to which a match is awarded; the other has none
    source: str = Field(default="", max_length=200)  # where others' facts come from


class Division(Record, table=True):
    """Teams of one strength who meet each other, in one place and stretch of time."""

    __tablename__ = "division"
    __table_args__ = (
        of_same("edition_id", "edition", "competition_id", "facility_id"),
        sa.UniqueConstraint("id", "competition_id", "facility_id"),
        sa.UniqueConstraint("id", "facility_id"),
        sa.UniqueConstraint("edition_id", "name"),
        sa.CheckConstraint("starts_on <= ends_on", name="in_order"),
    )

    edition_id: UUID
    competition_id: UUID
    facility_id: UUID
    name: str = Field(max_length=100)
    level: int  # 1 is the highest
    place: str = Field(default="", max_length=200)
    starts_on: date
    ends_on: date
    source: str = Field(default="", max_length=200)


class Entry(Record, table=True):
    """A team in a division: seed, lot, and where others say it ended when the matches are not known."""

    __tablename__ = "division_entry"
    __table_args__ = (
        of_same("division_id", "division", "competition_id", "facility_id"),
        of_same("contender_id", "contender", "competition_id"),
        sa.UniqueConstraint("id", "division_id", "facility_id"),
        sa.UniqueConstraint("division_id", "contender_id"),
        sa.UniqueConstraint("division_id", "lot"),
    )

    division_id: UUID
    contender_id: UUID = Field(index=True)
    competition_id: UUID
    facility_id: UUID
    seed: int | None = None
    lot: int | None = None  # as drawn, the smaller first
    stated_rank: int | None = None
    stated_points: int | None = None


class Fixture(Record, table=True):
    """A match: of whom, when if known, how it ended. In a knock-out a side may come from an earlier one."""

    __tablename__ = "fixture"
    __table_args__ = (
        *(of_same(side, "division_entry", "division_id", "facility_id") for side in ("home_id", "away_id")),
        *(of_same(side, "fixture", "division_id") for side in ("home_from_id", "away_from_id")),
        of_same("division_id", "division", "facility_id"),
        sa.UniqueConstraint("id", "division_id"),
        sa.UniqueConstraint("id", "division_id", "facility_id"),
        sa.CheckConstraint("home_id <> away_id", name="two_teams"),
        sa.CheckConstraint(
            "(home_goals is null) = (away_goals is null) and (home_goals is null) = (result_code is null)",
            name="whole_result",
        ),
        sa.Index("ix_fixture_division_id_round", "division_id", "round", "id"),
    )

    division_id: UUID
    facility_id: UUID
    stage_code: str = Field(max_length=40)  # code list: fixture_stage
    round: int | None = None
    home_id: UUID | None = Field(default=None, index=True)
    away_id: UUID | None = Field(default=None, index=True)
    home_from_id: UUID | None = Field(default=None, index=True)
    away_from_id: UUID | None = Field(default=None, index=True)
    starts_at: datetime | None = Field(default=None, sa_type=Moment)
    place: str = Field(default="", max_length=200)
    home_goals: int | None = None
    away_goals: int | None = None
    home_penalties: int | None = None
    away_penalties: int | None = None
    home_fair_play: int | None = None
    away_fair_play: int | None = None
    result_code: str | None = Field(default=None, max_length=40)  # code list: result_kind
    cancelled_at: datetime | None = Field(default=None, sa_type=Moment)
    cancel_reason_code: str | None = Field(default=None, max_length=40)  # code list: session_cancel_reason


class Protest(Record, table=True):
    """A side's protest against a result, and what was decided."""

    __tablename__ = "protest"
    __table_args__ = (
        of_same("fixture_id", "fixture", "division_id", "facility_id"),
        of_same("entry_id", "division_entry", "division_id", "facility_id"),
    )

    fixture_id: UUID = Field(index=True)
    entry_id: UUID
    division_id: UUID
    facility_id: UUID
    reason_code: str = Field(max_length=40)  # code list: protest_reason
    outcome_code: str | None = Field(default=None, max_length=40)  # code list: protest_outcome
    decided_at: datetime | None = Field(default=None, sa_type=Moment)

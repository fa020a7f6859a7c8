"""Tables of who takes part. Each row is of a person's file; the organiser sees it by consent alone."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Held, code_type, holder
from app.participants.states import Stage, Status, Step

CODES = ARRAY(sa.String(40))
GOES_ON = sa.text("status <> 'ended'")


class Enrolment(Held, table=True):
    """Somebody in a programme. Name and telephone are copies for the organiser, in envelopes of their own.

    The organiser never has the person's key. The copies end with the enrolment, or with the consent.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.ForeignKeyConstraint(["programme_id", "facility_id"], ["programme.id", "programme.facility_id"]),
        sa.ForeignKeyConstraint(
            ["group_id", "programme_id"], ["programme_group.id", "programme_group.programme_id"]
        ),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.UniqueConstraint("id", "programme_id", "facility_id"),
        sa.Index("uq_enrolment_one", "case_id", "programme_id", unique=True, postgresql_where=GOES_ON),
        sa.Index("ix_enrolment_programme_id_id", "programme_id", "id"),
    )

    case_id: UUID = Field(index=True)
    survivor_id: UUID = Field(foreign_key="survivor.id")
    programme_id: UUID
    facility_id: UUID = Field(index=True)
    group_id: UUID | None = None
    consent_id: UUID = Field(foreign_key="consent.id", index=True)
    agreed_until: date  # the consent's last day: from then on the organiser sees nothing
    status: Status = Field(default=Status.WAITING, sa_type=code_type(Status))
    role_code: str = Field(max_length=40)  # code list: programme_role
    position_code: str | None = Field(default=None, max_length=40)  # code list: sport_position
    eligibility_code: str | None = Field(default=None, max_length=40)  # code list: eligibility_outcome; sport
    eligible_position_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # sport_position
    roster_weight: int | None = (
        None  # what counts toward the limits of the sport (`rosters`); None: not known
    )
    need_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # code list: functional_need
    name: bytes | None = None
    phone: bytes | None = None
    by_id: UUID
    joined_on: date | None = None
    ended_on: date | None = None
    end_reason_code: str | None = Field(default=None, max_length=40)  # code list: programme_end_reason


class Clearance(Held, table=True):
    """A provider's word that somebody may do a sport, until when, and on what conditions. No diagnosis."""

    __tablename__ = "clearance"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.Index("ix_clearance_case_id_sport_code", "case_id", "sport_code", "id"),
        sa.CheckConstraint("given_on <= valid_until", name="in_order"),
    )

    case_id: UUID
    survivor_id: UUID = Field(foreign_key="survivor.id")
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    sport_code: str = Field(max_length=40)  # code list: sport
    outcome_code: str = Field(max_length=40)  # code list: clearance_outcome
    condition_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # clearance_condition
    given_on: date
    valid_until: date
    by_id: UUID


class Attendance(Held, table=True):
    """Whether somebody who is enrolled was at a session, and if not, why."""

    __tablename__ = "attendance"
    __table_args__ = (
        holder("enrolment_id", "enrolment"),
        sa.ForeignKeyConstraint(
            ["enrolment_id", "programme_id", "facility_id"],
            ["enrolment.id", "enrolment.programme_id", "enrolment.facility_id"],
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "programme_id", "facility_id"],
            ["programme_session.id", "programme_session.programme_id", "programme_session.facility_id"],
        ),
        sa.UniqueConstraint("enrolment_id", "session_id"),
        sa.Index("ix_attendance_session_id", "session_id"),
    )

    session_id: UUID
    enrolment_id: UUID
    programme_id: UUID
    facility_id: UUID
    status_code: str = Field(max_length=40)  # code list: attendance_status
    reason_code: str | None = Field(default=None, max_length=40)  # code list: absence_reason
    by_id: UUID


class Classification(Held, table=True):
    """What a classifier decided about somebody in a sport. A class speaks of limbs: it stays in the file."""

    __tablename__ = "classification"
    __table_args__ = (holder("enrolment_id", "enrolment"),)

    enrolment_id: UUID = Field(index=True)
    status_code: str = Field(max_length=40)  # code list: classification_status
    class_code: str | None = Field(default=None, max_length=40)  # code list: sport_class
    position_codes: list[str] = Field(sa_type=CODES)  # code list: sport_position; where they may play
    decided_on: date
    review_on: date | None = None
    by_id: UUID


class MatchPlayer(Held, table=True):
    """Somebody on the sheet of a match, and in which position."""

    __tablename__ = "match_player"
    __table_args__ = (
        holder("enrolment_id", "enrolment"),
        sa.ForeignKeyConstraint(
            ["enrolment_id", "programme_id", "facility_id"],
            ["enrolment.id", "enrolment.programme_id", "enrolment.facility_id"],
        ),
        sa.ForeignKeyConstraint(
            ["fixture_id", "division_id", "facility_id"],
            ["fixture.id", "fixture.division_id", "fixture.facility_id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id", "division_id", "facility_id"],
            ["division_entry.id", "division_entry.division_id", "division_entry.facility_id"],
        ),
        sa.UniqueConstraint("fixture_id", "enrolment_id"),
    )

    fixture_id: UUID
    entry_id: UUID
    division_id: UUID
    enrolment_id: UUID = Field(index=True)
    programme_id: UUID
    facility_id: UUID
    position_code: str = Field(max_length=40)  # code list: sport_position
    starts: bool = False  # among those with whom the match begins
    by_id: UUID


class SportInjury(Held, table=True):
    """Somebody cannot take part since a day, and how far they are on the way back. Never what it is."""

    __tablename__ = "sport_injury"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "case_id"),
        sa.CheckConstraint("occurred_on <= stage_on", name="in_order"),
    )

    case_id: UUID = Field(index=True)
    survivor_id: UUID = Field(foreign_key="survivor.id")
    facility_id: UUID = Field(foreign_key="facility.id")  # whose programme logged it, and is told
    occurred_on: date
    context_code: str = Field(max_length=40)  # code list: sport_injury_context
    stage: Stage = Field(default=Stage.REST, sa_type=code_type(Stage))
    stage_on: date  # the day of the last step
    by_id: UUID


class ReturnStep(Held, table=True):
    """One step on the way back to play, or away from it."""

    __tablename__ = "return_step"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.ForeignKeyConstraint(["sport_injury_id", "case_id"], ["sport_injury.id", "sport_injury.case_id"]),
    )

    sport_injury_id: UUID = Field(index=True)
    case_id: UUID
    action: Step = Field(sa_type=code_type(Step))
    source: Stage = Field(sa_type=code_type(Stage))
    target: Stage = Field(sa_type=code_type(Stage))
    happened_on: date
    by_id: UUID


class SportFinding(Held, table=True):
    """What a provider found of a sport injury: where, of what kind, how it began. Not for the organiser."""

    __tablename__ = "sport_finding"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.ForeignKeyConstraint(["sport_injury_id", "case_id"], ["sport_injury.id", "sport_injury.case_id"]),
    )

    sport_injury_id: UUID = Field(index=True)
    case_id: UUID
    area_code: str = Field(max_length=40)  # code list: sport_injury_area
    side_code: str = Field(max_length=40)  # code list: body_side
    kind_code: str = Field(max_length=40)  # code list: sport_injury_kind
    onset_code: str = Field(max_length=40)  # code list: sport_injury_onset
    found_on: date
    by_id: UUID

"""Tables of emergency and continuing medical care."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, Moment, holder


class _Entered(Held):
    """What each of these records carries: of which case, who entered it, whether it counts."""

    case_id: UUID = Field(index=True)
    by_id: UUID
    in_error: bool = False


def _part_of(column: str, table: str) -> sa.ForeignKeyConstraint:
    """The foreign key to a record of the same case."""
    return sa.ForeignKeyConstraint([column, "case_id"], [f"{table}.id", f"{table}.case_id"])


class EmergencyEpisode(_Entered, table=True):
    """The way of one person from the injury to the discharge or the death, moment by moment.

    Each moment is the first minute that it may stand for, how finely it is known (stamp_source: who says so).
    """

    __tablename__ = "emergency_episode"
    __table_args__ = (holder("case_id", "case_file"), sa.UniqueConstraint("id", "case_id"))

    injured_at: datetime | None = Field(default=None, sa_type=Moment)
    injured_precision: str | None = Field(default=None, max_length=10)
    injured_source_code: str | None = Field(default=None, max_length=40)
    alerted_at: datetime | None = Field(default=None, sa_type=Moment)
    alerted_precision: str | None = Field(default=None, max_length=10)
    alerted_source_code: str | None = Field(default=None, max_length=40)
    aid_began_at: datetime | None = Field(default=None, sa_type=Moment)
    aid_began_precision: str | None = Field(default=None, max_length=10)
    aid_began_source_code: str | None = Field(default=None, max_length=40)
    evacuation_began_at: datetime | None = Field(default=None, sa_type=Moment)
    evacuation_began_precision: str | None = Field(default=None, max_length=10)
    evacuation_began_source_code: str | None = Field(default=None, max_length=40)
    arrived_at: datetime | None = Field(default=None, sa_type=Moment)
    arrived_precision: str | None = Field(default=None, max_length=10)
    arrived_source_code: str | None = Field(default=None, max_length=40)
    triaged_at: datetime | None = Field(default=None, sa_type=Moment)
    triaged_precision: str | None = Field(default=None, max_length=10)
    triaged_source_code: str | None = Field(default=None, max_length=40)
    surgery_began_at: datetime | None = Field(default=None, sa_type=Moment)
    surgery_began_precision: str | None = Field(default=None, max_length=10)
    surgery_began_source_code: str | None = Field(default=None, max_length=40)
    transferred_at: datetime | None = Field(default=None, sa_type=Moment)
    transferred_precision: str | None = Field(default=None, max_length=10)
    transferred_source_code: str | None = Field(default=None, max_length=40)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_precision: str | None = Field(default=None, max_length=10)
    ended_source_code: str | None = Field(default=None, max_length=40)
    first_aid: str = Field(default="unknown", max_length=20)  # code list: tri
    first_responder_code: str = Field(default="unknown", max_length=40)  # code list: first_responder
    transport_code: str = Field(default="unknown", max_length=40)  # code list: transport
    care_on_the_way: str = Field(default="unknown", max_length=20)  # code list: tri
    triage_code: str | None = Field(default=None, max_length=40)  # code list: triage
    first_facility_id: UUID | None = Field(default=None, foreign_key="facility.id")
    end_code: str | None = Field(default=None, max_length=40)  # code list: emergency_end
    note: bytes | None = None  # sealed with the survivor's key


class Tourniquet(_Entered, table=True):
    """One tourniquet: on which limb, from when until when, by whom."""

    __tablename__ = "tourniquet"
    __table_args__ = (holder("case_id", "case_file"), _part_of("episode_id", "emergency_episode"))

    episode_id: UUID = Field(index=True)
    limb_code: str = Field(max_length=40)  # code list: limb
    side_code: str = Field(max_length=40)  # code list: body_side
    applied_at: datetime | None = Field(default=None, sa_type=Moment)
    applied_precision: str | None = Field(default=None, max_length=10)
    applied_source_code: str | None = Field(default=None, max_length=40)
    released_at: datetime | None = Field(default=None, sa_type=Moment)
    released_precision: str | None = Field(default=None, max_length=10)
    released_source_code: str | None = Field(default=None, max_length=40)
    applied_by_code: str = Field(default="unknown", max_length=40)  # code list: first_responder


class TraumaObservation(_Entered, table=True):
    """What was measured of an injured person at a moment: what the trauma scores are made of."""

    __tablename__ = "trauma_observation"
    __table_args__ = (holder("case_id", "case_file"), _part_of("episode_id", "emergency_episode"))

    episode_id: UUID = Field(index=True)
    observed_at: datetime = Field(sa_type=Moment)
    observed_precision: str = Field(max_length=10)
    observed_source_code: str = Field(max_length=40)
    gcs_eye: int | None = None  # Glasgow Coma Scale, 1 to 4
    gcs_verbal: int | None = None  # 1 to 5
    gcs_motor: int | None = None  # 1 to 6
    avpu_code: str | None = Field(default=None, max_length=40)  # code list: avpu
    systolic: int | None = None  # mmHg; 0 where none could be felt
    respiratory_rate: int | None = None  # a minute
    oxygen_saturation: int | None = None  # percent
    on_oxygen: str = Field(default="unknown", max_length=20)  # code list: tri
    serious_injuries: int | None = None


class FacilityStay(_Entered, table=True):
    """One stay at a facility."""

    __tablename__ = "facility_stay"
    __table_args__ = (holder("case_id", "case_file"), sa.UniqueConstraint("id", "case_id"))

    facility_id: UUID | None = Field(default=None, foreign_key="facility.id")  # empty: not in the directory
    kind_code: str = Field(default="unknown", max_length=40)  # code list: stay_kind
    admitted_on: date  # the first day of the period that is known
    admitted_precision: str = Field(max_length=10)
    admitted_estimated: bool = False
    discharged_on: date | None = None
    discharged_precision: str | None = Field(default=None, max_length=10)
    discharged_estimated: bool = False
    end_code: str | None = Field(default=None, max_length=40)  # code list: stay_end


class Operation(_Entered, table=True):
    """One operation; where it revises an earlier one, which."""

    __tablename__ = "operation"
    __table_args__ = (
        holder("case_id", "case_file"),
        _part_of("stay_id", "facility_stay"),
        _part_of("revises_id", "operation"),
        sa.UniqueConstraint("id", "case_id"),
        sa.CheckConstraint("revises_id <> id", name="not_itself"),
    )

    stay_id: UUID | None = Field(default=None, index=True)
    revises_id: UUID | None = Field(default=None, index=True)
    performed_on: date  # the first day of the period that is known
    performed_precision: str = Field(max_length=10)
    performed_estimated: bool = False
    procedure_code: str = Field(max_length=40)  # code list: procedure
    region_code: str | None = Field(default=None, max_length=40)  # code list: body_region
    side_code: str = Field(default="unknown", max_length=40)  # code list: body_side
    note: bytes | None = None  # sealed with the survivor's key


class Complication(_Entered, table=True):
    """What went wrong afterwards, and until when it lasted."""

    __tablename__ = "complication"
    __table_args__ = (holder("case_id", "case_file"), _part_of("operation_id", "operation"))

    operation_id: UUID | None = Field(default=None, index=True)
    noticed_on: date  # the first day of the period that is known
    noticed_precision: str = Field(max_length=10)
    noticed_estimated: bool = False
    resolved_on: date | None = None
    resolved_precision: str | None = Field(default=None, max_length=10)
    resolved_estimated: bool = False
    kind_code: str = Field(max_length=40)  # code list: complication
    note: bytes | None = None  # sealed with the survivor's key

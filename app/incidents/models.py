"""Incident tables."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Record

CHOSEN = sa.text("chosen")


class Incident(Record, table=True):
    """One explosive-ordnance accident. The exact point is sealed; everyone else sees the district."""

    __tablename__ = "incident"
    __table_args__ = (
        sa.Index("ix_incident_occurred_on_id", "occurred_on", "id"),
        sa.Index("ix_incident_district_code_id", "district_code", "id"),
    )

    code: str = Field(max_length=20, unique=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    registered_by_id: UUID = Field(foreign_key="user_account.id", index=True)
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    occurred_on: date  # the first day of the period that is known
    occurred_precision: str = Field(max_length=10)
    occurred_estimated: bool = False
    district_code: str = Field(max_length=40)  # code list: district
    point: bytes | None = None  # JSON: latitude, longitude, accuracy_code; sealed
    settlement: bytes | None = None  # sealed
    device_code: str = Field(default="mine_erw_unspec", max_length=40)  # code list: device_type
    device_confidence_code: str = Field(default="reported", max_length=40)  # code list: device_confidence
    accident_type_code: str = Field(default="unknown", max_length=40)  # code list: accident_type
    marked_before: str = Field(default="unknown", max_length=20)  # code list: marked_before
    imsma_id: str | None = Field(default=None, max_length=60)
    killed_without_rows: int = 0  # counts of old records that name nobody
    injured_without_rows: int = 0
    invented: bool = False


class IncidentSource(Record, table=True):
    """What one source says about an incident. Sources may disagree: each is kept, one is chosen."""

    __tablename__ = "incident_source"
    __table_args__ = (
        sa.Index("uq_incident_source_one_chosen", "incident_id", unique=True, postgresql_where=CHOSEN),
    )

    incident_id: UUID = Field(foreign_key="incident.id", index=True)
    source_code: str = Field(max_length=40)  # code list: source_of_report
    reference: str = Field(default="", max_length=200)
    reported_on: date
    says_occurred_on: date | None = None
    says_occurred_precision: str | None = Field(default=None, max_length=10)
    says_occurred_estimated: bool = False
    says_district_code: str | None = Field(default=None, max_length=40)  # code list: district
    says_device_code: str | None = Field(default=None, max_length=40)  # code list: device_type
    says_killed: int | None = None
    says_injured: int | None = None
    chosen: bool = False


class Casualty(Record, table=True):
    """One person involved in an incident, without a name. A survivor's file may point here."""

    __tablename__ = "casualty"
    __table_args__ = (sa.UniqueConstraint("incident_id", "number"),)

    incident_id: UUID = Field(foreign_key="incident.id")
    number: int  # within the incident
    outcome_code: str = Field(max_length=40)  # code list: casualty_outcome
    sex_code: str = Field(default="unknown", max_length=40)  # code list: sex
    age: int | None = None  # at the accident, in years
    civil_status_code: str = Field(default="unknown", max_length=40)  # code list: civil_status
    activity_code: str = Field(default="unknown", max_length=40)  # code list: activity
    tampered: str = Field(default="unknown", max_length=20)  # code list: tri
    risk_education_before: str = Field(default="unknown", max_length=20)  # code list: tri
    died_on: date | None = None

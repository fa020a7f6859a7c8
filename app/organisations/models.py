"""Organisation tables."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Record

CODES = ARRAY(sa.String(40))


class Organisation(Record, table=True):
    """A body that helps: agency, ministry, association, centre's owner."""

    __tablename__ = "organisation"

    name: str = Field(max_length=200)
    kind_code: str = Field(max_length=40)  # code list: organisation_kind
    closed_on: date | None = None


class Team(Record, table=True):
    """Caseworkers under one supervisor: how far a supervisor reaches."""

    __tablename__ = "team"

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(max_length=200)


class Facility(Record, table=True):
    """A place where services are given. Referrals go to a facility, never to a person."""

    __tablename__ = "facility"

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(max_length=200)
    kind_code: str = Field(max_length=40)  # code list: facility_kind
    district_code: str = Field(max_length=40, index=True)  # code list: district
    address: str = Field(default="", max_length=400)
    phone: str | None = Field(default=None, max_length=20)  # the facility's own, E.164
    latitude: float | None = None
    longitude: float | None = None
    takes_referrals: bool = True
    closed_on: date | None = None


class ServiceOffer(Record, table=True):
    """One service that a facility offers, to whom, at what cost, and when that was last verified."""

    __tablename__ = "service_offer"
    __table_args__ = (sa.UniqueConstraint("facility_id", "service_code"),)

    facility_id: UUID = Field(foreign_key="facility.id")
    service_code: str = Field(max_length=40, index=True)  # code list: service
    eligibility: str = Field(default="", max_length=1000)
    free_of_charge: str = Field(default="unknown", max_length=20)  # code list: tri
    wheelchair_accessible: str = Field(default="unknown", max_length=20)  # code list: tri
    language_codes: list[str] = Field(default_factory=list, sa_type=CODES)
    monthly_capacity: int | None = None
    verified_on: date | None = None
    withdrawn_on: date | None = None

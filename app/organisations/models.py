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
    outside: bool = False  # without accounts here: a letter goes out, and the sender follows it by hand
    manager_id: UUID | None = Field(default=None, foreign_key="user_account.id")  # hears what waits too long
    rest_days: list[int] = Field(default_factory=list, sa_type=ARRAY(sa.SmallInteger()))  # ISO: 1 is Monday
    closed_on: date | None = None


class ClosedDay(Record, table=True):
    """A day on which a facility is closed beside its days of rest: a holiday, a stocktaking."""

    __tablename__ = "closed_day"
    __table_args__ = (sa.UniqueConstraint("facility_id", "day"),)

    facility_id: UUID = Field(foreign_key="facility.id")
    day: date
    name: str = Field(default="", max_length=200)


class ServiceLoad(Record, table=True):
    """How many wait for a service at a facility, and how many began of late, as a job counted them last."""

    __tablename__ = "service_load"
    __table_args__ = (sa.UniqueConstraint("facility_id", "service_code"),)

    facility_id: UUID = Field(foreign_key="facility.id")
    service_code: str = Field(max_length=40)  # code list: service
    waiting: int
    begun: int  # in the last months (`load.OVER`)
    begun_this_month: int
    median_wait_days: int | None = None  # of those who began
    measured_on: date


class ServiceOffer(Record, table=True):
    """One service that a facility offers, to whom, at what cost, and when that was last verified."""

    __tablename__ = "service_offer"
    __table_args__ = (sa.UniqueConstraint("facility_id", "service_code"),)

    facility_id: UUID = Field(foreign_key="facility.id")
    service_code: str = Field(max_length=40, index=True)  # code list: service
    eligibility: str = Field(default="", max_length=1000)
    free_of_charge: str = Field(default="unknown", max_length=20)  # code list: tri
    cost: str = Field(default="", max_length=200)  # what it costs whom, in words
    wheelchair_accessible: str = Field(default="unknown", max_length=20)  # code list: tri
    sign_language: str = Field(default="unknown", max_length=20)  # code list: tri
    transport: str = Field(default="unknown", max_length=20)  # code list: tri; whether it fetches people
    language_codes: list[str] = Field(default_factory=list, sa_type=CODES)
    hours: str = Field(default="", max_length=200)
    district_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # whom it covers; none: everybody
    monthly_capacity: int | None = None
    verified_on: date | None = None
    verify_asked_on: date | None = None  # when its people were last asked whether it still holds
    withdrawn_on: date | None = None

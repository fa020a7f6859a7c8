"""What a client sends about the directory, and what it gets back."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.codelists.lists import coded, recorded
from app.core.dates import PastDay
from app.core.given import Count, Day, Flag, Given, Latitude, Longitude, ShortText, Text, Weekday
from app.core.phones import Phone
from app.core.shown import Shown


def _once(codes: list[Any]) -> list[Any]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


Tri = Annotated[str, coded("tri")]
Languages = Annotated[list[Annotated[str, coded("language")]], Field(max_length=20), AfterValidator(_once)]
Districts = Annotated[list[Annotated[str, coded("district")]], Field(max_length=100), AfterValidator(_once)]
RestDays = Annotated[list[Weekday], Field(max_length=7), AfterValidator(_once), AfterValidator(sorted)]
Address = Annotated[ShortText | None, AfterValidator(lambda value: value or "")]
Eligibility = Annotated[Text | None, AfterValidator(lambda value: value or "")]


class NewOrganisation(Given):
    """A body that helps."""

    id: UUID | None = None
    name: ShortText
    kind_code: Annotated[str, coded("organisation_kind")]


class AmendOrganisation(Given):
    """What changes about a body; what is not sent stays."""

    name: ShortText = _kept()
    kind_code: Annotated[str, coded("organisation_kind")] = _kept()
    closed_on: Day | None = None


class NewTeam(Given):
    """Caseworkers under one supervisor."""

    id: UUID | None = None
    organisation_id: UUID
    name: ShortText


class AmendTeam(Given):
    """What changes about a team; what is not sent stays."""

    name: ShortText = _kept()


class NewFacility(Given):
    """A place where services are given."""

    id: UUID | None = None
    organisation_id: UUID
    name: ShortText
    kind_code: Annotated[str, coded("facility_kind")]
    district_code: Annotated[str, coded("district")]
    address: Address = ""
    phone: Phone | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    takes_referrals: Flag = True
    outside: Flag = False
    manager_id: UUID | None = None
    rest_days: RestDays = []


class AmendFacility(Given):
    """What changes about a place; what is not sent stays."""

    name: ShortText = _kept()
    kind_code: Annotated[str, coded("facility_kind")] = _kept()
    district_code: Annotated[str, coded("district")] = _kept()
    address: Address = _kept()
    phone: Phone | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    takes_referrals: Flag = _kept()
    outside: Flag = _kept()
    manager_id: UUID | None = None
    rest_days: RestDays = _kept()
    closed_on: Day | None = None


class CloseDay(Given):
    """A day on which a facility is closed."""

    id: UUID | None = None
    day: Day
    name: Address = ""


class NewServiceOffer(Given):
    """A service that a facility offers. Unknown is an answer, and not the same as no."""

    id: UUID | None = None
    facility_id: UUID
    service_code: Annotated[str, coded("service")]
    eligibility: Eligibility = ""
    free_of_charge: Tri = "unknown"
    cost: Address = ""
    wheelchair_accessible: Tri = "unknown"
    sign_language: Tri = "unknown"
    transport: Tri = "unknown"
    language_codes: Languages = []
    hours: Address = ""
    district_codes: Districts = []
    monthly_capacity: Count | None = None
    verified_on: PastDay | None = None


class AmendServiceOffer(Given):
    """What changes about an offer; what is not sent stays. `withdrawn_on: null` offers it again."""

    eligibility: Eligibility = _kept()
    free_of_charge: Tri = _kept()
    cost: Address = _kept()
    wheelchair_accessible: Tri = _kept()
    sign_language: Tri = _kept()
    transport: Tri = _kept()
    language_codes: Languages = _kept()
    hours: Address = _kept()
    district_codes: Districts = _kept()
    monthly_capacity: Count | None = None
    verified_on: PastDay | None = None
    withdrawn_on: Day | None = None


class _Entry(Shown):
    model_config = ConfigDict(extra="ignore")

    id: UUID
    version: int


class OrganisationOut(_Entry):
    """A body that helps; closed from a date on."""

    name: str
    kind_code: Annotated[str, recorded("organisation_kind")]
    closed_on: date | None


class TeamOut(_Entry):
    """Caseworkers under one supervisor."""

    organisation_id: UUID
    name: str


class FacilityOut(_Entry):
    """A place where services are given; latitude and longitude in degrees, WGS 84."""

    organisation_id: UUID
    name: str
    kind_code: Annotated[str, recorded("facility_kind")]
    district_code: Annotated[str, recorded("district")]
    address: str
    phone: str | None
    latitude: float | None
    longitude: float | None
    takes_referrals: bool
    outside: bool
    manager_id: UUID | None
    rest_days: list[int]
    closed_on: date | None


class ClosedDayOut(_Entry):
    """A day on which a facility is closed beside its days of rest."""

    facility_id: UUID
    day: date
    name: str


class ServiceOfferOut(_Entry):
    """One service at one facility: for whom, at what cost, in which languages, last verified when."""

    facility_id: UUID
    service_code: Annotated[str, recorded("service")]
    eligibility: str
    free_of_charge: Annotated[str, recorded("tri")]
    cost: str
    wheelchair_accessible: Annotated[str, recorded("tri")]
    sign_language: Annotated[str, recorded("tri")]
    transport: Annotated[str, recorded("tri")]
    language_codes: list[Annotated[str, recorded("language")]]
    hours: str
    district_codes: list[Annotated[str, recorded("district")]]
    monthly_capacity: int | None
    verified_on: date | None
    verify_asked_on: date | None
    withdrawn_on: date | None


class FoundOffer(Shown):
    """Somebody who helps: how far, and how long people wait there. What is not known is null."""

    offer: ServiceOfferOut
    facility: FacilityOut
    distance_km: float | None
    waiting: int | None
    median_wait_days: int | None
    forecast_days: int | None
    free_places: int | None
    measured_on: date | None


class FoundOffers(Shown):
    """Who offers a service: the nearest first, or the shortest wait."""

    items: list[FoundOffer]

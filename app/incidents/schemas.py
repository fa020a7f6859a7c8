"""What clients send about incidents, and what they get back."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.codelists.lists import coded, recorded
from app.core.dates import PartialDate, PastDate, PastDay
from app.core.given import Age, Count, Given, Latitude, Longitude, Reference, ShortText
from app.core.shown import Shown

District = Annotated[str, coded("district")]
Device = Annotated[str, coded("device_type")]
Confidence = Annotated[str, coded("device_confidence")]
AccidentType = Annotated[str, coded("accident_type")]
Marked = Annotated[str, coded("marked_before")]
Accuracy = Annotated[str, coded("location_accuracy")]
Outcome = Annotated[str, coded("casualty_outcome")]
Sex = Annotated[str, coded("sex")]
CivilStatus = Annotated[str, coded("civil_status")]
Activity = Annotated[str, coded("activity")]
Tri = Annotated[str, coded("tri")]
TriOut = Annotated[str, recorded("tri")]


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


class Point(Given):
    """An exact place: degrees in WGS 84, and how it was found."""

    latitude: Latitude
    longitude: Longitude
    accuracy_code: Accuracy = "unknown"


class NewIncident(Given):
    """An accident with explosive ordnance. Point and settlement are sealed, and shown to few."""

    id: UUID | None = None
    occurred: PastDate
    district_code: District
    point: Point | None = None
    settlement: ShortText | None = None
    device_code: Device = "mine_erw_unspec"
    device_confidence_code: Confidence = "reported"
    accident_type_code: AccidentType = "unknown"
    marked_before: Marked = "unknown"
    imsma_id: Reference | None = None
    killed_without_rows: Count = 0
    injured_without_rows: Count = 0


class AmendIncident(Given):
    """What changes about an incident; what is not sent stays."""

    occurred: PastDate = _kept()
    district_code: District = _kept()
    point: Point | None = None
    settlement: ShortText | None = None
    device_code: Device = _kept()
    device_confidence_code: Confidence = _kept()
    accident_type_code: AccidentType = _kept()
    marked_before: Marked = _kept()
    imsma_id: Reference | None = None
    killed_without_rows: Count = _kept()
    injured_without_rows: Count = _kept()


class NewCasualty(Given):
    """One person involved, without a name."""

    id: UUID | None = None
    outcome_code: Outcome
    sex_code: Sex = "unknown"
    age: Age | None = None
    civil_status_code: CivilStatus = "unknown"
    activity_code: Activity = "unknown"
    tampered: Tri = "unknown"
    risk_education_before: Tri = "unknown"
    died_on: PastDay | None = None


class AmendCasualty(Given):
    """What changes about a casualty; what is not sent stays."""

    outcome_code: Outcome = _kept()
    sex_code: Sex = _kept()
    age: Age | None = None
    civil_status_code: CivilStatus = _kept()
    activity_code: Activity = _kept()
    tampered: Tri = _kept()
    risk_education_before: Tri = _kept()
    died_on: PastDay | None = None


class NewSource(Given):
    """What one source says of an incident."""

    id: UUID | None = None
    source_code: Annotated[str, coded("source_of_report")]
    reference: ShortText | None = None
    reported_on: PastDay
    says_occurred: PastDate | None = None
    says_district_code: District | None = None
    says_device_code: Device | None = None
    says_killed: Count | None = None
    says_injured: Count | None = None


class Totals(Shown):
    """People involved: counted from casualties by outcome, and apart those known only as a number."""

    killed: int = 0
    injured: int = 0
    unknown: int = 0
    none: int = 0
    killed_without_rows: int
    injured_without_rows: int


class IncidentRow(Shown):
    """One line of the list of incidents; the counts are of casualties on record."""

    id: UUID
    version: int
    code: str
    occurred: PartialDate
    district_code: Annotated[str, recorded("district")]
    device_code: Annotated[str, recorded("device_type")]
    accident_type_code: Annotated[str, recorded("accident_type")]
    killed: int
    injured: int
    killed_without_rows: int
    injured_without_rows: int


class IncidentOut(Shown):
    """One incident as every caseworker may see it: the district, and no nearer."""

    id: UUID
    version: int
    code: str
    organisation_id: UUID
    occurred: PartialDate
    district_code: Annotated[str, recorded("district")]
    device_code: Annotated[str, recorded("device_type")]
    device_confidence_code: Annotated[str, recorded("device_confidence")]
    accident_type_code: Annotated[str, recorded("accident_type")]
    marked_before: Annotated[str, recorded("marked_before")]
    imsma_id: str | None
    totals: Totals


class ExactIncidentOut(IncidentOut):
    """One incident with its exact place: for who registered it, and for the coordinator."""

    registered_by_id: UUID
    point: Point | None
    settlement: str | None


class CasualtyOut(Shown):
    """One person involved."""

    id: UUID
    version: int
    incident_id: UUID
    number: int
    outcome_code: Annotated[str, recorded("casualty_outcome")]
    sex_code: Annotated[str, recorded("sex")]
    age: int | None
    civil_status_code: Annotated[str, recorded("civil_status")]
    activity_code: Annotated[str, recorded("activity")]
    tampered: TriOut
    risk_education_before: TriOut
    died_on: date | None


class SourceOut(Shown):
    """What one source says, and whether it is the one that is followed."""

    id: UUID
    version: int
    incident_id: UUID
    source_code: Annotated[str, recorded("source_of_report")]
    reference: str
    reported_on: date
    says_occurred: PartialDate | None
    says_district_code: Annotated[str, recorded("district")] | None
    says_device_code: Annotated[str, recorded("device_type")] | None
    says_killed: int | None
    says_injured: int | None
    chosen: bool

"""What a client sends about emergency care, and what it gets back."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.codelists.lists import coded, recorded
from app.core.dates import PartialDate, PastDate
from app.core.given import Given, LongText, Percent
from app.core.given import _whole as whole
from app.core.shown import Shown
from app.records.schemas import RecordOut, correcting
from app.records.stamps import PastStamp, Span, Stamp

Tri = Annotated[str, coded("tri")]
TriOut = Annotated[str, recorded("tri")]
Responder = Annotated[str, coded("first_responder")]
Side = Annotated[str, coded("body_side")]


def _scale(least: int, most: int) -> tuple[object, object]:
    return Field(strict=True, ge=least, le=most), BeforeValidator(whole)


Eye = Annotated[int, *_scale(1, 4)]
Verbal = Annotated[int, *_scale(1, 5)]
Motor = Annotated[int, *_scale(1, 6)]
Pressure = Annotated[int, *_scale(0, 300)]
"""mmHg; 0 where none could be felt."""
Breaths = Annotated[int, *_scale(0, 120)]
"""A minute."""
Few = Annotated[int, *_scale(0, 20)]


class AddEmergencyEpisode(Given):
    """The chain of care, moment by moment, as far as each is known.

    t0 injury, t1 call for help, t2 first aid, t3 evacuation, t4 arrival at the first facility, t5 first seen
    there, t6 first operation, t7 transfer, t8 discharge or death. A moment is the first minute that it may
    stand for, how finely it is known, and who says so.
    """

    id: UUID | None = None
    injured: PastStamp | None = None
    alerted: PastStamp | None = None
    aid_began: PastStamp | None = None
    evacuation_began: PastStamp | None = None
    arrived: PastStamp | None = None
    triaged: PastStamp | None = None
    surgery_began: PastStamp | None = None
    transferred: PastStamp | None = None
    ended: PastStamp | None = None
    first_aid: Tri = "unknown"
    first_responder_code: Responder = "unknown"
    transport_code: Annotated[str, coded("transport")] = "unknown"
    care_on_the_way: Tri = "unknown"
    triage_code: Annotated[str, coded("triage")] | None = None
    first_facility_id: UUID | None = None
    end_code: Annotated[str, coded("emergency_end")] | None = None
    note: LongText | None = None


class AddTourniquet(Given):
    """One tourniquet: on which limb and side, from when until when."""

    id: UUID | None = None
    episode_id: UUID
    limb_code: Annotated[str, coded("limb")]
    side_code: Side
    applied: PastStamp | None = None
    released: PastStamp | None = None
    applied_by_code: Responder = "unknown"


class AddTraumaObservation(Given):
    """What was measured at a moment. What is not sent was not measured; 0 is a measurement."""

    id: UUID | None = None
    episode_id: UUID
    observed: PastStamp
    gcs_eye: Eye | None = None
    gcs_verbal: Verbal | None = None
    gcs_motor: Motor | None = None
    avpu_code: Annotated[str, coded("avpu")] | None = None
    systolic: Pressure | None = None
    respiratory_rate: Breaths | None = None
    oxygen_saturation: Percent | None = None
    on_oxygen: Tri = "unknown"
    serious_injuries: Few | None = None


class AddFacilityStay(Given):
    """One stay at a facility; `facility_id`: where it stands in the directory."""

    id: UUID | None = None
    facility_id: UUID | None = None
    kind_code: Annotated[str, coded("stay_kind")] = "unknown"
    admitted: PastDate
    discharged: PastDate | None = None
    end_code: Annotated[str, coded("stay_end")] | None = None


class AddOperation(Given):
    """One operation. `revises_id`: the earlier one that had to be done again."""

    id: UUID | None = None
    stay_id: UUID | None = None
    revises_id: UUID | None = None
    performed: PastDate
    procedure_code: Annotated[str, coded("procedure")]
    region_code: Annotated[str, coded("body_region")] | None = None
    side_code: Side = "unknown"
    note: LongText | None = None


class AddComplication(Given):
    """What went wrong afterwards. `resolved`: until when, where it is over."""

    id: UUID | None = None
    operation_id: UUID | None = None
    noticed: PastDate
    resolved: PastDate | None = None
    kind_code: Annotated[str, coded("complication")]
    note: LongText | None = None


CorrectEmergencyEpisode = correcting(AddEmergencyEpisode, "EmergencyEpisode")
CorrectTourniquet = correcting(AddTourniquet, "Tourniquet")
CorrectTraumaObservation = correcting(AddTraumaObservation, "TraumaObservation")
CorrectFacilityStay = correcting(AddFacilityStay, "FacilityStay")
CorrectOperation = correcting(AddOperation, "Operation")
CorrectComplication = correcting(AddComplication, "Complication")


class IntervalsOut(Shown):
    """How long each part of the way took, in minutes; null where one of its moments is not known."""

    time_to_first_aid: Span | None
    evacuation_time: Span | None
    pre_hospital_time: Span | None
    time_to_surgery: Span | None


class EmergencyEpisodeOut(RecordOut):
    """The chain of care with its lengths."""

    injured: Stamp | None
    alerted: Stamp | None
    aid_began: Stamp | None
    evacuation_began: Stamp | None
    arrived: Stamp | None
    triaged: Stamp | None
    surgery_began: Stamp | None
    transferred: Stamp | None
    ended: Stamp | None
    first_aid: TriOut
    first_responder_code: Annotated[str, recorded("first_responder")]
    transport_code: Annotated[str, recorded("transport")]
    care_on_the_way: TriOut
    triage_code: Annotated[str, recorded("triage")] | None
    first_facility_id: UUID | None
    end_code: Annotated[str, recorded("emergency_end")] | None
    note: str | None
    intervals: IntervalsOut


class TourniquetOut(RecordOut):
    """One tourniquet. `on_for`: how long; `limb_at_risk`: whether that was more than two hours."""

    episode_id: UUID
    limb_code: Annotated[str, recorded("limb")]
    side_code: Annotated[str, recorded("body_side")]
    applied: Stamp | None
    released: Stamp | None
    applied_by_code: Annotated[str, recorded("first_responder")]
    on_for: Span | None
    limb_at_risk: TriOut


class TraumaObservationOut(RecordOut):
    """What was measured at a moment. `gcs`: the sum, where all three parts of it were seen."""

    episode_id: UUID
    observed: Stamp
    gcs_eye: int | None
    gcs_verbal: int | None
    gcs_motor: int | None
    gcs: int | None
    avpu_code: Annotated[str, recorded("avpu")] | None
    systolic: int | None
    respiratory_rate: int | None
    oxygen_saturation: int | None
    on_oxygen: TriOut
    serious_injuries: int | None


class FacilityStayOut(RecordOut):
    """One stay at a facility."""

    facility_id: UUID | None
    kind_code: Annotated[str, recorded("stay_kind")]
    admitted: PartialDate
    discharged: PartialDate | None
    end_code: Annotated[str, recorded("stay_end")] | None


class OperationOut(RecordOut):
    """One operation."""

    stay_id: UUID | None
    revises_id: UUID | None
    performed: PartialDate
    procedure_code: Annotated[str, recorded("procedure")]
    region_code: Annotated[str, recorded("body_region")] | None
    side_code: Annotated[str, recorded("body_side")]
    note: str | None


class ComplicationOut(RecordOut):
    """What went wrong afterwards."""

    operation_id: UUID | None
    noticed: PartialDate
    resolved: PartialDate | None
    kind_code: Annotated[str, recorded("complication")]
    note: str | None

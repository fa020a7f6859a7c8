"""The kinds of records of this room."""

from typing import Any

from app.emergency import rules, schemas
from app.emergency.chain import CHAIN, intervals, limb_at_risk
from app.emergency.models import (
    Complication,
    EmergencyEpisode,
    FacilityStay,
    Operation,
    Tourniquet,
    TraumaObservation,
)
from app.records.kinds import Kind
from app.records.stamps import span, stamp_of


def _lengths(one: EmergencyEpisode) -> dict[str, Any]:
    return {"intervals": intervals({name: stamp_of(one, name) for name in CHAIN})}


def _time_on(one: Tourniquet) -> dict[str, Any]:
    applied, released = stamp_of(one, "applied"), stamp_of(one, "released")
    return {"on_for": span(applied, released), "limb_at_risk": limb_at_risk(applied, released)}


def _coma(one: TraumaObservation) -> dict[str, Any]:
    """The sum of the Glasgow Coma Scale: of three parts, or none."""
    if one.gcs_eye is None or one.gcs_verbal is None or one.gcs_motor is None:
        return {"gcs": None}
    return {"gcs": one.gcs_eye + one.gcs_verbal + one.gcs_motor}


EPISODE = Kind(
    table=EmergencyEpisode,
    given=schemas.AddEmergencyEpisode,
    out=schemas.EmergencyEpisodeOut,
    judge=rules.judge_episode,
    stamped=CHAIN,
    sealed=("note",),
    places=("first_facility_id",),
    more=_lengths,
)
TOURNIQUET = Kind(
    table=Tourniquet,
    given=schemas.AddTourniquet,
    out=schemas.TourniquetOut,
    judge=rules.judge_tourniquet,
    stamped=("applied", "released"),
    points={"episode_id": EPISODE},
    more=_time_on,
)
OBSERVATION = Kind(
    table=TraumaObservation,
    given=schemas.AddTraumaObservation,
    out=schemas.TraumaObservationOut,
    judge=rules.judge_observation,
    stamped=("observed",),
    points={"episode_id": EPISODE},
    more=_coma,
)
STAY = Kind(
    table=FacilityStay,
    given=schemas.AddFacilityStay,
    out=schemas.FacilityStayOut,
    judge=rules.judge_stay,
    dated=("admitted", "discharged"),
    places=("facility_id",),
)
_POINTS: dict[str, Kind[Any]] = {"stay_id": STAY}
OPERATION = Kind(
    table=Operation,
    given=schemas.AddOperation,
    out=schemas.OperationOut,
    judge=rules.judge_operation,
    dated=("performed",),
    sealed=("note",),
    points=_POINTS,
)
_POINTS["revises_id"] = OPERATION
COMPLICATION = Kind(
    table=Complication,
    given=schemas.AddComplication,
    out=schemas.ComplicationOut,
    judge=rules.judge_complication,
    dated=("noticed", "resolved"),
    sealed=("note",),
    points={"operation_id": OPERATION},
)
KINDS = (EPISODE, TOURNIQUET, OBSERVATION, STAY, OPERATION, COMPLICATION)

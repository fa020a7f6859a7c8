"""What clients send about emergency care, as short as it can be."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.journeys.payloads import Body

DAY = "2024-03-02"


def stamp(time: str, precision: str = "minute", source: str = "record") -> Body:
    """A moment of the day of the accident."""
    return {"at": f"{DAY}T{time}:00Z", "precision": precision, "source_code": source}


def on(day: str = DAY) -> Body:
    """A day that is known."""
    return {"date": day, "precision": "day", "estimated": False}


def episode(**more: Any) -> Body:
    """Hurt at seven, bandaged by a medic, at a hospital within the hour, on the table before noon."""
    return {
        "injured": stamp("07:00", "hour", "witness"),
        "aid_began": stamp("07:20"),
        "evacuation_began": stamp("07:40"),
        "arrived": stamp("08:25"),
        "surgery_began": stamp("11:10"),
        "first_aid": "yes",
        "first_responder_code": "demining_medic",
        "transport_code": "demining_ambulance",
        "triage_code": "t1",
        "note": "Carried over the field by two others.",
    } | more


def _of(name: str, record: Mapping[str, Any] | None) -> Body:
    return {name: record["id"]} if record else {}


def tourniquet(episode: Mapping[str, Any] | None = None, **more: Any) -> Body:
    """On the left leg for an hour and a half."""
    times = {"applied": stamp("07:20"), "released": stamp("08:50")}
    return _of("episode_id", episode) | {"limb_code": "lower", "side_code": "left"} | times | more


def observation(episode: Mapping[str, Any] | None = None, **more: Any) -> Body:
    """Awake, in shock."""
    seen = {"gcs_eye": 4, "gcs_verbal": 5, "gcs_motor": 6, "systolic": 85, "respiratory_rate": 24}
    return _of("episode_id", episode) | {"observed": stamp("08:30"), "avpu_code": "a"} | seen | more


def stay(**more: Any) -> Body:
    """Three weeks in hospital."""
    return {"kind_code": "emergency", "admitted": on(), "discharged": on("2024-03-23")} | more


def operation(stay: Mapping[str, Any] | None = None, **more: Any) -> Body:
    """The leg could not be saved."""
    where = {"region_code": "leg", "side_code": "left"}
    what = {"performed": on(), "procedure_code": "amputation", "note": "Long posterior flap."}
    return _of("stay_id", stay) | what | where | more


def complication(operation: Mapping[str, Any] | None = None, **more: Any) -> Body:
    """The wound became infected."""
    what = {"noticed": on("2024-03-09"), "kind_code": "wound_infection"}
    return _of("operation_id", operation) | what | more


PARENTS = {
    "tourniquet": "emergency_episode",
    "trauma_observation": "emergency_episode",
    "operation": "facility_stay",
    "complication": "operation",
}
"""On what each kind hangs, where it hangs on another."""
BODIES: dict[str, Callable[[Any], Body]] = {
    "emergency_episode": lambda _: episode(),
    "tourniquet": tourniquet,
    "trauma_observation": observation,
    "facility_stay": lambda _: stay(),
    "operation": operation,
    "complication": complication,
}

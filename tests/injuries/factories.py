"""What clients send about injuries and what came of them, as short as it can be."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.journeys.payloads import Body, day

LEG = {"limb_code": "lower", "side_code": "left"}


def injury(**more: Any) -> Body:
    """Fragments in a leg."""
    return {"region_code": "leg", "side_code": "left", "nature_code": "fragment_wound"} | more


def amputation(level: str = "tt", on: str | None = "2024-03-02", **more: Any) -> Body:
    """A left leg, lost below the knee on a day."""
    occurred = {"date": on, "precision": "day", "estimated": False} if on else None
    return LEG | {"level_code": level, "occurred": occurred, "kind_code": "surgical"} | more


def residual_limb(amputation: Mapping[str, Any] | None = None, **more: Any) -> Body:
    """What is left of it, as it was found today."""
    of = {"amputation_id": amputation["id"]} if amputation else {}
    return of | {"examined_on": day(), "shape_code": "conical", "pain": 3, "note": "Full extension."} | more


def impairment(**more: Any) -> Body:
    """Much difficulty walking."""
    return {"icf_code": "d450", "qualifier_code": "3"} | more


def determination(**more: Any) -> Body:
    """What the commission decided."""
    return {
        "decided_on": "2024-09-01",
        "decision_code": "determined",
        "percent": 70,
        "cause_code": "area_of_military_operations",
        "document_number": "TSEK-000117",
    } | more


BODIES: dict[str, Callable[[Any], Body]] = {
    "injury": lambda _: injury(),
    "amputation": lambda _: amputation(),
    "residual_limb": residual_limb,
    "impairment": lambda _: impairment(),
    "determination": lambda _: determination(),
}

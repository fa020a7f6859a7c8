"""Make incidents for tests, through real actions."""

from typing import Any

from app.access.actor import Actor
from app.incidents import actions
from app.incidents.models import Casualty, Incident
from app.incidents.schemas import NewCasualty, NewIncident
from tests.factories import Town

POINT = {"latitude": 39.5941, "longitude": 47.1127, "accuracy_code": "measured"}
SETTLEMENT = "Horadiz"


def report(**changes: Any) -> dict[str, Any]:
    """An accident as a client sends it: with its exact place."""
    return {
        "occurred": {"date": "2024-05-01", "precision": "month"},
        "district_code": "az_fuz",
        "point": POINT,
        "settlement": SETTLEMENT,
        "device_code": "ap_mine",
    } | changes


async def incident(town: Town, actor: Actor | None = None, **changes: Any) -> Incident:
    """An accident that the caseworker (or the actor) registered."""
    who = actor or town.caseworker
    async with town.work(who) as session:
        return (await actions.register(session, who, NewIncident.model_validate(report(**changes))))[0]


async def casualty(town: Town, incident: Incident, actor: Actor | None = None, **changes: Any) -> Casualty:
    """A person involved in it."""
    who = actor or town.caseworker
    given = NewCasualty.model_validate({"outcome_code": "injured"} | changes)
    async with town.work(who) as session:
        return (await actions.add_casualty(session, who, incident.id, given))[0]

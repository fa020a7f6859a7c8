"""Judgements on incidents: who may see the exact place, who may change one, what fits together."""

from datetime import date

from app.access.actor import Grant
from app.access.table import Reach
from app.core.errors import Forbidden, Invalid
from app.incidents.models import Incident

KILLED = "killed"


def is_mine(grant: Grant, incident: Incident) -> bool:
    """Whether this reach covers the incident: who registered it, the team's supervisor, the coordinator."""
    me = grant.actor
    if grant.reach is Reach.TEAM and me.team_id and incident.team_id == me.team_id:
        return True
    return grant.reach is Reach.ALL or incident.registered_by_id == me.user_id


def require_mine(grant: Grant, incident: Incident) -> None:
    """Forbidden where it may be seen and not changed."""
    if not is_mine(grant, incident):
        raise Forbidden(permission=grant.permission.value)


def sees_exact_place(grant: Grant, incident: Incident) -> bool:
    """Whether the exact point is shown: to who registered it and to the coordinator, not to the team."""
    return grant.reach is Reach.ALL or incident.registered_by_id == grant.actor.user_id


def require_exact_place(grant: Grant, incident: Incident) -> None:
    """Who may not see a point may not write over it either, or Forbidden."""
    if not sees_exact_place(grant, incident):
        raise Forbidden(permission=grant.permission.value)


def require_death_fits(outcome_code: str, died_on: date | None, incident: Incident) -> None:
    """A day of death belongs to one who was killed, and does not lie before the accident; or Invalid."""
    if died_on is None:
        return
    if outcome_code != KILLED:
        raise Invalid(errors=[{"pointer": "/died_on", "code": "only_of_the_killed", "message": ""}])
    if died_on < incident.occurred_on:
        raise Invalid(errors=[{"pointer": "/died_on", "code": "before_the_accident", "message": ""}])

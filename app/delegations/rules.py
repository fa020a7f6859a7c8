"""Judgements about a delegation already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from app.access.actor import Grant
from app.access.table import Reach
from app.core.errors import Forbidden, Invalid
from app.delegations.errors import DelegationChained, DelegationOver, DelegationOverlaps
from app.delegations.models import Delegation

LONGEST = timedelta(days=92)
"""Who is away for longer gives the cases to somebody else."""


class Phase(StrEnum):
    """Where a delegation stands on a day."""

    PLANNED = "planned"
    RUNNING = "running"
    OVER = "over"
    REVOKED = "revoked"


def phase(delegation: Delegation, today: date) -> Phase:
    """Where it stands: it begins and ends by itself."""
    if delegation.revoked_at is not None:
        return Phase.REVOKED
    if today < delegation.starts_on:
        return Phase.PLANNED
    return Phase.RUNNING if today <= delegation.until_on else Phase.OVER


def may_act_for(grant: Grant, away: UUID, team_id: UUID) -> None:
    """Stop who delegates the cases of somebody who is neither they nor of their team."""
    me = grant.actor
    own = grant.reach is Reach.OWN and away == me.user_id
    team = grant.reach is Reach.TEAM and team_id == me.team_id
    if not (own or team or grant.reach is Reach.ALL):
        raise Forbidden(permission=grant.permission.value)


def need_days(starts_on: date, until_on: date, today: date) -> None:
    """Stop days that are gone, that run backwards, or that are too many."""
    faults = [
        ("starts_on", "in_the_past", starts_on < today),
        ("until_on", "until_before_since", until_on < starts_on),
        ("until_on", "too_many_days", until_on - starts_on >= LONGEST),
    ]
    if found := [(name, code) for name, code, wrong in faults if wrong]:
        errors = [{"pointer": f"/{name}", "code": code, "message": ""} for name, code in found]
        raise Invalid(errors=errors)


def need_alone(away: UUID, to: UUID, others: Iterable[Delegation]) -> None:
    """Stop a second stand-in for the same days, and any chain. `others`: of either, on some of these days."""
    for other in others:
        if other.from_id == away:
            raise DelegationOverlaps(delegation_id=str(other.id))
        if other.to_id == away or other.from_id == to:
            raise DelegationChained


def need_not_over(delegation: Delegation, today: date) -> None:
    """Stop the revocation of what has ended."""
    if phase(delegation, today) in (Phase.OVER, Phase.REVOKED):
        raise DelegationOver

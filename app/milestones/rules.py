"""Judgements about a milestone already in hand. No database, no clock, no HTTP."""

from datetime import date

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.cases.errors import SomebodyElseNeeded
from app.core.errors import IllegalMove, Invalid
from app.milestones.catalogue import definitions
from app.milestones.errors import AlreadyVerified, VerifierUnfit
from app.milestones.models import Milestone
from app.milestones.states import MILESTONE, Party, Status

REACHED = frozenset({Status.ACHIEVED, Status.SUSTAINED})
AHEAD = frozenset({Status.WANTED, Status.PLANNED, Status.REFERRED, Status.IN_PROGRESS})


def parties(actor: Actor) -> list[Party]:
    """Whoever works on the case records its milestones."""
    works = reach_of(actor.role, Permission.CASE_WRITE) is not Reach.NO
    return [Party.RECORDER] if works else []


def overdue(milestone: Milestone, today: date) -> bool:
    """Whether it should have been reached before this day."""
    return milestone.status in AHEAD and milestone.due_on is not None and milestone.due_on < today


def need_order(milestone: Milestone, happened_on: date) -> None:
    """Stop what is said to have happened to a reached milestone before it was reached."""
    if milestone.status in REACHED and milestone.reached_on and happened_on < milestone.reached_on:
        fault = {"pointer": "/happened_on", "code": "before_reached", "message": "Before it was reached"}
        raise Invalid(errors=[fault])


def may_verify(milestone: Milestone, actor: Actor) -> None:
    """Stop whom the catalogue does not name, who recorded it, and where there is nothing to confirm."""
    named = definitions()[milestone.definition_code].who_may_verify
    if actor.role not in named:
        raise VerifierUnfit(who_may_verify=sorted(named))
    if actor.user_id == milestone.recorded_by_id:
        raise SomebodyElseNeeded
    if milestone.status not in REACHED:
        now = milestone.status
        raise IllegalMove(
            status_now=now.value, action="verify", open_actions=MILESTONE.open(now, parties(actor))
        )
    if milestone.verified_by_id is not None:
        raise AlreadyVerified

"""Judgements about a milestone already in hand. No database, no clock, no HTTP."""

from datetime import date, timedelta
from typing import NamedTuple, NoReturn, Protocol
from uuid import UUID

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.cases.errors import SomebodyElseNeeded
from app.codelists import lists
from app.core.errors import IllegalMove, Invalid
from app.milestones.catalogue import definitions
from app.milestones.errors import AlreadyVerified, VerifierUnfit
from app.milestones.models import Milestone
from app.milestones.states import MILESTONE, Action, Party, Status

REACHED = frozenset({Status.ACHIEVED, Status.SUSTAINED})
SETTLED = REACHED | {Status.LOST}
AHEAD = frozenset({Status.WANTED, Status.PLANNED, Status.REFERRED, Status.IN_PROGRESS})
HALF_A_YEAR = 182
"""Sustained: still true 6 months later (domain facts 7.1), unless the catalogue gives other days."""


class File(Protocol):
    """Whose milestones: a case, or what else knows its ids and who is responsible for it."""

    @property
    def id(self) -> UUID:
        """The case."""

    @property
    def survivor_id(self) -> UUID:
        """The person."""

    @property
    def owner_id(self) -> UUID:
        """Its caseworker."""

    @property
    def team_id(self) -> UUID:
        """Their team."""


class Fact(NamedTuple):
    """A record that shows that a milestone is reached: its kind (code list: milestone_fact), id, day."""

    code: str
    id: UUID | None
    happened_on: date


def parties(actor: Actor) -> list[Party]:
    """Whoever works on the case records its milestones."""
    works = reach_of(actor.role, Permission.CASE_WRITE) is not Reach.NO
    return [Party.RECORDER] if works else []


def overdue(milestone: Milestone, today: date) -> bool:
    """Whether it should have been reached before this day."""
    return milestone.status in AHEAD and milestone.due_on is not None and milestone.due_on < today


def known_fact(definition_code: str, fact: Fact) -> Fact:
    """The fact, where the catalogue lets records of this kind show this milestone; else a defect of ours."""
    if fact.code not in lists.load("milestone_fact") or fact.code not in definitions()[definition_code].facts:
        raise ValueError(f"{definition_code}: not shown by {fact.code}")
    return fact


def is_news(milestone: Milestone, fact: Fact) -> bool:
    """Whether a fact changes anything: not for what is reached, nor for what was lost after it."""
    later = milestone.settled_on is None or fact.happened_on >= milestone.settled_on
    return milestone.status not in REACHED and later


def is_lasting(milestone: Milestone, fact: Fact) -> bool:
    """Whether a look that found it still so was late enough to say that it lasts."""
    days = definitions()[milestone.definition_code].check_after_days
    if milestone.status is not Status.ACHIEVED or milestone.reached_on is None or days is None:
        return False
    return (fact.happened_on - milestone.reached_on).days >= days


def check_on(milestone: Milestone) -> date | None:
    """When to look whether it is still true; none where it cannot become untrue, or was looked at."""
    days = definitions()[milestone.definition_code].check_after_days
    if milestone.status is not Status.ACHIEVED or milestone.reached_on is None or days is None:
        return None
    return milestone.reached_on + timedelta(days=days)


def need_order(milestone: Milestone, action: Action, happened_on: date) -> None:
    """Stop what is said to have happened before the last settled day, and 'still true' before its check."""
    if milestone.settled_on and happened_on < milestone.settled_on:
        _refuse("before_reached" if milestone.status in REACHED else "before_set_back")
    if action is Action.SUSTAIN and milestone.reached_on:
        days = definitions()[milestone.definition_code].check_after_days or HALF_A_YEAR
        if (happened_on - milestone.reached_on).days < days:
            _refuse("before_check")


def _refuse(code: str) -> NoReturn:
    raise Invalid(errors=[{"pointer": "/happened_on", "code": code, "message": ""}])


def need_verifier(milestone: Milestone, actor: Actor) -> None:
    """Stop whom the catalogue does not name."""
    named = definitions()[milestone.definition_code].who_may_verify
    if actor.role not in named:
        raise VerifierUnfit(who_may_verify=sorted(named))


def may_verify(milestone: Milestone, actor: Actor) -> None:
    """Stop who recorded it, and where there is nothing to confirm."""
    if actor.user_id == milestone.recorded_by_id:
        raise SomebodyElseNeeded
    if milestone.status not in REACHED:
        now = milestone.status
        raise IllegalMove(
            status_now=now.value, action="verify", open_actions=MILESTONE.open(now, parties(actor))
        )
    if milestone.verified_by_id is not None:
        raise AlreadyVerified

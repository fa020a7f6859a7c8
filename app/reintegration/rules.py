"""Judgements about reintegration already in hand. No database, no clock, no HTTP."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.cases.errors import SomebodyElseNeeded
from app.codelists import lists
from app.core.dates import PartialDate, Precision
from app.core.errors import IllegalMove
from app.records.kinds import Around, Said
from app.records.rules import Fault, invalid, refuse, starts_after_it_ends
from app.reintegration.errors import FollowUpOver, MoreThanGranted, NotToBePaid
from app.reintegration.models import FollowUp, GrantMove, LivelihoodGrant, Tranche
from app.reintegration.states import GRANT, Action, Party, Status

MONTHS = {3: 91, 6: 182, 12: 365, 24: 730}
"""When it is looked at again (domain facts 7.2): months, and as days."""
WITH_MONEY = frozenset({"work", "benefit", "adaptation"})
PAYABLE = frozenset({Status.APPROVED, Status.RUNNING})
SURVIVES = {182: "business_6m", 365: "business_12m"}
"""What a visit shows at which the business is active, so many days after the first tranche."""


def judge_record(said: Said, _: Around) -> None:
    """Stop what does not belong to this item, money without a currency, and an end without its outcome."""
    refuse(_record_faults(said))


def _record_faults(said: Said) -> Iterator[Fault]:
    area = area_of(said["item_code"])
    if said["occupation_code"] and area not in ("work", "training"):
        yield "occupation_code", "only_for_work"
    if said["industry_code"] and area != "work":
        yield "industry_code", "only_for_work"
    if said["amount"] is not None and area not in WITH_MONEY:
        yield "amount", "no_money_here"
    if (said["amount"] is None) is not (said["currency_code"] is None):
        yield ("amount", "amount_needed") if said["amount"] is None else ("currency_code", "currency_needed")
    yield from _end_faults(said, area)


def _end_faults(said: Said, area: str) -> Iterator[Fault]:
    outcome = said["outcome_code"]
    if outcome and area not in lists.load("reintegration_outcome")[outcome].extra["areas"].split():
        yield "outcome_code", "not_for_this"
    if outcome and not said["ended"]:
        yield "ended", "end_needed"
    if said["ended"] and not outcome:
        yield "outcome_code", "outcome_needed"
    if starts_after_it_ends(said["begun"], said["ended"]):
        yield "ended", "ends_before_it_begins"


def area_of(item_code: str) -> str:
    """What an item is about."""
    return lists.load("reintegration_item")[item_code].extra["area"]


def certainly_by(day: PartialDate, today: date) -> date:
    """The day by which something of which only a part of the date is known had certainly happened."""
    return min(day.last, today)


def shown_by(said: Said, today: date) -> list[tuple[str, date]]:
    """The milestones that a record shows, each with the day by which it was reached."""
    item, outcome = lists.load("reintegration_item")[said["item_code"]].extra, said["outcome_code"]
    found = []
    if item["begins"] and said["begun"]:
        found.append((item["begins"], certainly_by(said["begun"], today)))
    reaches = bool(outcome) and lists.load("reintegration_outcome")[outcome].extra["reaches"] == "yes"
    if item["done"] and reaches and said["ended"]:
        found.append((item["done"], certainly_by(said["ended"], today)))
    return found


def followed_from(said: Said, today: date) -> date | None:
    """From which day it is looked at whether it lasts; None for what does not last, or is over."""
    followed = lists.load("reintegration_item")[said["item_code"]].extra["follow"] == "yes"
    return certainly_by(said["begun"], today) if followed and said["begun"] and not said["ended"] else None


def days_between(begun: PartialDate | None, ended: PartialDate | None) -> int | None:
    """How long it took, from application to decision; None where either day is not known to the day."""
    if begun is None or ended is None or {begun.precision, ended.precision} != {Precision.DAY}:
        return None
    return (ended.date - begun.date).days


def due_days(start: date) -> dict[int, date]:
    """The days of the follow-ups, by month."""
    return {months: start + timedelta(days=days) for months, days in MONTHS.items()}


def need_unanswered(follow_up: FollowUp, checked_on: date) -> None:
    """Stop a second answer, and a look from before there was anything to look at."""
    if follow_up.result_code is not None:
        raise FollowUpOver
    if checked_on < follow_up.due_on - timedelta(days=MONTHS[follow_up.months]):
        raise invalid(("checked_on", "before_it_began"))


def parties(actor: Actor) -> list[Party]:
    """On which side of a grant the actor stands."""
    works = reach_of(actor.role, Permission.REINTEGRATION_WRITE) is not Reach.NO
    approves = reach_of(actor.role, Permission.CASE_APPROVE) is not Reach.NO
    return [Party.WORKER] * works + [Party.APPROVER] * approves


def need_somebody_else(grant: LivelihoodGrant, actor: Actor) -> None:
    """Stop who approves what they asked for, or a case of their own."""
    if actor.user_id in (grant.by_id, grant.owner_id):
        raise SomebodyElseNeeded


def need_order(grant: LivelihoodGrant, moves: Iterable[GrantMove], happened_on: date) -> None:
    """Stop a step before the one before it."""
    if any(happened_on < day for day in (grant.asked_on, *(move.happened_on for move in moves))):
        raise invalid(("happened_on", "before_the_last_step"))


def need_payable(grant: LivelihoodGrant, amount: Decimal) -> None:
    """Stop money for what is not approved or is over, and money beyond what was granted."""
    if grant.status not in PAYABLE:
        raise NotToBePaid(status_now=grant.status.value)
    left = grant.granted - grant.paid
    if amount > left:
        raise MoreThanGranted(left=f"{left:.2f}", currency_code=grant.currency_code)


def need_after(moves: Iterable[GrantMove], action: Action, day: date, field: str) -> None:
    """Stop what is said to have happened before this step."""
    if any(day < move.happened_on for move in moves if move.action is action):
        raise invalid((field, "before_the_last_step"))


def need_running(grant: LivelihoodGrant, by: Collection[Party]) -> None:
    """Stop a visit to what has not begun."""
    if grant.status not in (Status.RUNNING, Status.FINISHED):
        now = grant.status
        raise IllegalMove(status_now=now.value, action="visit", open_actions=GRANT.open(now, by))


def survival(tranches: Iterable[Tranche], visited_on: date, active: str) -> list[str]:
    """The milestones that a visit shows."""
    first = min((one.paid_on for one in tranches), default=None)
    if first is None or active != "yes":
        return []
    return [code for days, code in SURVIVES.items() if (visited_on - first).days >= days]


def received(kind_code: str) -> str:
    """The milestone that the first tranche shows."""
    return lists.load("grant_kind")[kind_code].extra["milestone"]

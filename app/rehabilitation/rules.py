"""Judgements about rehabilitation already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.codelists import lists
from app.core.dates import PartialDate
from app.core.errors import IllegalMove
from app.core.states import Move
from app.injuries import body
from app.records.kinds import Around, Said
from app.records.rules import Fault, refuse, starts_after_it_ends
from app.rehabilitation.errors import MadeToMeasure
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.states import DEVICE_ORDER, Action, Party, Status

Step = Move[Status, Action, Party]
CAME, YES = "came", "yes"
MEASURED = ("minutes", "pain_before", "pain_after")


def judge_episode(said: Said, _: Around) -> None:
    """Stop a course that ends before it begins, and an end without a day."""
    refuse(_episode_faults(said))


def judge_session(said: Said, around: Around) -> None:
    """Stop a session outside its course, and what was measured of somebody who did not come."""
    refuse(_session_faults(said, around.pointed["episode_id"]))


def judge_goal(said: Said, around: Around) -> None:
    """Stop a goal before its course, one reached before it was set, and a day of what was not reached."""
    refuse(_goal_faults(said, around.pointed["episode_id"]))


def parties(actor: Actor) -> list[Party]:
    """Whoever works at a facility makes its devices."""
    works = reach_of(actor.role, Permission.REHABILITATION_WRITE) is not Reach.NO
    return [Party.WORKSHOP] if works else []


def open_actions(order: DeviceOrder, actor: Actor) -> list[str]:
    """What can be done next: of a device that is made to measure nothing is fitted that was not made."""
    found = DEVICE_ORDER.open(order.status, parties(actor))
    return [action for action in found if not (action == Action.FIT and _unmade(order))]


def need_stage(order: DeviceOrder, action: Action, actor: Actor) -> Step:
    """The row of the state table for this action, or the refusal of a stage out of order."""
    try:
        move = DEVICE_ORDER.find(order.status, action, parties(actor))
    except IllegalMove as refused:
        facts = refused.facts | {"open_actions": open_actions(order, actor)}
        raise IllegalMove(**facts) from None
    if action is Action.FIT and _unmade(order):
        raise MadeToMeasure(product_code=order.product_code)
    return move


def tells_owner(step: DeviceStage) -> bool:
    """Whether the caseworker hears of this step."""
    rows = {(move.source, move.action): move.tells for move in DEVICE_ORDER.moves}
    return step.source is not None and step.action is not None and bool(rows[step.source, step.action])


def need_day(order: DeviceOrder, happened_on: date) -> None:
    """Stop a stage on a day before the stage that came before."""
    if happened_on < order.status_on:
        refuse([("happened_on", "before_the_stage_before")])


def judge_order(said: Mapping[str, Any], around: Around) -> None:
    """Stop a device for no side or another limb, one before the limb was lost, and a cost in no currency."""
    refuse(_order_faults(said, around.pointed.get("amputation_id")))


def _unmade(order: DeviceOrder) -> bool:
    made = lists.load("assistive_product")[order.product_code].extra["made_to_measure"]
    return order.status is Status.PRESCRIBED and made == YES


def _episode_faults(said: Said) -> Iterator[Fault]:
    if starts_after_it_ends(said["started_on"], said["ended_on"]):
        yield "ended_on", "ends_before_it_begins"
    if said["end_code"] and not said["ended_on"]:
        yield "ended_on", "end_without_a_day"


def _session_faults(said: Said, episode: Said) -> Iterator[Fault]:
    if _outside(said["held_on"], episode):
        yield "held_on", "outside_the_course"
    if said["attendance_code"] != CAME:
        yield from ((name, "nobody_came") for name in MEASURED if said[name] is not None)


def _goal_faults(said: Said, episode: Said) -> Iterator[Fault]:
    if _outside(said["set_on"], episode):
        yield "set_on", "outside_the_course"
    for name in ("target_on", "reached_on"):
        if starts_after_it_ends(said["set_on"], said[name]):
            yield name, "before_it_was_set"
    if said["reached_on"] and said["reached"] != YES:
        yield "reached_on", "not_reached"


def _outside(day: date, episode: Said) -> bool:
    return starts_after_it_ends(episode["started_on"], day) or starts_after_it_ends(day, episode["ended_on"])


def _order_faults(said: Mapping[str, Any], amputation: Said | None) -> Iterator[Fault]:
    product = lists.load("assistive_product")[said["product_code"]].extra
    if product["limb"] and said["side_code"] not in body.SIDES:
        yield "side_code", "side_needed"
    if not product["limb"] and said["side_code"] in body.SIDES:
        yield "side_code", "no_side_here"
    if said["technology_code"] and product["replaced_as"] != "prosthesis":
        yield "technology_code", "only_of_a_prosthesis"
    if (said["cost_minor"] is None) != (said["currency_code"] is None):
        yield "currency_code", "cost_in_a_currency"
    if amputation:
        yield from _limb_faults(said, product["limb"], amputation)


def _limb_faults(said: Mapping[str, Any], limb: str, amputation: Said) -> Iterator[Fault]:
    if limb != amputation["limb_code"] or said["side_code"] != amputation["side_code"]:
        yield "amputation_id", "another_limb"
    lost: PartialDate | None = amputation["occurred"]
    if starts_after_it_ends(lost, said["happened_on"]):
        yield "happened_on", "before_the_amputation"

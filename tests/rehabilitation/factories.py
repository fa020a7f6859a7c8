"""What clients send about rehabilitation, as short as it can be; a workshop, and a device on its way."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from app.cases.filing import CaseAt
from app.cases.models import Case
from app.referrals.states import Status as Letter
from app.rehabilitation import actions
from app.rehabilitation.devices import DeviceOrderRow, MoveDevice, OrderDevice, ReplaceDevice, StopDevice
from app.rehabilitation.queries import DeviceAt
from app.rehabilitation.states import DEVICE_ORDER, Action, Status
from app.routers._moves import verb
from tests.factories import Town
from tests.journeys.payloads import Body
from tests.referrals.factories import Post

DAY = "2024-05-01"


def _of(episode: Mapping[str, Any] | None) -> Body:
    return {"episode_id": episode["id"]} if episode else {}


def episode(**more: Any) -> Body:
    """A course of physiotherapy in spring."""
    when = {"started_on": "2024-04-01", "ended_on": "2024-06-30", "end_code": "goals_met"}
    return {"discipline_code": "physiotherapy", "note": "Walks with one stick."} | when | more


def session(episode: Mapping[str, Any] | None = None, **more: Any) -> Body:
    """Forty minutes between the bars."""
    what = {"held_on": DAY, "kind_code": "gait_training", "minutes": 40, "pain_before": 4, "pain_after": 2}
    return _of(episode) | what | {"note": "Ten lengths."} | more


def goal(episode: Mapping[str, Any] | None = None, **more: Any) -> Body:
    """To school on foot."""
    what = {"text": "Walk to school and back.", "set_on": "2024-04-02", "target_on": "2024-06-01"}
    return _of(episode) | what | more


def device(**more: Any) -> Body:
    """A leg, for the left side."""
    return {"product_code": "ll_prosthesis", "side_code": "left", "happened_on": "2024-04-01"} | more


PARENTS = {"therapy_session": "rehabilitation_episode", "therapy_goal": "rehabilitation_episode"}
BODIES: dict[str, Callable[[Any], Body]] = {
    "rehabilitation_episode": lambda _: episode(),
    "therapy_session": session,
    "therapy_goal": goal,
}
REASONS = {Action.STOP: "no_funds", Action.REPLACE: "outgrown"}


TELLS: dict[Action, type[MoveDevice]] = {Action.STOP: StopDevice, Action.REPLACE: ReplaceDevice}


def told(action: Action, on: str = DAY, **more: Any) -> Body:
    """What a step is told, as short as it can be."""
    reason = {"reason_code": REASONS[action]} if action in REASONS else {}
    return {"happened_on": on} | reason | more


def way_to(wanted: Status) -> list[Action]:
    """The shortest way from the referral to a stage, made to measure."""
    ways: dict[Status, list[Action]] = {DEVICE_ORDER.start: []}
    waiting = deque([DEVICE_ORDER.start])
    while waiting:
        now = waiting.popleft()
        for move in DEVICE_ORDER.moves:
            skips = (move.source, move.action) == (Status.PRESCRIBED, Action.FIT)
            if move.source is now and move.target not in ways and not skips:
                ways[move.target] = [*ways[now], move.action]
                waiting.append(move.target)
    return ways[wanted]


async def asked(town: Town, case: Case, *share: str, **agreed: Any) -> Post:
    """The workshop was asked for help, and told this. `agreed`: what the consent says besides."""
    post = Post(town, case.id, case.survivor_id)
    await post.consent(**agreed)
    await post.referral(Letter.IN_PROGRESS, share_codes=["identity", *share])
    return post


def at(town: Town, case: Case) -> CaseAt:
    """The case as the workshop finds it, with what is its own."""
    return CaseAt(case.id, {case.id}, {"facility_id": town.workshop.id})


async def walked(town: Town, case: Case, to: Status, **more: Any) -> DeviceOrderRow:
    """A device walked to a stage by the workshop, that was asked before."""
    me, where = town.provider, at(town, case)
    async with town.work(me) as session:
        row, _ = await actions.order(session, me, where, OrderDevice.model_validate(device(**more)))
    for action in way_to(to):
        row = await step(town, case, row, action)
    return row


async def step(
    town: Town, case: Case, row: DeviceOrderRow, action: Action, on: str = DAY, **more: Any
) -> DeviceOrderRow:
    """The device after the workshop took this step."""
    me, place = town.provider, DeviceAt(at(town, case), row.id)
    given = TELLS.get(action, MoveDevice).model_validate(told(action, on, **more))
    async with town.work(me) as session:
        found: DeviceOrderRow = await getattr(actions, verb(action))(session, me, place, row.version, given)
    return found

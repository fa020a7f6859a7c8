"""Make milestones for tests, walked to a status by their own actions."""

from collections import deque
from datetime import timedelta
from typing import Any

from sqlmodel import select

from app.access.actor import Actor
from app.cases.models import Case
from app.core import clock
from app.milestones import actions
from app.milestones.models import Milestone
from app.milestones.queries import Place
from app.milestones.schemas import (
    DropMilestone,
    LoseMilestone,
    MoveMilestone,
    ReachMilestone,
    WantMilestone,
)
from app.milestones.states import MILESTONE, Action, Party, Status
from app.routers._moves import verb
from tests.factories import Town

BODIES: dict[Action, type[MoveMilestone]] = {
    Action.ACHIEVE: ReachMilestone,
    Action.SUSTAIN: ReachMilestone,
    Action.DROP: DropMilestone,
    Action.LOSE: LoseMilestone,
}


def way_to(wanted: Status) -> list[Action]:
    """The shortest way from the start of the state table to a status."""
    ways: dict[Status, list[Action]] = {MILESTONE.start: []}
    waiting = deque([MILESTONE.start])
    while waiting:
        now = waiting.popleft()
        for move in MILESTONE.moves:
            if move.source is now and move.by is Party.RECORDER and move.target not in ways:
                ways[move.target] = [*ways[now], move.action]
                waiting.append(move.target)
    return ways[wanted]


def body(action: Action, **more: Any) -> dict[str, Any]:
    """What a client sends with an action, as short as it can be: reached a year ago, the rest today."""
    usual: dict[Action, dict[str, Any]] = {
        Action.DROP: {"reason_code": "person_wish"},
        Action.ACHIEVE: {"happened_on": clock.today() - timedelta(days=365)},
    }
    return usual.get(action, {}) | more


async def a_milestone(
    town: Town, case: Case, at: Status = Status.WANTED, code: str = "job_wage", **more: Any
) -> Milestone:
    """A milestone of this case, walked to a status by the caseworker."""
    me = town.caseworker
    given = WantMilestone.model_validate({"definition_code": code} | more)
    async with town.work(me) as session:
        milestone, _ = await actions.want(session, me, case.id, given)
    for action in way_to(at):
        milestone = await move(town, me, milestone, action)
    return milestone


async def move(
    town: Town, actor: Actor, milestone: Milestone, action: Action, version: int | None = None, **more: Any
) -> Milestone:
    """The milestone after this actor took this action."""
    given = BODIES.get(action, MoveMilestone).model_validate(body(action, **more))
    act = actions.want_again if action is Action.WANT else getattr(actions, verb(action))
    place = Place(milestone.case_id, milestone.id)
    async with town.work(actor) as session:
        moved: Milestone = await act(session, actor, place, version or milestone.version, given)
    return moved


async def verify(town: Town, actor: Actor, milestone: Milestone, *shared: Any) -> Milestone:
    """The milestone confirmed by this actor."""
    place = Place(milestone.case_id, milestone.id)
    async with town.work(actor) as session:
        return await actions.verify(session, actor, place, milestone.version, shared)


async def now(town: Town, milestone: Milestone) -> Milestone:
    """The milestone as it stands in the database."""
    async with town.work(town.coordinator) as session:
        return (await session.exec(select(Milestone).where(Milestone.id == milestone.id))).one()

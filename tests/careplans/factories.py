"""Make care plans for tests, walked to a status by their own actions."""

from collections import deque
from datetime import timedelta
from typing import Any

from sqlmodel import select

from app.access.actor import Actor
from app.careplans import actions
from app.careplans.actions import Place
from app.careplans.models import CarePlan
from app.careplans.schemas import BeginPlan, ReviewPlan, SendBackPlan, SubmitPlan
from app.careplans.states import CARE_PLAN, Action, Party, Status
from app.cases.models import Case
from app.core import clock
from app.routers._moves import verb
from tests.factories import Town

NEED, AIM = "Cannot walk to the well", "Walks to the well and back on a prosthesis"
WHY = "The aim cannot be measured"


def goal(**changes: Any) -> dict[str, Any]:
    """A goal as a client sends it."""
    until = (clock.today() + timedelta(days=60)).isoformat()
    return {"pillar_code": "rehabilitation", "need": NEED, "aim": AIM, "target_on": until} | changes


def bodies() -> dict[Action, list[Any]]:
    """What each action is told that is told something."""
    return {Action.SUBMIT: [SubmitPlan()], Action.SEND_BACK: [SendBackPlan(reason=WHY)]}


def way_to(wanted: Status) -> list[tuple[Action, Party]]:
    """The shortest way from the start of the state table to a status, and who goes it."""
    ways: dict[Status, list[tuple[Action, Party]]] = {CARE_PLAN.start: []}
    waiting = deque([CARE_PLAN.start])
    while waiting:
        now = waiting.popleft()
        for move in CARE_PLAN.moves:
            if move.source is now and move.target not in ways:
                ways[move.target] = [*ways[now], (move.action, move.by)]
                waiting.append(move.target)
    return ways[wanted]


async def a_plan(town: Town, case: Case, at: Status = Status.DRAFT, **changes: Any) -> CarePlan:
    """A version that the caseworker wrote, at this status."""
    given = BeginPlan.model_validate({"goals": [goal()]} | changes)
    async with town.work(town.caseworker) as session:
        plan, _ = await actions.begin(session, town.caseworker, case.id, given)
    for action, party in way_to(at):
        if party is Party.SYSTEM:  # the next version's approval does it
            await a_plan(town, case, Status.APPROVED)
            return await now(town, plan)
        plan = await step(town, town.caseworker if party is Party.WORKER else town.supervisor, plan, action)
    return plan


async def step(town: Town, actor: Actor, plan: CarePlan, action: Action, *given: Any) -> CarePlan:
    """The version after this action of this actor."""
    told = given or bodies().get(action, [])
    place = Place(plan.case_id, plan.id)
    async with town.work(actor) as session:
        act = getattr(actions, verb(action))
        moved: CarePlan = await act(session, actor, place, plan.version, *told)
        return moved


async def reviewed(town: Town, plan: CarePlan, **changes: Any) -> CarePlan:
    """The version after the caseworker reviewed it."""
    given = ReviewPlan.model_validate(changes)
    async with town.work(town.caseworker) as session:
        place = Place(plan.case_id, plan.id)
        return await actions.review(session, town.caseworker, place, plan.version, given)


async def now(town: Town, plan: CarePlan) -> CarePlan:
    """The version as it stands in the database."""
    async with town.work(town.coordinator) as session:
        return (await session.exec(select(CarePlan).where(CarePlan.id == plan.id))).one()

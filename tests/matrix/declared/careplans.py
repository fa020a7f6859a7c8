"""Declared: care plans."""

from typing import Any

from app.careplans.states import CARE_PLAN, Action, Status
from app.cases.states import Status as CaseStatus
from tests.careplans.factories import a_plan, bodies, goal
from tests.matrix.engine import Ask, Build, Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, WORKERS, C
from tests.matrix.world import World

P = f"{C}/care-plans/{{plan_id}}"
PLAN = {**FILE, "plan_id": "plan"}


async def begin(world: World) -> Ask:
    """The first version of another case's plan."""
    case = await world.case_at(CaseStatus.PLANNING)
    return Ask({"case_id": case.id}, body={"goals": [goal()]})


def plan_at(status: Status, body: Any = None) -> Build:
    """A version of another case, walked to this status."""

    async def build(world: World) -> Ask:
        plan = await a_plan(world.town, await world.case_at(CaseStatus.PLANNING), status)
        return Ask({"case_id": plan.case_id, "plan_id": plan.id}, body=body or {}, version=plan.version)

    return build


def plan_action(action: Action) -> Build:
    """A version that waits for nothing but this action."""
    told = [each.model_dump(mode="json") for each in bodies().get(action, [])]
    return plan_at(next(m.source for m in CARE_PLAN.moves if m.action is action), *told)


# fmt: off
ROWS: dict[str, Row] = {
    f"GET {C}/care-plans":       Row("case:read", WORKERS, about(**FILE), shows="plan", sees=WORKERS),
    f"POST {C}/care-plans":      Row("case:write", WORKERS, begin),
    f"GET {P}":                  Row("case:read", WORKERS, about(**PLAN)),
    f"GET {P}/difference":       Row("case:read", WORKERS, about(**PLAN)),
    f"PATCH {P}":                Row("case:write", WORKERS, about(lambda _: {"goals": [goal()]}, change=True, **PLAN)),
    f"POST {P}/review":          Row("case:write", WORKERS, plan_at(Status.APPROVED)),
    f"POST {P}/submit":          Row("case:write", WORKERS, plan_action(Action.SUBMIT)),
    f"POST {P}/discard":         Row("case:write", WORKERS, plan_action(Action.DISCARD)),
    f"POST {P}/approve":         Row("case:approve", "sk", plan_action(Action.APPROVE)),
    f"POST {P}/send-back":       Row("case:approve", "sk", plan_action(Action.SEND_BACK)),
}
# fmt: on

"""Routes under /cases/{id}/care-plans."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.careplans import actions, queries
from app.careplans.actions import Place
from app.careplans.difference import differences
from app.careplans.errors import PlanFixed, PlanNotInForce, PlanOpen
from app.careplans.schemas import (
    AmendPlan,
    BeginPlan,
    CarePlanOut,
    CarePlanRow,
    CarePlansOut,
    PlanDifferenceOut,
    ReviewPlan,
    SendBackPlan,
    SubmitPlan,
    show,
    texts,
)
from app.careplans.states import CARE_PLAN, Action, Party
from app.cases import queries as cases
from app.cases.errors import AssessmentMissing, ConsentMissing, SomebodyElseNeeded
from app.cases.rules import trail
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS
from app.survivors import queries as survivors

router = Room("care plans")
OF_CASE = "/cases/{case_id}/care-plans"
ONE = f"{OF_CASE}/{{plan_id}}"
GET = problems(Forbidden, NotFound)
ADD = problems(Forbidden, NotFound, Clash, KeyReused, Busy, ConsentMissing, PlanOpen) | EXISTS
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)


@router.post(OF_CASE, status_code=201, dependencies=[Once], responses=ADD)
async def begin_care_plan(
    case_id: UUID, body: BeginPlan, response: Response, session: SessionDep, actor: ActorDep
) -> CarePlanOut:
    """Begin another version of the plan. Without goals it begins with those that are in force."""
    plan, is_new = await actions.begin(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await show(session, actor, plan))


@router.get(OF_CASE, responses=GET)
async def list_care_plans(case_id: UUID, session: SessionDep, actor: ActorDep) -> CarePlansOut:
    """The versions of a case's plan, newest first; the approved one is in force."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.of_case(session, case)
    audit.record(session, actor, "care_plan.list", trail(case, *(plan.id for plan in found)))
    return CarePlansOut(items=[CarePlanRow.of(plan) for plan in found])


@router.get(ONE, responses=GET)
async def get_care_plan(
    case_id: UUID, plan_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> CarePlanOut:
    """One version whole: its goals, its steps, its reviews."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    plan = await queries.get(session, case, plan_id)
    audit.record(session, actor, "care_plan.read", trail(case, plan.id), FieldClass.HEALTH)
    return tagged(response, await show(session, actor, plan))


@router.get(f"{ONE}/difference", responses=GET)
async def get_care_plan_difference(
    case_id: UUID,
    plan_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    against: Annotated[UUID | None, Query(description="Another version; by default the one before")] = None,
) -> PlanDifferenceOut:
    """What this version changes, goal by goal and in words of your language."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    plan = await queries.get(session, case, plan_id)
    other = await queries.get(session, case, against) if against else await queries.before(session, plan)
    box = await survivors.box(session, case.survivor_id)
    before = await texts(session, other, box) if other else []
    ids = trail(case, *(each.id for each in (plan, other) if each))
    audit.record(session, actor, "care_plan.compare", ids, FieldClass.HEALTH)
    lines = differences(before, await texts(session, plan, box), actor.language)
    return PlanDifferenceOut.of(plan, other, lines)


@router.patch(ONE, dependencies=[Once], responses=problems(*CHANGE, PlanFixed))
async def amend_care_plan(
    case_id: UUID,
    plan_id: UUID,
    version: VersionDep,
    body: AmendPlan,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> CarePlanOut:
    """Change a draft: the day of its review, or its goals, which are sent whole."""
    plan = await actions.amend(session, actor, Place(case_id, plan_id), version, body)
    return tagged(response, await show(session, actor, plan))


@router.post(f"{ONE}/review", dependencies=[Once], responses=problems(*CHANGE, Clash, PlanNotInForce))
async def review_care_plan(
    case_id: UUID,
    plan_id: UUID,
    version: VersionDep,
    body: ReviewPlan,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> CarePlanOut:
    """Look at the plan in force with the person: how its goals stand, and when it is looked at again."""
    plan = await actions.review(session, actor, Place(case_id, plan_id), version, body)
    return tagged(response, await show(session, actor, plan))


async def _place(case_id: UUID, plan_id: UUID) -> Place:
    return Place(case_id, plan_id)


register(
    router,
    ONE,
    Moves(
        table=CARE_PLAN,
        act=actions,
        where=_place,
        out=CarePlanOut,
        answer=show,
        by=(Party.WORKER, Party.APPROVER),
        bodies={Action.SUBMIT: SubmitPlan, Action.SEND_BACK: SendBackPlan},
        refusals={
            Action.SUBMIT: (ConsentMissing, AssessmentMissing),
            Action.APPROVE: (SomebodyElseNeeded,),
            Action.SEND_BACK: (SomebodyElseNeeded,),
        },
    ),
)

"""What can be done to a care plan. The only code that changes one."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.careplans import queries, rules
from app.careplans.models import CarePlan, CarePlanMove, Goal, Progress, Review
from app.careplans.schemas import (
    AmendPlan,
    BeginPlan,
    GivenGoal,
    ReviewPlan,
    SendBackPlan,
    SubmitPlan,
    sealed,
    show,
    texts,
)
from app.careplans.states import CARE_PLAN, Action, Party, Status
from app.cases import approving
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import CASE_MANAGEMENT, need_consent, trail
from app.core import clock
from app.core.config import settings
from app.core.errors import Clash, NotFound, Stale
from app.core.ids import new_id
from app.core.states import Move
from app.core.vault import Box
from app.milestones import actions as milestones
from app.notifications import actions as notifications
from app.organisations import queries as organisations
from app.survivors import queries as survivors

Step = Move[Status, Action, Party]
AGREED, EVIDENCE = "care_plan_agreed", "care_plan"
PLAIN = ("pillar_code", "service_code", "facility_id", "responsible_code", "target_on")
"""The columns of a goal that are not sealed."""


class Place(NamedTuple):
    """Where a version stands: its case, and itself."""

    case_id: UUID
    plan_id: UUID


async def begin(
    session: AsyncSession, actor: Actor, case_id: UUID, given: BeginPlan
) -> tuple[CarePlan, bool]:
    """Begin another version; False beside it when this very one was there already."""
    case = await cases.take(session, actor.grant(Permission.CASE_WRITE), case_id)
    box = await survivors.box(session, case.survivor_id)
    if known := await queries.find(session, case, given.id):
        return await _same(session, known, given, box), False
    need_consent(await survivors.live_consent(session, case.survivor_id, CASE_MANAGEMENT) is not None)
    versions = await queries.of_case(session, case)
    rules.need_none_open(versions)
    review_on = given.review_on and rules.need_review(given.review_on, clock.today(), _within())
    held = {"owner_id": case.owner_id, "team_id": case.team_id}
    begun = {"id": given.id or new_id(), "case_id": case.id, "by_id": actor.user_id, "review_on": review_on}
    number = max((plan.number for plan in versions), default=0) + 1
    plan = CarePlan.model_validate(held | begun | {"number": number})
    session.add(plan)
    await session.flush()
    goals = given.goals if given.goals is not None else await _of_the_one_in_force(session, case, box)
    await _put(session, actor, plan, goals, box)
    return await _keep(session, actor, case, plan, None), True


async def amend(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: AmendPlan
) -> CarePlan:
    """Change a draft: the day of its review, or its goals, which are sent whole."""
    case, plan = await _take(session, actor, Permission.CASE_WRITE, place, version)
    rules.need_draft(plan)
    if "review_on" in given.model_fields_set:
        plan.review_on = rules.need_review(given.review_on, clock.today(), _within())
    if "goals" in given.model_fields_set:
        await session.exec(sa.delete(Goal).where(col(Goal.plan_id) == plan.id))
        await _put(session, actor, plan, given.goals, await survivors.box(session, case.survivor_id))
        flag_modified(plan, "review_on")  # its goals are the plan: the version says so
    audit.record(session, actor, "care_plan.amend", trail(case, plan.id), FieldClass.HEALTH)
    await session.flush()
    return plan


async def submit(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: SubmitPlan
) -> CarePlan:
    """Ask somebody else to approve what the person has agreed to."""
    case, plan, move = await _begin_move(session, actor, Permission.CASE_WRITE, place, version, Action.SUBMIT)
    need_consent(await survivors.live_consent(session, case.survivor_id, CASE_MANAGEMENT) is not None)
    goals, today = await queries.goals(session, plan), clock.today()
    rules.need_ready([goal.target_on for goal in goals], case, given.agreed_on, today)
    plan.review_on = rules.need_review(plan.review_on, today, _within())
    plan.agreed_on, plan.submitted_by_id = given.agreed_on, actor.user_id
    return await _make(session, actor, case, plan, move)


async def discard(session: AsyncSession, actor: Actor, place: Place, version: int) -> CarePlan:
    """Give a draft up. What was in force stays."""
    case, plan, move = await _begin_move(
        session, actor, Permission.CASE_WRITE, place, version, Action.DISCARD
    )
    return await _make(session, actor, case, plan, move)


async def approve(session: AsyncSession, actor: Actor, place: Place, version: int) -> CarePlan:
    """Put somebody else's plan in force. The version before it is superseded."""
    case, plan, move = await _begin_move(
        session, actor, Permission.CASE_APPROVE, place, version, Action.APPROVE
    )
    rules.need_somebody_else(plan, case, actor)
    assert plan.submitted_by_id
    if earlier := await queries.in_force(session, case):
        row = CARE_PLAN.find(earlier.status, Action.SUPERSEDE, [Party.SYSTEM])
        await _make(session, actor, case, earlier, row)
    plan.approved_by_id, case.next_review_on = actor.user_id, plan.review_on
    await _make(session, actor, case, plan, move)
    await approving.plan_approved(session, actor, case, plan.submitted_by_id)
    await milestones.reach(session, actor, case, AGREED, plan.agreed_on or clock.today(), EVIDENCE, plan.id)
    return plan


async def send_back(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: SendBackPlan
) -> CarePlan:
    """Give it back to be changed, and say why."""
    case, plan, move = await _begin_move(
        session, actor, Permission.CASE_APPROVE, place, version, Action.SEND_BACK
    )
    rules.need_somebody_else(plan, case, actor)
    plan.agreed_on = None
    return await _make(session, actor, case, plan, move, given.reason)


async def review(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: ReviewPlan
) -> CarePlan:
    """Look at the plan in force with the person, and say when it is looked at again."""
    case, plan = await _take(session, actor, Permission.CASE_WRITE, place, version)
    rules.need_in_force(plan)
    known = {goal.goal_id for goal in await queries.goals(session, plan)}
    rules.need_reviewable(plan, given.reviewed_on, (each.goal_id for each in given.progress), known)
    next_on = rules.need_review(given.next_on, clock.today(), _within(), "/next_on")
    held = {"owner_id": case.owner_id, "team_id": case.team_id, "plan_id": plan.id}
    row_id, box = given.id or new_id(), await survivors.box(session, case.survivor_id)
    finding = sealed(box, "care_review", "finding", row_id, given.finding)
    said = {"id": row_id, "reviewed_on": given.reviewed_on, "next_on": next_on, "finding": finding}
    session.add(Review.model_validate(held | said | {"by_id": actor.user_id}))
    await session.flush()
    stood = {each.goal_id: each.progress_code for each in given.progress}
    for goal_id, code in stood.items():
        how = {"review_id": row_id, "goal_id": goal_id, "progress_code": code}
        session.add(Progress.model_validate(held | how))
    case.next_review_on = next_on
    flag_modified(plan, "review_on")
    audit.record(session, actor, "care_plan.review", trail(case, row_id, plan.id), FieldClass.HEALTH)
    await session.flush()
    return plan


def _within() -> int:
    return settings().plan_review_days


async def _of_the_one_in_force(session: AsyncSession, case: Case, box: Box) -> list[GivenGoal]:
    """The goals that are in force now, as one would send them."""
    earlier = await queries.in_force(session, case)
    return await _as_sent(session, earlier, box) if earlier else []


async def _as_sent(session: AsyncSession, plan: CarePlan, box: Box) -> list[GivenGoal]:
    """The goals of a version as one would send them. A code that has been retired since stays."""
    told = zip(await queries.goals(session, plan), await texts(session, plan, box), strict=True)
    return [
        GivenGoal.model_construct(
            id=goal.goal_id, need=text.need, aim=text.aim, **goal.model_dump(include=set(PLAIN))
        )
        for goal, text in told
    ]


async def _same(session: AsyncSession, known: CarePlan, given: BeginPlan, box: Box) -> CarePlan:
    """What exists under the client's id, if it is what was sent; of a changed draft nothing is compared."""
    if known.version > 1:
        return known
    if given.review_on not in (None, known.review_on):
        raise Clash
    if given.goals is not None:
        there = await _as_sent(session, known, box)
        sent = [goal.model_dump(exclude={"id"}) for goal in given.goals]
        if sent != [goal.model_dump(exclude={"id"}) for goal in there]:
            raise Clash
    return known


async def _put(
    session: AsyncSession, actor: Actor, plan: CarePlan, goals: Sequence[GivenGoal], box: Box
) -> None:
    """Make these the goals of a draft that has none."""
    rules.need_distinct([goal.id for goal in goals])
    for number, goal in enumerate(goals):
        if goal.facility_id:
            await _need_facility(session, actor, goal.facility_id, f"/goals/{number}/facility_id")
    held = {"plan_id": plan.id, "owner_id": plan.owner_id, "team_id": plan.team_id}
    for number, goal in enumerate(goals):
        session.add(Goal.model_validate(held | _columns(goal, number, box)))
    await session.flush()


def _columns(goal: GivenGoal, place: int, box: Box) -> dict[str, Any]:
    row_id = new_id()
    told = {name: sealed(box, "care_goal", name, row_id, getattr(goal, name)) for name in ("need", "aim")}
    said = {name: getattr(goal, name) for name in PLAIN}
    return said | told | {"id": row_id, "goal_id": goal.id or new_id(), "place": place}


async def _need_facility(session: AsyncSession, actor: Actor, facility_id: UUID, pointer: str) -> None:
    try:
        await organisations.facility(session, actor.grant(Permission.DIRECTORY_READ), facility_id)
    except NotFound:
        raise rules.invalid(pointer, "not_in_directory") from None


async def _take(
    session: AsyncSession, actor: Actor, permission: Permission, place: Place, version: int
) -> tuple[Case, CarePlan]:
    """The version as it was when the caller decided, and nobody else's to change until this is done."""
    case = await cases.take(session, actor.grant(permission), place.case_id)
    plan = await queries.get(session, case, place.plan_id)
    if version != plan.version:
        raise Stale(current=(await show(session, actor, plan)).model_dump(mode="json"))
    return case, plan


async def _begin_move(
    session: AsyncSession, actor: Actor, permission: Permission, place: Place, version: int, action: Action
) -> tuple[Case, CarePlan, Step]:
    case, plan = await _take(session, actor, permission, place, version)
    return case, plan, CARE_PLAN.find(plan.status, action, rules.parties(case, actor))


async def _make(
    session: AsyncSession, actor: Actor, case: Case, plan: CarePlan, move: Step, reason: str | None = None
) -> CarePlan:
    """Follow one row of the state table: set, stamp, keep the step, write it down, tell the other side."""
    plan.status = move.target
    if move.stamps:
        setattr(plan, move.stamps, clock.now())
    kind = f"care_plan.{move.action}"
    if move.tells is Party.WORKER:
        _tell(session, actor, {case.owner_id, plan.submitted_by_id or case.owner_id}, kind, case)
    await _keep(session, actor, case, plan, move, reason)
    if move.tells is Party.APPROVER:
        _tell(session, actor, await cases.supervisors(session, case.team_id), kind, case)
    return plan


async def _keep(
    session: AsyncSession,
    actor: Actor,
    case: Case,
    plan: CarePlan,
    move: Step | None,
    reason: str | None = None,
) -> CarePlan:
    """The row of the history, and the event."""
    step = {"action": move.action, "source": move.source} if move else {}
    held = {"plan_id": plan.id, "owner_id": plan.owner_id, "team_id": plan.team_id}
    row_id = new_id()
    if reason:
        box = await survivors.box(session, case.survivor_id)
        step |= {"reason": sealed(box, "care_plan_move", "reason", row_id, reason)}
    kept = held | step | {"id": row_id, "target": plan.status, "by_id": actor.user_id}
    session.add(CarePlanMove.model_validate(kept))
    kind = f"care_plan.{move.action if move else 'begin'}"
    audit.record(session, actor, kind, trail(case, plan.id), FieldClass.HEALTH)
    await session.flush()
    return plan


def _tell(session: AsyncSession, actor: Actor, people: Iterable[UUID], kind: str, case: Case) -> None:
    """Tell these people, except who did it."""
    for person in set(people) - {actor.user_id}:
        notifications.tell_person(session, person, kind, case.id)

"""What can be done in bulk: begin an assignment of many cases, and carry out one case of it."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission
from app.assignments import queries, rules, weights
from app.assignments.errors import OwnerChanged
from app.assignments.models import BulkAssignment, BulkItem
from app.assignments.schemas import AssignCases, CaseloadOut, CaseloadsOut, PlannedOut, PreviewBulkOut
from app.assignments.states import State
from app.assignments.weights import Caseload, Load
from app.audit import actions as audit
from app.cases import handing
from app.cases import queries as cases
from app.cases import rules as case_rules
from app.cases.errors import OwnerUnfit
from app.cases.models import Case
from app.core import clock
from app.core.errors import Clash


class Plan(NamedTuple):
    """What would become of each case: the case if it is within reach, to whom it goes, or why it does not."""

    found: Mapping[UUID, Case]
    refused: Mapping[UUID, str]
    to: Mapping[UUID, UUID]
    loads: Mapping[UUID, Load]
    before: Mapping[UUID, Caseload]


async def caseloads(session: AsyncSession, actor: Actor, team_id: UUID) -> CaseloadsOut:
    """How much each of a team carries."""
    grant = actor.grant(Permission.CASE_ASSIGN)
    await queries.need_team(session, grant, team_id)
    owners = await queries.members(session, team_id)
    found = weights.caseloads(await queries.loads(session, grant, queries.of_owners(owners)), owners)
    audit.record(session, actor, "caseload.list", [team_id, *owners])
    return CaseloadsOut(most=float(weights.MOST), items=_shown(found))


async def preview(session: AsyncSession, actor: Actor, given: AssignCases) -> PreviewBulkOut:
    """What the assignment would do today: how many, to whom, and which not and why."""
    plan = await _plan(session, actor.grant(Permission.CASE_ASSIGN), given)
    after = dict(plan.before)
    for case_id, owner_id in plan.to.items():
        after[owner_id] = after[owner_id].plus(weights.weigh(plan.loads[case_id]))
    audit.record(session, actor, "bulk_assignment.preview", [given.team_id, *plan.found])
    items = [_planned(plan, case_id) for case_id in (*plan.to, *plan.refused)]
    return PreviewBulkOut(
        total=len(items),
        assignable=len(plan.to),
        refused=len(plan.refused),
        before=_shown(plan.before),
        after=_shown(after),
        items=items,
    )


async def begin(session: AsyncSession, actor: Actor, given: AssignCases) -> tuple[BulkAssignment, bool]:
    """Write down what is to be assigned; the job does it. False beside it when this was there already."""
    grant = actor.grant(Permission.CASE_ASSIGN)
    if given.id and (known := await queries.find(session, grant, given.id)):
        return _same(known, given), False
    plan = await _plan(session, grant, given)
    wish = given.model_dump(include={"id", "team_id", "owner_ids"}, exclude_none=True)
    job = BulkAssignment.model_validate(wish | {"by_id": actor.user_id, "membership_id": actor.membership_id})
    session.add(job)
    await session.flush()
    session.add_all([_item(job, plan, case_id) for case_id in (*plan.to, *plan.refused)])
    audit.record(session, actor, "bulk_assignment.begin", [job.id, *plan.found])
    await session.flush()
    return job, True


async def carry_out(session: AsyncSession, actor: Actor, job: BulkAssignment, item: BulkItem) -> None:
    """Give one case to whom it was meant for, and write that down as done; or neither."""
    grant = actor.grant(Permission.CASE_ASSIGN)
    case = await cases.take(session, grant, item.case_id)
    case_rules.may_assign(grant, job.team_id)
    if why := rules.refusal(case, job.owner_ids):
        raise why
    if case.owner_id != item.from_owner_id:
        raise OwnerChanged
    if not item.to_owner_id or not await cases.can_own(session, case, item.to_owner_id, job.team_id):
        raise OwnerUnfit
    await handing.give(session, actor, case, item.to_owner_id, job.team_id)
    item.state, item.ended_at = State.ASSIGNED, clock.now()
    await session.flush()


async def refuse(session: AsyncSession, actor: Actor, item: BulkItem, code: str) -> None:
    """Write down why a case was not given."""
    actor.grant(Permission.CASE_ASSIGN)
    item.state, item.refused_code, item.ended_at = State.REFUSED, code, clock.now()
    await session.flush()


async def _plan(session: AsyncSession, grant: Grant, given: AssignCases) -> Plan:
    case_rules.may_assign(grant, given.team_id)
    owners = list(dict.fromkeys(given.owner_ids))
    if not set(owners) <= set(await queries.members(session, given.team_id)):
        raise OwnerUnfit
    found = await _found(session, grant, given)
    wanted = dict.fromkeys(given.case_ids or found)
    why = {case_id: rules.refusal(found.get(case_id), owners) for case_id in wanted}
    refused = {case_id: problem.slug for case_id, problem in why.items() if problem}
    going = [case_id for case_id in wanted if case_id not in refused]
    loads = {load.case_id: load for load in await queries.loads(session, grant, queries.among(going))}
    own = await queries.loads(session, grant, queries.of_owners(owners))
    before = weights.caseloads(own, owners)
    return Plan(found, refused, weights.spread([*loads.values()], before), loads, before)


async def _found(session: AsyncSession, grant: Grant, given: AssignCases) -> Mapping[UUID, Case]:
    if given.from_owner_id is not None:
        return await queries.cases_of(session, grant, given.from_owner_id)
    return await queries.cases(session, grant, given.case_ids or [])


def _shown(found: Mapping[UUID, Caseload]) -> list[CaseloadOut]:
    return [CaseloadOut.of(owner, caseload) for owner, caseload in found.items()]


def _planned(plan: Plan, case_id: UUID) -> PlannedOut:
    load = plan.loads.get(case_id)
    weight = float(weights.weigh(load)) if load else None
    code = plan.refused.get(case_id)
    return PlannedOut(case_id=case_id, to_owner_id=plan.to.get(case_id), weight=weight, refused_code=code)


def _item(job: BulkAssignment, plan: Plan, case_id: UUID) -> BulkItem:
    case, code = plan.found.get(case_id), plan.refused.get(case_id)
    return BulkItem(
        bulk_assignment_id=job.id,
        case_id=case_id,
        by_id=job.by_id,
        from_owner_id=case.owner_id if case else None,
        to_owner_id=plan.to.get(case_id),
        state=State.REFUSED if code else State.WAITING,
        refused_code=code,
        ended_at=clock.now() if code else None,
    )


def _same(known: BulkAssignment, given: AssignCases) -> BulkAssignment:
    if (known.team_id, known.owner_ids) != (given.team_id, given.owner_ids):
        raise Clash
    return known

"""What is approved elsewhere: the yes to a care plan is the yes that its case waits for."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.cases import queries, rules
from app.cases.models import Approval, Case
from app.cases.states import Status
from app.core import clock


async def plan_approved(session: AsyncSession, actor: Actor, case: Case, asked_by_id: UUID) -> None:
    """Let a case that is planned be carried out: somebody else has just said yes to its plan."""
    actor.grant(Permission.CASE_APPROVE)
    if case.status is not Status.PLANNING:
        return
    asked = await queries.approvals(session, case)
    approval = rules.waiting(asked, await queries.moved_at(session, case), rules.PLAN) or Approval(
        case_id=case.id,
        owner_id=case.owner_id,
        team_id=case.team_id,
        kind_code=rules.PLAN,
        asked_by_id=asked_by_id,
    )
    if approval.approved is None:
        approval.approved, approval.decided_by_id, approval.decided_at = True, actor.user_id, clock.now()
        session.add(approval)
        audit.record(session, actor, "approval.approve", rules.trail(case, approval.id))
    await session.flush()

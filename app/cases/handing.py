"""A case in other hands: what is kept of it, whoever gave it."""

from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.cases import rules
from app.cases.models import Case, CaseAssignment
from app.survivors import actions as people


async def give(session: AsyncSession, actor: Actor, case: Case, owner_id: UUID, team_id: UUID) -> None:
    """Give the case, and the person's whole file, to somebody of its organisation; nobody is told yet."""
    actor.grant(Permission.CASE_ASSIGN)
    flag_modified(case, "status")  # the file moves by cascade: the version must say so too
    await session.flush()
    await people.entrust(session, actor, case.survivor_id, owner_id, team_id)
    await session.refresh(case)
    session.add(CaseAssignment.of(case, actor.user_id))
    audit.record(session, actor, "case.assign", rules.trail(case))


def handed_over(session: AsyncSession, actor: Actor, case: Case) -> None:
    """Write down that from now on somebody else is responsible for this case: who, by whom."""
    actor.grant(Permission.CASE_TRANSFER)
    session.add(CaseAssignment.of(case, actor.user_id))
    audit.record(session, actor, "case.assign", rules.trail(case))

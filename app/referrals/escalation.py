"""What happens when a facility does not answer in time: each step of the ladder once, seen by both sides."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission, Role
from app.accounts import queries as accounts
from app.audit import actions as audit
from app.core import clock
from app.core.pages import FIRST
from app.notifications import actions as notifications
from app.organisations import queries as organisations
from app.organisations.models import Facility
from app.referrals import ladder, queries, rules
from app.referrals.ladder import Rung, Tells
from app.referrals.models import Escalation, Referral
from app.referrals.schemas import EscalationOut

KIND = "referral.escalate"


async def shown(session: AsyncSession, actor: Actor, referral_id: UUID) -> list[EscalationOut]:
    """Who was told when that this referral waited too long; for both sides."""
    referral = await queries.get(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    audit.record(session, actor, "referral.read", rules.trail(referral))
    return [EscalationOut.model_validate(step) for step in await _steps(session, referral)]


async def escalate(session: AsyncSession, actor: Actor, after: UUID = FIRST) -> tuple[int, UUID | None]:
    """Take the steps of the ladder whose time has come, of some referrals; how many, and the last looked at.

    A step may wait for a facility's closed days to pass, so what was looked at is not always moved.
    """
    grant, now = actor.grant(Permission.REFERRAL_READ), clock.now()
    some = await queries.late(session, grant, now, after)
    taken = sum([await _climb(session, actor, referral, now) for referral in some])
    await session.flush()
    return taken, some[-1].id if some else None


async def _climb(session: AsyncSession, actor: Actor, referral: Referral, now: datetime) -> int:
    """The steps of one referral that are due; first its answer-by date, as the calendar now has it."""
    directory = actor.grant(Permission.DIRECTORY_READ)
    facility = await organisations.facility(session, directory, referral.to_facility_id)
    calendar = await organisations.calendar(session, directory, facility)
    assert referral.sent_at
    until = rules.answer_by(referral.sent_at, referral.priority_code, calendar)
    if until != referral.answer_by:
        referral.answer_by = until
        audit.record(session, actor, "referral.answer_by", rules.trail(referral))
    done = {step.step for step in await _steps(session, referral)}
    due = ladder.due(referral.priority_code, until, now, done, calendar)
    for rung in due:
        await _take(session, actor, referral, facility, rung)
    return len(due)


async def _take(
    session: AsyncSession, actor: Actor, referral: Referral, facility: Facility, rung: Rung
) -> None:
    """One step: kept, written down, told to whom the rule names and to whoever is responsible."""
    assert referral.answer_by
    kept = referral.model_dump(include={"owner_id", "team_id", "to_facility_id", "answer_by"})
    step = {"referral_id": referral.id, "step": rung.step, "tells": rung.tells.value}
    session.add(Escalation.model_validate(kept | step))
    audit.record(session, actor, KIND, rules.trail(referral))
    people = {referral.owner_id}
    if rung.tells is Tells.COORDINATOR:
        people |= set(await accounts.acting_as(session, Role.COORDINATOR))
    elif not referral.by_hand:
        people |= await _manager(session, facility)
        if len(people) == 1:  # nobody there who manages it: all of its people hear
            notifications.tell_facility(session, facility.id, KIND, referral.id)
    for person in sorted(people):
        notifications.tell_person(session, person, KIND, referral.id)


async def _manager(session: AsyncSession, facility: Facility) -> set[UUID]:
    """The facility's manager, who still works there; nobody who has left."""
    staff = await accounts.acting_as(session, *Role, facility_id=facility.id)
    return {person for person in staff if person == facility.manager_id}


async def _steps(session: AsyncSession, referral: Referral) -> Sequence[Escalation]:
    rows = select(Escalation).where(Escalation.referral_id == referral.id)
    return (await session.exec(rows.order_by(col(Escalation.step)))).all()

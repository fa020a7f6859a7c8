"""Show what a referral shares: to its sender before it is sent, to both sides while it is live."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.core import clock
from app.core.errors import Problem
from app.referrals import queries, rules
from app.referrals.actions import need_receiver
from app.referrals.rules import ShareItem
from app.referrals.sharing import PreviewOut, SharedRecordOut

READ_AS = {
    ShareItem.IDENTITY: FieldClass.IDENTITY,
    ShareItem.CONTACT: FieldClass.CONTACT,
    ShareItem.ASSESSMENTS: FieldClass.HEALTH,
    ShareItem.MILESTONES: FieldClass.HEALTH,
    ShareItem.INJURY: FieldClass.HEALTH,
    ShareItem.DEVICE_HISTORY: FieldClass.HEALTH,
}


async def preview(session: AsyncSession, actor: Actor, referral_id: UUID) -> PreviewOut:
    """Show the sender of a draft exactly what the facility will see, and what stands against sending."""
    grant = actor.grant(Permission.REFERRAL_SEND)
    shared = await queries.shared(session, grant, referral_id)
    referral = shared.referral
    rules.need_draft(referral, rules.parties(referral, actor))
    audit.record(session, actor, "referral.preview", rules.trail(referral), FieldClass.HEALTH)
    refusals: list[str] = []
    with _noted(refusals):
        rules.need_open(await cases.get(session, grant, referral.case_id))
    with _noted(refusals):
        await need_receiver(session, actor, referral.to_facility_id, referral.service_codes)
    with _noted(refusals):
        rules.need_consent(await queries.agreed(session, referral), referral, clock.today())
    return PreviewOut.of(shared, refusals, clock.now())


@contextmanager
def _noted(refusals: list[str]) -> Iterator[None]:
    """Go on after a refusal, and keep its name."""
    try:
        yield
    except Problem as problem:
        refusals.append(problem.slug)


async def read_shared(session: AsyncSession, actor: Actor, referral_id: UUID) -> SharedRecordOut:
    """Show exactly what is shared, and write down that it was read, by kind of field."""
    shared = await queries.shared(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    rows = {ShareItem.ASSESSMENTS: shared.assessments, ShareItem.MILESTONES: shared.milestones}
    rows[ShareItem.DEVICE_HISTORY] = shared.devices
    rows[ShareItem.INJURY] = [*shared.injuries, *shared.amputations]
    trail = rules.trail(shared.referral)
    audit.record(session, actor, "referral.read_shared", trail, FieldClass.HEALTH)  # the reason, in any case
    for item in sorted(shared.items):
        ids = [*trail, *(row.id for row in rows.get(item, ()))]
        audit.record(session, actor, f"referral.read_{item}", ids, READ_AS[item])
    await session.flush()
    return SharedRecordOut.of(shared)

"""What people do to a release: one drafts it, another checks what was drawn, then it is published."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.errors import Stale
from app.notifications import actions as notifications
from app.statistics import queries, rules
from app.statistics.errors import DraftWaits
from app.statistics.models import Release
from app.statistics.schemas import DraftRelease, WithdrawRelease
from app.statistics.states import RELEASE, Action


async def draft(session: AsyncSession, actor: Actor, given: DraftRelease) -> Release:
    """Say what is to be counted next: the registrations since the last release, up to a day."""
    grant = actor.grant(Permission.RELEASE_PREPARE)
    every = await queries.every(session, grant)
    if waiting := next((one for one in every if one.status is RELEASE.start), None):
        raise DraftWaits(release_id=str(waiting.id))
    drawn = [one.last_day for one in every if one.sha256]
    cohort = rules.next_cohort(max(drawn, default=None), given.last_day, given.expected_files)
    release = rules.drafted(cohort, clock.today(), actor.user_id)
    session.add(release)
    audit.record(session, actor, "release.draft", release.id)
    await session.flush()
    return release


async def check(session: AsyncSession, actor: Actor, release_id: UUID, version: int) -> Release:
    """Say that what was drawn may be published. By somebody else than who drafted it."""
    release = await _move(session, actor, Permission.RELEASE_CHECK, release_id, version, Action.CHECK)
    release.checked_by_id = actor.user_id
    await session.flush()
    return release


async def publish(session: AsyncSession, actor: Actor, release_id: UUID, version: int) -> Release:
    """Let everybody who may ask read it, on its day or after. By somebody else than who checked it."""
    release = await _move(session, actor, Permission.RELEASE_PREPARE, release_id, version, Action.PUBLISH)
    rules.need_its_day(release, clock.today())
    release.published_by_id = actor.user_id
    await session.flush()
    return release


async def withdraw(
    session: AsyncSession, actor: Actor, release_id: UUID, version: int, given: WithdrawRelease
) -> Release:
    """Take a draft or a release back. What it cost stays spent: nothing is drawn again for free."""
    release = await _move(session, actor, Permission.RELEASE_CHECK, release_id, version, Action.WITHDRAW)
    release.withdrawn_by_id, release.withdrawal_reason_code = actor.user_id, given.reason_code
    await session.flush()
    return release


async def _move(
    session: AsyncSession, actor: Actor, asked: Permission, release_id: UUID, version: int, action: Action
) -> Release:
    """The release on its new status, with what everybody's move leaves behind."""
    release = await queries.take(session, actor.grant(asked), release_id)
    if release.version != version:
        raise Stale
    move = RELEASE.find(release.status, action, rules.parties(actor))
    rules.need_somebody_else(release, actor, action)
    release.status = move.target
    if move.stamps:
        setattr(release, move.stamps, clock.now())
    if move.tells and release.created_by_id:
        notifications.tell_person(session, release.created_by_id, f"release.{action.value}", release.id)
    audit.record(session, actor, f"release.{action.value}", release.id)
    return release

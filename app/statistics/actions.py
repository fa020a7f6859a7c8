"""What people do to a release: one drafts it, another checks what was drawn, then it is published."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.errors import Stale
from app.notifications import actions as notifications
from app.statistics import queries, rules, tables
from app.statistics.errors import DraftWaits
from app.statistics.models import Release
from app.statistics.schemas import DraftRelease, WithdrawRelease
from app.statistics.states import RELEASE, Action, Kind, Party


async def draft(session: AsyncSession, actor: Actor, given: DraftRelease) -> Release:
    """Say what is to be counted next: of registrations those since the last release, up to a day."""
    grant = actor.grant(Permission.RELEASE_PREPARE)
    every = await queries.every(session, grant)
    waiting = (one for one in every if one.status is RELEASE.start and one.kind is given.kind)
    if found := next(waiting, None):
        raise DraftWaits(release_id=str(found.id))
    covered = rules.covered(every)
    period = rules.period(given.kind, given.last_day, given.expected_files, covered)
    if given.kind is Kind.REGISTRATIONS:
        rules.need_fewer_tables(tables.national(period), covered)
    release = rules.drafted(period, clock.today(), actor.user_id, given.kind)
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
    """Let everybody who may ask read it, on its day or after. By somebody else than who checked it.

    A rebase takes the place of every cohort released before: those stay readable, and no longer count.
    """
    release = await _move(session, actor, Permission.RELEASE_PREPARE, release_id, version, Action.PUBLISH)
    rules.need_its_day(release, clock.today())
    release.published_by_id = actor.user_id
    await session.flush()
    if release.kind is Kind.REBASE:
        await _replace(session, actor, release, Action.SUPERSEDE)
    return release


async def withdraw(
    session: AsyncSession, actor: Actor, release_id: UUID, version: int, given: WithdrawRelease
) -> Release:
    """Take a draft or a release back. What it cost stays spent: nothing is drawn again for free.

    What a rebase had taken the place of counts again.
    """
    release = await _move(session, actor, Permission.RELEASE_CHECK, release_id, version, Action.WITHDRAW)
    release.withdrawn_by_id, release.withdrawal_reason_code = actor.user_id, given.reason_code
    await session.flush()
    if release.kind is Kind.REBASE:
        await _replace(session, actor, release, Action.REINSTATE)
    return release


async def _replace(session: AsyncSession, actor: Actor, rebase: Release, action: Action) -> None:
    """What a rebase stands in place of follows it: superseded when it comes, counted again when it goes."""
    comes = action is Action.SUPERSEDE
    for release in await queries.replaced(
        session, actor.grant(Permission.RELEASE_CHECK), rebase, comes=comes
    ):
        move = RELEASE.find(release.status, action, (Party.SYSTEM,))
        release.status = move.target
        release.superseded_at = clock.now() if comes else None
        release.superseded_by_id = rebase.id if comes else None
        audit.record(session, actor, f"release.{action.value}", release.id)
    await session.flush()


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

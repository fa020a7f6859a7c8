"""Draw a release that has been paid for: one snapshot, one throw of the dice, only artefacts kept."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.config import settings
from app.core.db import Limits, unit_of_work
from app.statistics import artefact, disclosure, metadata, queries, rules
from app.statistics.consistency import Whole
from app.statistics.counting import Group, counted, counted_apart
from app.statistics.ledger import Due, Paid
from app.statistics.models import CAP, Artefact, Release
from app.statistics.states import RELEASE, Action, Kind, Party
from app.statistics.tables import Plan

PRODUCER = Limits(rights="stats_producer")
PATIENCE = sa.text(  # the transaction waits for the dice, and a broken one has burnt its budget
    "select set_config('statement_timeout', '10min', true),"
    " set_config('idle_in_transaction_session_timeout', '10min', true)"
)


@dataclass(frozen=True)
class Made:
    """A release, and whether this run made it or found it made."""

    release_id: UUID
    cohort: str
    sha256: str
    new: bool
    kind: Kind = Kind.REGISTRATIONS


async def prepare(engine: AsyncEngine, paid: Paid) -> Made:
    """Count, protect, and keep nothing but the artefacts."""
    async with unit_of_work(frozen(engine), PRODUCER) as session:
        release = await draw(session, paid)
    return made(release, new=True)


def frozen(engine: AsyncEngine) -> AsyncEngine:
    """The engine whose transactions see one moment."""
    return engine.execution_options(isolation_level="REPEATABLE READ")


async def draw(session: AsyncSession, paid: Paid) -> Release:
    """The same within a transaction that sees one moment."""
    await (await session.connection()).execute(PATIENCE)
    release, at = await _drafted(session, paid.due), clock.now()
    plan = paid.due.plan
    cells = await _drawn(session, paid.due)
    occasion = _occasion(release, at, paid, invented=await queries.invented(session))
    parts = metadata.artefacts(plan, cells, occasion)
    move = RELEASE.find(release.status, Action.PREPARE, (Party.JOB,))
    release.status, release.snapshot_at = move.target, at
    release.budget_entry_id = paid.entry_id
    release.config_sha256, release.sha256 = plan.sha256, artefact.fingerprint(parts)
    await session.flush()
    session.add_all(_rows(release.id, parts))
    await session.flush()
    return release


def publish_by_job(release: Release) -> None:
    """The answer to a question: two people approved it before it was drawn, so that nobody chooses after.

    It is published as of its snapshot: how long counting and throwing took is nobody's to read.
    """
    move = RELEASE.find(release.status, Action.PUBLISH, (Party.JOB,))
    release.status, release.published_at = move.target, release.snapshot_at


def made(release: Release, *, new: bool) -> Made:
    """A release as the job tells of it."""
    return Made(release.id, release.cohort, release.sha256 or "", new=new, kind=release.kind)


async def _drafted(session: AsyncSession, due: Due) -> Release:
    """The draft of this period, or a new one where the command line or the calendar asked for it."""
    draft = await queries.draft(session, due.kind)
    if draft is None or draft.cohort != due.plan.cohort.name:
        draft = rules.drafted(due.plan.cohort, clock.today(), kind=due.kind)
        session.add(draft)
        await session.flush()
    return draft


async def _drawn(session: AsyncSession, due: Due) -> Whole:
    """Safe cells of one snapshot."""
    if due.kind is Kind.CARE:
        return await asyncio.to_thread(
            _protected_apart, due.plan, await queries.care_groups(session, due.plan)
        )
    groups = await queries.groups(session, due.plan.cohort)
    return await asyncio.to_thread(_protected, due.plan, groups)


def _protected(plan: Plan, groups: Sequence[Group]) -> Whole:
    """Safe cells; the counts live no longer than this call."""
    return disclosure.protect(plan, counted(plan, groups))


def _protected_apart(plan: Plan, groups: Mapping[str, Sequence[Group]]) -> Whole:
    """The same where each table counts something of its own."""
    return disclosure.protect(plan, counted_apart(plan, groups))


def _occasion(release: Release, at: datetime, paid: Paid, *, invented: bool) -> metadata.Occasion:
    return metadata.Occasion(
        str(release.id),
        at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        release.publication_on.isoformat(),
        budget_used=paid.total,
        budget_cap=float(CAP),
        cohorts=paid.due.payers,
        corrected=paid.due.kind in queries.WHO,
        invented=invented,
        contact=settings().statistics_contact,
        commit=settings().commit,
    )


def _rows(release_id: UUID, parts: Sequence[artefact.Artefact]) -> list[Artefact]:
    return [
        Artefact(release_id=release_id, name=part.name, body=part.body.decode(), sha256=part.sha256)
        for part in parts
    ]

"""Prepare a release: pay, take a frozen snapshot, throw the dice once. Run by `dayaq release`.

What was prepared is checked by one person and published by another (`actions.py`). The charge is committed
before anything is counted. A run that fails after it has burnt its budget: nobody saw
its noise, and it is thrown again only if that is paid anew, so nobody can draw until a result pleases.
"""

import asyncio
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.db import Limits, unit_of_work
from app.statistics import artefact, disclosure, metadata, queries, rules, tables
from app.statistics.consistency import Whole
from app.statistics.counting import Group, counted
from app.statistics.errors import BudgetSpent, ReleaseBurnt
from app.statistics.models import CAP, Artefact, Cohort, Release
from app.statistics.states import RELEASE, Action, Party
from app.statistics.tables import Plan

PRODUCER = Limits(rights="stats_producer")
PATIENCE = sa.text("select set_config('statement_timeout', '10min', true)")
WAIT = sa.text(
    "select set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true),"
    " set_config('idle_in_transaction_session_timeout', '0', true)"
)
TURN = sa.text("select pg_advisory_xact_lock(hashtext('stats.release'))")
SPEND = sa.text("select stats.spend(:request, :cohort, :what, :rho)")
WHAT = "yearly release, {tables} tables"


@dataclass(frozen=True)
class Made:
    """A release, and whether this run made it or found it made."""

    release_id: UUID
    cohort: str
    sha256: str
    new: bool


@dataclass(frozen=True)
class _Paid:
    """A plan that has been charged to its cohort's ledger, and what that cohort has cost by now."""

    plan: Plan
    entry_id: UUID
    total: float


async def make_release(
    engine: AsyncEngine, until: date | None = None, expected_files: int | None = None, *, again: bool = False
) -> Made:
    """Prepare the draft that waits, or else the registrations since the last release up to a day.

    That day is the end of the last year that is over, unless another is given. What has been
    drawn already is given back as it is. ReleaseBurnt if an earlier run failed after paying; with `again` it
    is paid and made anew. The engine is open to a role that may become `stats_producer`.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    async with _turn(engine):
        return await _release(engine, until or rules.last_year_end(clock.today()), expected_files, again)


@asynccontextmanager
async def _turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """One run at a time: two at once could both see a cohort paid for, and each draw noise for it."""
    async with engine.begin() as connection:
        await connection.execute(WAIT)
        await connection.execute(TURN)
        yield


async def _release(engine: AsyncEngine, until: date, expected_files: int | None, again: bool) -> Made:
    async with unit_of_work(engine, PRODUCER) as session:
        latest = await queries.latest_cohort(session)
        made = latest and await queries.release_of(session, latest.name)
        draft = await queries.draft(session)
        if latest and made and not draft and until <= _last_day(latest):
            return Made(made.id, made.cohort, made.sha256 or "", new=False)
        if latest and not made:
            cohort = _burnt(latest, again)
        elif draft:
            cohort = tables.Cohort(draft.first_day, draft.last_day, draft.expected_files)
        else:
            cohort = rules.next_cohort(_last_day(latest) if latest else None, until, expected_files)
        rules.need_over(cohort, clock.today() - rules.LATE if draft else clock.today())
        paid = await _pay(session, tables.national(cohort))
    return await _prepare(engine, paid)


def _last_day(cohort: Cohort) -> date:
    """PostgreSQL keeps ranges of days without their end."""
    assert cohort.days.upper
    return cohort.days.upper - timedelta(days=1)


def _burnt(cohort: Cohort, again: bool) -> tables.Cohort:
    """A cohort that was paid for and never published, to be made anew only when that is asked for."""
    if not again:
        raise ReleaseBurnt("It failed or was withdrawn; --again pays anew.", cohort=cohort.name)
    return tables.Cohort(cohort.days.lower, _last_day(cohort), cohort.expected_files)


async def _pay(session: AsyncSession, plan: Plan) -> _Paid:
    """Enter the cohort and charge the plan to it; BudgetSpent if its files have not so much left."""
    cohort, rho = plan.cohort, disclosure.cost(plan).rho
    last = await queries.last_charge(session, cohort.name)
    spent = float(last.total) if last else 0.0
    if spent + rho > float(CAP):
        raise BudgetSpent(cohort=cohort.name, rho=rho, left=float(CAP) - spent)
    if last is None:
        days = Range(cohort.first_day, cohort.last_day, bounds="[]")
        session.add(Cohort(name=cohort.name, days=days, expected_files=cohort.expected_files))
        await session.flush()
    charge = {
        "request": f"{cohort.name}/{last.number + 1 if last else 1}",
        "cohort": cohort.name,
        "what": WHAT.format(tables=len(plan.tables)),
        "rho": rho,
    }
    entry_id: UUID = (await (await session.connection()).execute(SPEND, charge)).scalar_one()
    return _Paid(plan, entry_id, spent + rho)


async def _prepare(engine: AsyncEngine, paid: _Paid) -> Made:
    """Count one frozen snapshot, protect it, and keep nothing but the artefacts."""
    frozen = engine.execution_options(isolation_level="REPEATABLE READ")
    async with unit_of_work(frozen, PRODUCER) as session:
        await (await session.connection()).execute(PATIENCE)
        release, at = await _drafted(session, paid.plan.cohort), clock.now()
        groups = await queries.groups(session, paid.plan.cohort)
        cells = await asyncio.to_thread(_protected, paid.plan, groups)
        parts = metadata.artefacts(paid.plan, cells, _occasion(release, at, paid))
        move = RELEASE.find(release.status, Action.PREPARE, (Party.JOB,))
        release.status, release.snapshot_at = move.target, at
        release.budget_entry_id = paid.entry_id
        release.config_sha256, release.sha256 = paid.plan.sha256, artefact.fingerprint(parts)
        await session.flush()
        session.add_all(_rows(release.id, parts))
        await session.flush()
    return Made(release.id, release.cohort, release.sha256, new=True)


async def _drafted(session: AsyncSession, cohort: tables.Cohort) -> Release:
    """The draft of this cohort, or a new one where the command line asked for it."""
    draft = await queries.draft(session)
    if draft is None or draft.cohort != cohort.name:
        draft = rules.drafted(cohort, clock.today())
        session.add(draft)
        await session.flush()
    return draft


def _protected(plan: Plan, groups: Sequence[Group]) -> Whole:
    """Safe cells; the counts live no longer than this call."""
    return disclosure.protect(plan, counted(plan, groups))


def _occasion(release: Release, at: datetime, paid: _Paid) -> metadata.Occasion:
    return metadata.Occasion(
        str(release.id),
        at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        release.publication_on.isoformat(),
        budget_used=paid.total,
        budget_cap=float(CAP),
    )


def _rows(release_id: UUID, parts: Sequence[artefact.Artefact]) -> list[Artefact]:
    return [
        Artefact(release_id=release_id, name=part.name, body=part.body.decode(), sha256=part.sha256)
        for part in parts
    ]

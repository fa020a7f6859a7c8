"""Make a release: pay, take a frozen snapshot, throw the dice once, publish. Run by `dayaq release`.

The charge is committed before anything is counted. A run that fails after it has burnt its budget: nobody saw
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
from app.core.ids import new_id
from app.statistics import artefact, disclosure, metadata, queries, rules, tables
from app.statistics.consistency import Whole
from app.statistics.counting import Group, counted
from app.statistics.errors import BudgetSpent, ReleaseBurnt
from app.statistics.models import CAP, Artefact, Cohort, Release
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
    """Release the registrations since the last release, up to a day (by default the last year that is over).

    What has been released already is given back as it is. ReleaseBurnt if an earlier run failed after paying;
    with `again` it is paid and made anew. The engine is open to a role that may become `stats_producer`.
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
        if latest and made and until <= _last_day(latest):
            return Made(made.id, made.cohort, made.sha256, new=False)
        if latest and not made:
            cohort = _burnt(latest, again)
        else:
            cohort = rules.next_cohort(
                _last_day(latest) if latest else None, until, clock.today(), expected_files
            )
        paid = await _pay(session, tables.national(cohort))
    return await _publish(engine, paid)


def _last_day(cohort: Cohort) -> date:
    """PostgreSQL keeps ranges of days without their end."""
    assert cohort.days.upper
    return cohort.days.upper - timedelta(days=1)


def _burnt(cohort: Cohort, again: bool) -> tables.Cohort:
    """A cohort that was paid for and never published, to be made anew only when that is asked for."""
    if not again:
        raise ReleaseBurnt("An earlier run failed after it had paid; --again pays anew.", cohort=cohort.name)
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


async def _publish(engine: AsyncEngine, paid: _Paid) -> Made:
    """Count one frozen snapshot, protect it, and keep nothing but the artefacts."""
    frozen = engine.execution_options(isolation_level="REPEATABLE READ")
    async with unit_of_work(frozen, PRODUCER) as session:
        await (await session.connection()).execute(PATIENCE)
        release_id, at = new_id(), clock.now()
        cells = await asyncio.to_thread(
            _protected, paid.plan, await queries.groups(session, paid.plan.cohort)
        )
        parts = metadata.artefacts(paid.plan, cells, _occasion(release_id, at, paid))
        release = Release(
            id=release_id,
            cohort=paid.plan.cohort.name,
            budget_entry_id=paid.entry_id,
            status=queries.PUBLISHED,
            snapshot_at=at,
            published_at=at,
            config_sha256=paid.plan.sha256,
            sha256=artefact.fingerprint(parts),
        )
        session.add(release)
        await session.flush()
        session.add_all(_rows(release_id, parts))
        await session.flush()
    return Made(release_id, release.cohort, release.sha256, new=True)


def _protected(plan: Plan, groups: Sequence[Group]) -> Whole:
    """Safe cells; the counts live no longer than this call."""
    return disclosure.protect(plan, counted(plan, groups))


def _occasion(release_id: UUID, at: datetime, paid: _Paid) -> metadata.Occasion:
    moment = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return metadata.Occasion(str(release_id), moment, moment, budget_used=paid.total, budget_cap=float(CAP))


def _rows(release_id: UUID, parts: Sequence[artefact.Artefact]) -> list[Artefact]:
    return [
        Artefact(release_id=release_id, name=part.name, body=part.body.decode(), sha256=part.sha256)
        for part in parts
    ]

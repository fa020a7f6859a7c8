"""Prepare a release: pay, take a frozen snapshot, throw the dice once. Run by `dayaq release`.

What was prepared is checked by one person and published by another (`actions.py`). The charge is committed
before anything is counted. A run that fails after it has burnt its budget: nobody saw
its noise, and it is thrown again only if that is paid anew, so nobody can draw until a result pleases.
"""

import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.db import unit_of_work
from app.core.errors import Problem
from app.statistics import care, drawing, ledger, queries, rules, tables
from app.statistics.drawing import PRODUCER, Made
from app.statistics.errors import PeriodNotCovered, ReleaseBurnt
from app.statistics.ledger import Due
from app.statistics.models import Cohort
from app.statistics.states import Kind

__all__ = ["PRODUCER", "Made", "due", "make", "make_release", "turn"]

WAIT = sa.text(
    "select set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true),"
    " set_config('idle_in_transaction_session_timeout', '0', true)"
)
TURN = sa.text("select pg_advisory_xact_lock(hashtext('stats.release'))")
Find = Callable[[AsyncSession], Awaitable[Made | Due]]


async def make_release(
    engine: AsyncEngine, until: date | None = None, expected_files: int | None = None, *, again: bool = False
) -> Made:
    """Prepare the draft that waits, or else the registrations since the last release up to a day.

    That day is the end of the last year that is over, unless another is given. What has been
    drawn already is given back as it is. ReleaseBurnt if an earlier run failed after paying; with `again` it
    is paid and made anew. The engine is open to a role that may become `stats_producer`.
    """
    last_day = until or rules.last_year_end(clock.today())
    return await make(engine, Kind.REGISTRATIONS, last_day, expected_files, again=again)


async def make(
    engine: AsyncEngine, kind: Kind, last_day: date, expected_files: int | None = None, *, again: bool = False
) -> Made:
    """The same for a release of any kind: the one that ends on this day, or the draft that waits."""

    async def find(session: AsyncSession) -> Made | Due:
        if kind is Kind.REGISTRATIONS:
            return await _registrations(session, last_day, expected_files, again)
        return await _other(session, kind, last_day, expected_files, again)

    return await _make(engine, find)


async def due(engine: AsyncEngine) -> list[Made | Problem]:
    """All that the calendar asks for and every draft that may be drawn; each period once, however often run.

    A refusal stands in the list, and keeps nothing else from being made.
    """
    before = await _released_until(engine)
    done = [await _tried(engine, Kind.REGISTRATIONS, rules.last_year_end(clock.today()))]
    after = await _released_until(engine)
    if after is None:
        return done
    quarters = rules.quarters_due(before or after, clock.today())
    done += [await _tried(engine, Kind.BULLETIN, end) for end in quarters]
    year_end = rules.last_year_end(clock.today())
    if year_end <= after:
        done.append(await _tried(engine, Kind.CARE, year_end))
    async with unit_of_work(engine, PRODUCER) as session:
        rebase = await queries.draft(session, Kind.REBASE)
    if rebase:
        done.append(await _tried(engine, Kind.REBASE, rebase.last_day))
    return done


async def _tried(engine: AsyncEngine, kind: Kind, last_day: date) -> Made | Problem:
    try:
        return await make(engine, kind, last_day)
    except Problem as refusal:
        return refusal


async def _released_until(engine: AsyncEngine) -> date | None:
    async with unit_of_work(engine, PRODUCER) as session:
        return (await _covered(session)).until


async def _make(engine: AsyncEngine, find: Find) -> Made:
    """One run at a time pays and draws what it finds due."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    async with turn(engine):
        async with unit_of_work(engine, PRODUCER) as session:
            found = await find(session)
            if isinstance(found, Made):
                return found
            paid = await ledger.pay(session, found)
        return await drawing.prepare(engine, paid)


@asynccontextmanager
async def turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """One run at a time: two at once could both see a cohort paid for, and each draw noise for it."""
    async with engine.begin() as connection:
        await connection.execute(WAIT)
        await connection.execute(TURN)
        yield


async def _registrations(
    session: AsyncSession, until: date, expected_files: int | None, again: bool
) -> Made | Due:
    """The cohort that is due: of the draft, burnt, known by bulletins, or the next by the calendar."""
    drawn, entered = await _drawn_and_entered(session)
    release = drawn and await queries.release_of(session, Kind.REGISTRATIONS, drawn.name)
    draft = await queries.draft(session, Kind.REGISTRATIONS)
    if drawn and release and not draft and until <= ledger.last_day(drawn):
        return drawing.made(release, new=False)
    if drawn and not release:
        cohort = _burnt(drawn, again)
    elif draft:
        cohort = tables.Cohort(draft.first_day, draft.last_day, draft.expected_files)
    elif entered and ledger.last_day(entered) <= until:
        cohort = ledger.as_entered(entered)
    else:
        cohort = rules.next_cohort(ledger.last_day(drawn) if drawn else None, until, expected_files)
    rules.need_over(cohort, clock.today() - rules.LATE if draft else clock.today())
    plan = tables.national(cohort)
    rules.need_fewer_tables(plan, await _covered(session))
    known = {one.name for one in (drawn, entered) if one}
    if cohort.name not in known:
        await ledger.enter(session, cohort)
    return Due(Kind.REGISTRATIONS, plan, (cohort.name,))


def _burnt(cohort: Cohort, again: bool) -> tables.Cohort:
    """A cohort that was paid for and never published, to be made anew only when that is asked for."""
    if not again:
        raise ReleaseBurnt("It failed or was withdrawn; --again pays anew.", cohort=cohort.name)
    return ledger.as_entered(cohort)


async def _drawn_and_entered(session: AsyncSession) -> tuple[Cohort | None, Cohort | None]:
    """The newest cohort whose registrations were paid for, and the one after it that only bulletins know."""
    drawn = entered = None
    for cohort in await queries.cohorts(session):
        if await queries.charges(session, cohort.name, Kind.REGISTRATIONS):
            drawn = cohort
        else:
            entered = cohort
    return drawn, entered


async def _covered(session: AsyncSession) -> rules.Covered:
    """Which registrations have been paid for."""
    until, expected = None, 0
    for cohort in await queries.cohorts(session):
        if await queries.charges(session, cohort.name, Kind.REGISTRATIONS):
            until, expected = ledger.last_day(cohort), expected + cohort.expected_files
    return rules.Covered(until, expected)


async def _other(
    session: AsyncSession, kind: Kind, last_day: date, expected_files: int | None, again: bool
) -> Made | Due:
    """A bulletin, a year of care or a rebase: as it was drawn, or what it takes to draw it."""
    draft = await queries.draft(session, kind)
    if draft and draft.last_day == last_day:
        expected_files = draft.expected_files
    period = rules.period(kind, last_day, expected_files, await _covered(session))
    if found := await queries.release_of(session, kind, period.name):
        return drawing.made(found, new=False)
    rules.need_over(period, clock.today() - rules.LATE)
    payers = [one.name for one in await queries.cohorts(session) if _begins_by(one, last_day)]
    if kind is Kind.BULLETIN:
        payers = [await _cohort_of(session, period)]
        paid = await queries.bulletins_paid(session, period.first_day)
    else:
        paid = await queries.charges(session, payers[-1], kind, f"{kind.value} {period.name}/")
    if paid and not again:
        raise ReleaseBurnt("It failed or was withdrawn; --again pays anew.", cohort=period.name)
    plan = PLANS[kind](period)
    if kind is Kind.REBASE:
        rules.need_fewer_tables(plan, await _covered(session))
    return Due(kind, plan, tuple(payers), f"{kind.value} {period.name}/{paid + 1}")


PLANS: dict[Kind, Callable[[tables.Cohort], tables.Plan]] = {
    Kind.BULLETIN: tables.quarterly,
    Kind.CARE: care.yearly,
    Kind.REBASE: tables.national,
}


def _begins_by(cohort: Cohort, day: date) -> bool:
    return cohort.days.lower is None or cohort.days.lower <= day


async def _cohort_of(session: AsyncSession, quarter: tables.Cohort) -> str:
    """The cohort that a quarter lies in; where none does, that of its year is entered, from the last on."""
    assert quarter.first_day
    cohorts = await queries.cohorts(session)
    until = ledger.last_day(cohorts[-1]) if cohorts else None
    for cohort in cohorts:
        if _begins_by(cohort, quarter.first_day) and quarter.last_day <= ledger.last_day(cohort):
            return cohort.name
    if until is None or quarter.first_day <= until:
        raise PeriodNotCovered(covered_until=until and until.isoformat())
    year = rules.next_cohort(until, date(quarter.last_day.year, 12, 31), None)
    await ledger.enter(session, year)
    return year.name

"""Pay for a draw before anything is counted: a line in the ledger of every cohort that may be counted."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlmodel.ext.asyncio.session import AsyncSession

from app.statistics import disclosure, queries, tables
from app.statistics.errors import BudgetSpent
from app.statistics.models import CAP, Cohort, Quarter
from app.statistics.states import Kind
from app.statistics.tables import Plan

SPEND = sa.text("select stats.spend(:request, :cohort, :what, :rho, :kind)")
WHAT = {
    Kind.REGISTRATIONS: "yearly release, {tables} tables",
    Kind.BULLETIN: "bulletins of quarters, {tables} table",
    Kind.CARE: "year of care, {tables} tables",
    Kind.REBASE: "rebase, {tables} tables",
    Kind.REQUEST: "a question that was asked, {tables} table",
}


@dataclass(frozen=True)
class Due:
    """What is to be drawn, and which cohorts pay: all whose files may be counted."""

    kind: Kind
    plan: Plan
    payers: tuple[str, ...]
    asked: str = ""  # the ledger's name for the occasion; empty: the cohort's own


@dataclass(frozen=True)
class Paid:
    """A plan that has been charged, and what the dearest of its cohorts has cost by now."""

    due: Due
    entry_id: UUID
    total: float


async def pay(session: AsyncSession, due: Due) -> Paid:
    """Charge every cohort, or none: BudgetSpent if the files of one have not so much left."""
    if due.kind is Kind.BULLETIN:
        return await _pay_quarter(session, due)
    charged = [await _charge(session, due, cohort) for cohort in due.payers]
    return Paid(due, charged[-1][0], max(total for _, total in charged))


async def enter(session: AsyncSession, cohort: tables.Cohort) -> None:
    """Let the ledger know a cohort: from here on its days are nobody else's."""
    days = Range(cohort.first_day, cohort.last_day, bounds="[]")
    session.add(Cohort(name=cohort.name, days=days, expected_files=cohort.expected_files))
    await session.flush()


def last_day(cohort: Cohort) -> date:
    """PostgreSQL keeps ranges of days without their end."""
    assert cohort.days.upper
    return cohort.days.upper - timedelta(days=1)


def as_entered(cohort: Cohort) -> tables.Cohort:
    """A cohort as the ledger has it."""
    return tables.Cohort(cohort.days.lower, last_day(cohort), cohort.expected_files)


async def _charge(session: AsyncSession, due: Due, cohort: str) -> tuple[UUID, float]:
    """One more line of a cohort, and what the cohort has cost with it."""
    last, rho = await queries.last_charge(session, cohort), disclosure.cost(due.plan).rho
    spent = float(last.total) if last else 0.0
    if spent + rho > float(CAP):
        raise BudgetSpent(cohort=cohort, rho=rho, left=float(CAP) - spent)
    line = {
        "request": f"{due.asked}@{cohort}" if due.asked else f"{cohort}/{last.number + 1 if last else 1}",
        "cohort": cohort,
        "what": WHAT[due.kind].format(tables=len(due.plan.tables)),
        "rho": rho,
        "kind": due.kind.value,
    }
    entry_id: UUID = (await (await session.connection()).execute(SPEND, line)).scalar_one()
    return entry_id, spent + rho


async def _pay_quarter(session: AsyncSession, due: Due) -> Paid:
    """A quarter on a line that has not paid for it yet; each file is in one quarter, so it pays once."""
    [cohort], first_day = due.payers, due.plan.cohort.first_day
    assert first_day
    line = await queries.line_for_quarter(session, cohort, first_day)
    if line is None:
        entry_id, total = await _charge(session, due, cohort)
    else:
        last = await queries.last_charge(session, cohort)
        entry_id, total = line.id, float(last.total if last else line.total)
    session.add(Quarter(budget_entry_id=entry_id, first_day=first_day))
    await session.flush()
    return Paid(due, entry_id, total)

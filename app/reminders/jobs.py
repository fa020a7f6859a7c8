"""What the calendar does every day. Each job is run again until it does nothing more."""

from datetime import timedelta

from app.access.actor import CALENDAR
from app.access.table import Permission, Role
from app.accounts import queries as accounts
from app.cases import actions as cases
from app.cases import raising
from app.core import clock
from app.core.config import settings
from app.core.db import Bind, unit_of_work
from app.organisations import actions as organisations
from app.reminders import queries
from app.reminders.table import RULES, Rule


async def remind(database: Bind) -> int:
    """Raise every task that a rule asks for by today; how many. A second run of the same day raises none."""
    raised = 0
    for rule in RULES:
        while some := await _some(database, rule):
            raised += some
    return raised


async def wake(database: Bind) -> int:
    """Wake some of the cases whose day has come, in one unit of work; how many."""
    async with unit_of_work(database, CALENDAR.limits) as session:
        found = await queries.asleep(session, CALENDAR.grant(Permission.CASE_WRITE), clock.today())
        for case in found:
            await cases.wake(session, CALENDAR, case.id, case.version)
        return len(found)


async def ask_to_verify(database: Bind) -> int:
    """Ask whether services that nobody verified for long are still offered; how many. Again asks nobody."""
    wait = timedelta(days=settings().verify_offer_days)
    async with unit_of_work(database, CALENDAR.limits) as session:
        staffed, keepers = (
            await accounts.staffed(session),
            await accounts.acting_as(session, Role.COORDINATOR),
        )
        return await organisations.ask_to_verify(session, CALENDAR, wait, staffed, keepers)


async def _some(database: Bind, rule: Rule) -> int:
    """One unit of work: so many tasks of one rule."""
    async with unit_of_work(database, CALENDAR.limits) as session:
        grant = CALENDAR.grant(Permission.CASE_WRITE)
        due = await queries.unraised(session, grant, rule, clock.today())
        return len(await raising.raise_tasks(session, CALENDAR, rule.kind_code, due))

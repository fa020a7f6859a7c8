"""What happens to referrals without anybody's request."""

from datetime import timedelta

from app.access.actor import CALENDAR
from app.access.table import Permission
from app.core.config import settings
from app.core.db import Bind, unit_of_work
from app.core.pages import FIRST
from app.referrals import actions, escalation, waiting


async def expire(database: Bind, grace: timedelta | None = None) -> int:
    """End what was not answered, so long after its answer-by date; how many. Run again until it is none.

    Everything in one unit of work; what somebody is changing at this moment is left for the next run.
    """
    wait = timedelta(days=settings().referral_grace_days) if grace is None else grace
    async with unit_of_work(database, CALENDAR.limits) as session:
        return await actions.expire(session, CALENDAR, wait)


async def escalate(database: Bind) -> int:
    """Tell of what was not answered in time, step by step; how many steps. Run again until it is none."""
    taken, last = 0, FIRST
    while True:
        async with unit_of_work(database, CALENDAR.limits) as session:
            some, reached = await escalation.escalate(session, CALENDAR, last)
        if reached is None:
            return taken
        taken, last = taken + some, reached


async def measure_load(database: Bind) -> int:
    """Count anew, for the directory, how many wait for each service and how many began; how many counts."""
    async with unit_of_work(database, CALENDAR.limits) as session:
        return await waiting.measure_load(session, CALENDAR.grant(Permission.QUEUE_READ))

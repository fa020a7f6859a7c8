"""The clock is measured by the calendar, once a day."""

from app.access.actor import CALENDAR
from app.access.table import Permission
from app.core import clock
from app.core.db import Bind, unit_of_work
from app.waits import queries


async def measure(database: Bind) -> int:
    """Measure every wait anew, in one unit of work: readers see the old measures or the new; how many."""
    async with unit_of_work(database, CALENDAR.limits) as session:
        return await queries.measure(session, CALENDAR.grant(Permission.OVERSIGHT_READ), clock.now())

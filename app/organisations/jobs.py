"""What happens to the directory without anybody's request."""

from datetime import timedelta

from app.access.actor import CALENDAR
from app.core.config import settings
from app.core.db import Bind, unit_of_work
from app.organisations import actions


async def ask_to_verify(database: Bind) -> int:
    """Ask whether services that nobody verified for long are still offered; how many. Again asks nobody."""
    async with unit_of_work(database, CALENDAR.limits) as session:
        return await actions.ask_to_verify(session, CALENDAR, timedelta(days=settings().verify_offer_days))

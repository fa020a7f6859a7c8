"""What the calendar does every day: scores that the person let be seen until a day are seen no longer."""

from app.access.actor import CALENDAR
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.core import clock
from app.core.db import Bind, unit_of_work
from app.wellbeing import actions, queries


async def forget(database: Bind) -> int:
    """Delete the copies of some consents whose last day is over, in one unit of work; of how many."""
    async with unit_of_work(database, CALENDAR.limits) as session:
        grant = CALENDAR.grant(Permission.PSYCHOSOCIAL_STATUS)
        over = await queries.over(session, grant, clock.today())
        for consent in over:
            await actions.end(session, CALENDAR, consent)
            trail = [consent.id, consent.case_id, consent.survivor_id]
            audit.record(session, CALENDAR, "wellbeing.expire", trail, FieldClass.MENTAL_HEALTH)
        return len(over)

"""What the calendar does for devices: reckon anew when each is due, where a birth or an interval changed."""

from uuid import UUID

from app.access.actor import CALENDAR
from app.access.table import Permission
from app.core.db import Bind, unit_of_work
from app.rehabilitation import queries
from app.rehabilitation.steps import reckon_due

FIRST = UUID(int=0)


async def reckon(database: Bind) -> int:
    """Reckon anew when the next one of every device in use is due; how many are due on another day now."""
    after, changed = FIRST, 0
    while True:
        async with unit_of_work(database, CALENDAR.limits) as session:
            some = await queries.in_use(session, CALENDAR.grant(Permission.REHABILITATION_READ), after)
            if not some:
                return changed
            for device in some:
                now = reckon_due(device.order, device.birth)
                changed += device.order.due_on != now
                device.order.due_on = now
            after = some[-1].order.id

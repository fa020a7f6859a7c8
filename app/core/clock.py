"""The only place that asks for the time, so that tests can hold it still; and what day it is here.

Here is the programme's time zone. A moment has no day of its own: whoever needs one asks `day_of`, and in SQL
the function of the same name.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.core.config import settings


def now() -> datetime:
    """The present moment, always in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's calendar date here."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The calendar date of a moment, here."""
    return moment.astimezone(ZoneInfo(settings().time_zone)).date()


def beginning(day: date) -> datetime:
    """The moment when a day begins here, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(settings().time_zone)).astimezone(UTC)

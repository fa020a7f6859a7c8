"""When a repeating session takes place: RFC 5545 rules over local time. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil import rrule

MOST = 200  # sessions of one series
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


def moments(
    first: datetime, weekdays: Sequence[str], every_weeks: int, until: date, but: Iterable[date], zone: str
) -> list[datetime]:
    """Each time of a weekly series, at the same time of the local day, from the first to the last day.

    Local, so that a change of the clock moves the moment and not the hour on the wall.
    """
    here = ZoneInfo(zone)
    start = first.astimezone(here)
    rule = rrule.rrule(
        rrule.WEEKLY,
        dtstart=start.replace(tzinfo=None),
        interval=every_weeks,
        byweekday=[WEEKDAYS.index(day) for day in weekdays],
        until=datetime.combine(until, time.max),
    )
    without = set(but)
    days = [moment for moment in islice(rule, MOST + 1) if moment.date() not in without]
    return [moment.replace(tzinfo=here).astimezone(UTC) for moment in days]


def text(weekdays: Sequence[str], every_weeks: int, until: date) -> str:
    """The rule as RFC 5545 writes it."""
    days = ",".join(day.upper() for day in WEEKDAYS if day in weekdays)
    return f"FREQ=WEEKLY;INTERVAL={every_weeks};BYDAY={days};UNTIL={until:%Y%m%d}T235959"

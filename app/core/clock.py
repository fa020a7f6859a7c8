"""The only place that asks for the time, so that tests can hold it still."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, always in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's calendar date in UTC."""
    return now().date()


def today_in(zone: str) -> date:
    """Today's calendar date in this time zone."""
    return now().astimezone(ZoneInfo(zone)).date()

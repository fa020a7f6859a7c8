"""The only place that asks for the time, so that tests can hold it still."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The present moment, always in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's calendar date in UTC."""
    return now().date()

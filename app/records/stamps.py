"""Moments of which the minute, the hour or only the day is known, each with who says so. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict
from pydantic_core import PydanticCustomError

from app.codelists import lists
from app.codelists.lists import recorded
from app.core import clock
from app.core.given import Given, Instant
from app.core.shown import Shown

SOURCES = "stamp_source"
CLOCKS_DIFFER = timedelta(minutes=5)
PARTS = ("at", "precision", "source_code")


class Fineness(StrEnum):
    """How finely a moment is known."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


LONG = {
    Fineness.MINUTE: timedelta(),
    Fineness.HOUR: timedelta(minutes=59),
    Fineness.DAY: timedelta(hours=23, minutes=59),
}
"""From the first to the last minute that such a moment may stand for."""


class Stamp(Given):
    """A moment: the first minute of the minute, hour or day that is known, and who says so."""

    model_config = ConfigDict(frozen=True)

    at: Instant
    precision: Fineness
    source_code: Annotated[str, recorded(SOURCES)]

    @property
    def last(self) -> datetime:
        """The last minute that it may stand for."""
        return self.at + LONG[self.precision]


class Span(Shown):
    """A length of time between two moments: the least and the most minutes that it may have been."""

    least_minutes: int
    most_minutes: int


def _past(stamp: Stamp) -> Stamp:
    if stamp.at > clock.now() + CLOCKS_DIFFER:
        raise PydanticCustomError("in_the_future", "This moment has not come yet")
    if not lists.load(SOURCES)[stamp.source_code].in_force(clock.today()):
        raise PydanticCustomError("code_not_in_force", "A code not in force, list {list}", {"list": SOURCES})
    return stamp


PastStamp = Annotated[Stamp, AfterValidator(_past)]
"""A moment that has come."""


def surely_before(one: Stamp, other: Stamp) -> bool:
    """Whether the first lies before the second, whatever moments they stand for."""
    return one.last < other.at


def span(first: Stamp | None, last: Stamp | None) -> Span | None:
    """How long it was from one moment to a later one; not known where one of them is not."""
    if first is None or last is None:
        return None
    least, most = last.at - first.last, last.last - first.at
    return Span(least_minutes=_minutes(least), most_minutes=_minutes(most))


def _minutes(length: timedelta) -> int:
    return max(0, length // timedelta(minutes=1))


def stamp_of(record: object, name: str) -> Stamp | None:
    """A moment from its three columns, as it is kept: it was judged when it came in."""
    at, precision, source = (getattr(record, f"{name}_{part}") for part in PARTS)
    if at is None:
        return None
    return Stamp.model_construct(at=at, precision=Fineness(precision), source_code=source)


def parts_of(name: str, stamp: Stamp | None) -> Mapping[str, Any]:
    """A moment as its three columns."""
    parts = (stamp.at, stamp.precision.value, stamp.source_code) if stamp else (None, None, None)
    return dict(zip((f"{name}_{part}" for part in PARTS), parts, strict=True))

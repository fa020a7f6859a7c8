"""Dates of which only a part is known, and ages from them. A day is never invented."""

from calendar import monthrange
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from app.core import clock
from app.core.given import Day, Flag, Given

EARLIEST_YEAR = 1900  # as Day


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


FIRST_DAYS: dict[str, Any] = {
    "oneOf": [
        {"properties": {"precision": {"const": "day"}}},
        {"properties": {"precision": {"const": "month"}, "date": {"pattern": "-01$"}}},
        {"properties": {"precision": {"const": "year"}, "date": {"pattern": "-01-01$"}}},
    ]
}


class PartialDate(Given):
    """A day, a month or a year, written as its first day; `estimated` where nobody was sure of it."""

    model_config = ConfigDict(frozen=True, json_schema_extra=FIRST_DAYS)

    date: Day
    precision: Precision
    estimated: Flag = False

    @model_validator(mode="after")
    def _first_day(self) -> Self:
        if self.date != _first(self.date, self.precision):
            raise PydanticCustomError(
                "day_not_known", "With this precision the date is the first day of its period"
            )
        return self

    @property
    def last(self) -> Day:
        """The last day that the date may stand for."""
        match self.precision:
            case Precision.DAY:
                return self.date
            case Precision.MONTH:
                return self.date.replace(day=monthrange(self.date.year, self.date.month)[1])
            case Precision.YEAR:
                return self.date.replace(month=12, day=31)


def _first(day: date, precision: Precision) -> date:
    match precision:
        case Precision.DAY:
            return day
        case Precision.MONTH:
            return day.replace(day=1)
        case Precision.YEAR:
            return day.replace(month=1, day=1)


def coarser(known: PartialDate, precision: Precision) -> PartialDate:
    """The same date with less of it told; as it is where it never told more."""
    order = list(Precision)
    widest = max(known.precision, precision, key=order.index)
    return PartialDate(date=_first(known.date, widest), precision=widest, estimated=known.estimated)


def age_on(born: PartialDate, day: date) -> tuple[int, int] | None:
    """The least and the greatest possible age on a day, in whole years; None where the birth lies after it.

    The known part is taken as it stands: `estimated` says that it may be wrong, not by how much.
    """
    if born.date > day:
        return None
    return max(0, _years(born.last, day)), _years(born.date, day)


def _years(born: date, day: date) -> int:
    """Whole years; who was born on 29 February is a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def born_about(age: int, day: date) -> PartialDate:
    """An estimated year of birth from an age in whole years: of the two possible, the one with more days."""
    year = max(day.year - age - (day.month <= 6), EARLIEST_YEAR)
    return PartialDate(date=date(year, 1, 1), precision=Precision.YEAR, estimated=True)


def not_in_future(day: date) -> date:
    """The day, unless it has not begun here."""
    if day > clock.today():
        raise PydanticCustomError("in_the_future", "This date has not come yet")
    return day


def _not_in_future(known: PartialDate) -> PartialDate:
    not_in_future(known.date)
    return known


PastDay = Annotated[Day, AfterValidator(not_in_future)]
"""A day that has begun."""
PastDate = Annotated[PartialDate, AfterValidator(_not_in_future)]
"""A partial date whose first day has begun."""

"""When a device is due to be replaced: by the age of who wears it, from intervals that are data. Pure."""

import csv
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from app.codelists import lists
from app.core.dates import PartialDate

FILE = Path(__file__).parent / "intervals.csv"
LATEST = date(2100, 12, 31)


class Band(NamedTuple):
    """From which age until which a device lasts so many months."""

    from_age: int
    until_age: int
    months: int


@cache
def bands(group: str) -> Sequence[Band]:
    """The bands of a group of devices, youngest first; none where nobody says how long one lasts."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, strict=True) if row["group"] == group]
    return tuple(Band(*(int(row[name]) for name in Band._fields)) for row in rows)


def due_on(product_code: str, delivered_on: date | None, birth: PartialDate | None) -> date | None:
    """The first day on which it is as old as it may be at the age that its wearer then has.

    So a birthday that brings another band moves it. Where the birth is not known to the day, the wearer is
    taken as young as may be: a visit too early harms less than one too late. Unknown birth: unknown.
    """
    group = lists.load("assistive_product")[product_code].extra["replaced_as"]
    if delivered_on is None or birth is None or not group:
        return None
    for band in bands(group):
        begins = _birthday(birth.last, band.from_age) if band.from_age else delivered_on
        day = max(begins, later(delivered_on, band.months))
        if day < _birthday(birth.last, band.until_age + 1):
            return day
    return None


def later(day: date, months: int) -> date:
    """The same day of the month, so many months later; the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > LATEST.year:
        return LATEST
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _birthday(born: date, age: int) -> date:
    """The first day at this age: for who was born on 29 February, in a common year, 1 March."""
    year = min(born.year + age, LATEST.year + 1)
    if (born.month, born.day) == (2, 29) and monthrange(year, 2)[1] == 28:
        return date(year, 3, 1)
    return born.replace(year=year)

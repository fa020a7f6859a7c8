"""How long people wait for a service, from how many are waiting and how many were served of late. Pure.

The forecast is Little's law for somebody who joins now: those who wait, divided by those who begin a day.
It is said only where enough have begun, for one or two beginnings say nothing about the next.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import asin, ceil, cos, radians, sin, sqrt

OVER = timedelta(days=180)  # the last months that count
ENOUGH = 3  # beginnings in them, or nothing is forecast
EARTH = 6371.0088  # km: mean radius (IUGG)


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


def forecast_days(waiting: int, begun: int) -> int | None:
    """For how many days somebody who joins now will wait; None where too few have begun of late."""
    return None if begun < ENOUGH else ceil(waiting * OVER.days / begun)


def free_places(monthly_capacity: int | None, begun_this_month: int) -> int | None:
    """How many more can begin this month; None where nobody has said how many can."""
    return None if monthly_capacity is None else max(monthly_capacity - begun_this_month, 0)


def distance_km(one: Point, other: Point) -> float:
    """The great circle between two points, by the haversine formula, to a tenth of a kilometre."""
    up, across = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    north = cos(radians(one.latitude)) * cos(radians(other.latitude))
    chord = sin(up / 2) ** 2 + north * sin(across / 2) ** 2
    return round(2 * EARTH * asin(min(1.0, sqrt(chord))), 1)

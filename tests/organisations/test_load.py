"""How long people wait, how far it is, how many places are free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.organisations.load import Point, distance_km, forecast_days, free_places

BAKU, GANJA, NAKHCHIVAN = Point(40.3777, 49.8920), Point(40.6828, 46.3606), Point(39.2089, 45.4122)
LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)
POINTS = st.builds(Point, LATITUDES, LONGITUDES)


@pytest.mark.parametrize(
    ("waiting", "begun", "days"),
    [(0, 30, 0), (10, 180, 10), (10, 90, 20), (1, 180, 1), (7, 3, 420), (10, 2, None), (0, 0, None)],
)
def test_a_forecast_is_the_queue_by_the_pace_and_unknown_where_there_is_none(
    waiting: int, begun: int, days: int | None
) -> None:
    assert forecast_days(waiting, begun) == days


@pytest.mark.parametrize(("capacity", "begun", "free"), [(None, 4, None), (8, 3, 5), (8, 8, 0), (8, 11, 0)])
def test_free_places_are_never_less_than_none_and_unknown_stays_so(
    capacity: int | None, begun: int, free: int | None
) -> None:
    assert free_places(capacity, begun) == free


@pytest.mark.parametrize(
    ("one", "other", "km"), [(BAKU, GANJA, 299.5), (BAKU, NAKHCHIVAN, 405.3), (BAKU, BAKU, 0)]
)
def test_distances_are_those_of_the_great_circle(one: Point, other: Point, km: float) -> None:
    assert distance_km(one, other) == pytest.approx(km, rel=0.01)


@given(POINTS, POINTS)
def test_it_is_as_far_there_as_back_and_never_further_than_half_around(one: Point, other: Point) -> None:
    assert distance_km(one, other) == distance_km(other, one)
    assert 0 <= distance_km(one, other) <= 20_016

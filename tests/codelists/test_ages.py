"""Age bands from birth dates of which not everything is known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.codelists import lists
from app.codelists.ages import UNKNOWN, band_of, band_on
from app.core.dates import PartialDate, Precision, age_on

DAY = date(2026, 11, 23)


def _born(year: int, month: int = 1, day: int = 1, precision: str = "day") -> PartialDate:
    return PartialDate(date=date(year, month, day), precision=Precision(precision))


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "0_5"), (5, "0_5"), (6, "6_11"), (11, "6_11"), (12, "12_17"), (17, "12_17"),
     (18, "18_59"), (59, "18_59"), (60, "60_plus"), (130, "60_plus"), (-1, UNKNOWN)],
)  # fmt: skip
def test_each_age_has_one_band(age: int, band: str) -> None:
    assert band_of(age) == band


def test_a_child_becomes_an_adult_on_the_eighteenth_birthday() -> None:
    assert band_on(_born(2008, 11, 24), DAY) == "12_17"
    assert band_on(_born(2008, 11, 23), DAY) == "18_59"


def test_a_year_alone_tells_the_band_only_where_the_whole_year_agrees() -> None:
    assert band_on(_born(2000, precision="year"), DAY) == "18_59"
    assert band_on(_born(2008, precision="year"), DAY) == UNKNOWN
    assert band_on(_born(2008, 11, precision="month"), DAY) == UNKNOWN
    assert band_on(_born(2008, 10, precision="month"), DAY) == "18_59"


def test_no_birth_date_and_a_birth_after_the_day_are_unknown() -> None:
    assert band_on(None, DAY) == UNKNOWN
    assert band_on(_born(2027), DAY) == UNKNOWN


@given(st.dates(date(1900, 1, 1), date(2026, 11, 23)), st.sampled_from(Precision))
def test_the_band_is_never_wrong_about_anybody_it_may_be(born: date, precision: Precision) -> None:
    coarse = {Precision.MONTH: {"day": 1}, Precision.YEAR: {"month": 1, "day": 1}}.get(precision, {})
    known = PartialDate(date=born.replace(**coarse), precision=precision)
    exact = age_on(_born(born.year, born.month, born.day), DAY)
    assert exact is not None

    band = band_on(known, DAY)

    assert band in {UNKNOWN, band_of(exact[0])}
    assert UNKNOWN in lists.load("age_band")

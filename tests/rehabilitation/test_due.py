"""When the next device is due: by the age of who wears it, however little of the birth is known."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.codelists import lists
from app.core.dates import PartialDate, Precision, age_on
from app.rehabilitation.due import bands, due_on, later

LEG = "ll_prosthesis"
BORN = st.dates(date(1950, 1, 1), date(2020, 12, 31))
LIVED = st.integers(0, 365 * 80)


def born(day: date, precision: Precision = Precision.DAY) -> PartialDate:
    whole = {Precision.MONTH: {"day": 1}, Precision.YEAR: {"month": 1, "day": 1}}
    return PartialDate(date=day.replace(**whole.get(precision, {})), precision=precision)


@pytest.mark.parametrize(
    ("birth", "delivered", "due"),
    [
        (date(2015, 3, 1), date(2024, 1, 15), date(2024, 7, 15)),  # a child of eight: six months
        (date(2010, 3, 1), date(2024, 1, 15), date(2025, 1, 15)),  # fourteen: a year
        (date(1990, 3, 1), date(2024, 1, 15), date(2027, 1, 15)),  # grown up: three years
        (date(2012, 3, 1), date(2023, 12, 1), date(2024, 12, 1)),  # twelve before the half year is over
        (date(2012, 9, 1), date(2024, 2, 29), date(2024, 8, 29)),  # three days before twelve
        (date(2012, 8, 29), date(2024, 2, 29), date(2025, 2, 28)),  # on the birthday itself
        (date(2006, 6, 1), date(2023, 6, 2), date(2026, 6, 2)),  # eighteen before the year is over
        (date(2006, 6, 1), date(2023, 5, 31), date(2024, 5, 31)),  # a day before eighteen
        (date(2012, 2, 29), date(2023, 8, 31), date(2024, 8, 31)),  # born on a leap day, twelve on another
        (date(2012, 2, 29), date(2029, 9, 1), date(2032, 9, 1)),  # eighteen on 1 March
    ],
)
def test_the_age_on_the_day_decides(birth: date, delivered: date, due: date) -> None:
    assert due_on(LEG, delivered, born(birth)) == due


@given(BORN, LIVED)
def test_it_is_the_first_day_on_which_the_device_is_too_old_for_the_age(birth: date, days: int) -> None:
    """Held against every day on its own, by the table."""
    delivered = birth + timedelta(days=days)
    due = due_on(LEG, delivered, born(birth))

    assert due
    for day, over in ((due, True), (due - timedelta(days=1), False)):
        age = age_on(born(birth), day)
        assert age
        (months,) = [b.months for b in bands("prosthesis") if b.from_age <= age[0] <= b.until_age]
        assert (day >= later(delivered, months)) is over


@given(BORN, LIVED, st.sampled_from(Precision))
def test_a_birth_of_which_less_is_known_never_makes_it_later(
    birth: date, days: int, precision: Precision
) -> None:
    delivered = birth + timedelta(days=days)
    vague, known = due_on(LEG, delivered, born(birth, precision)), due_on(LEG, delivered, born(birth))

    assert vague
    assert known
    assert vague <= known


def test_what_is_not_known_is_not_reckoned() -> None:
    assert due_on(LEG, None, born(date(1990, 1, 1))) is None
    assert due_on(LEG, date(2024, 1, 1), None) is None
    assert due_on("cane", date(2024, 1, 1), born(date(1990, 1, 1))) is None


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2099, 1, 1), 36, date(2100, 12, 31)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, then: date) -> None:
    assert later(day, months) == then


def test_the_bands_leave_no_age_out_and_overlap_nowhere() -> None:
    products = lists.load("assistive_product").values()
    groups = {row.extra["replaced_as"] for row in products} - {""}
    assert groups == {"prosthesis", "orthosis"}
    for group in groups:
        found = bands(group)
        assert found[0].from_age == 0
        assert found[-1].until_age == 130
        assert all(one.until_age + 1 == other.from_age for one, other in pairwise(found))
        assert all(band.months > 0 for band in found)
    assert {row.extra["limb"] for row in products} == {"", "upper", "lower"}
    assert {row.extra["made_to_measure"] for row in products} == {"yes", "no"}

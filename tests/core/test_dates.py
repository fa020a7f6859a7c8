"""Partial dates never invent a day, and ages from them are never surer than the date."""

from datetime import UTC, date, datetime
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core import clock
from app.core.dates import (
    PartialDate,
    PastDate,
    PastDay,
    Precision,
    age_on,
    born_about,
    coarser,
    not_in_future,
)

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def _partial(day: str, precision: str = "day", **more: Any) -> PartialDate:
    return PartialDate.model_validate({"date": day, "precision": precision, **more})


def _code(sent: object, kind: Any = PartialDate) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(sent)
    return refused.value.errors(include_url=False)[0]["type"]


@pytest.mark.parametrize(
    ("day", "precision"),
    [("2021-06-15", "month"), ("2021-06-02", "month"), ("2021-06-01", "year"), ("2021-01-02", "year")],
)
def test_a_day_beyond_the_precision_is_refused(day: str, precision: str) -> None:
    assert _code({"date": day, "precision": precision}) == "day_not_known"


def test_a_partial_date_says_all_three_parts() -> None:
    assert _partial("2021-06-01", "month").model_dump(mode="json") == {
        "date": "2021-06-01",
        "precision": "month",
        "estimated": False,
    }
    assert _code({"date": "2021-06-01"}) == "missing"
    assert _code({"date": "2021-06-01", "precision": "decade"}) == "enum"
    assert _code({"date": "2021-06-01", "precision": "day", "estimated": "yes"}) == "bool_type"
    assert _code({"date": "2021-06-01", "precision": "day", "hour": 3}) == "extra_forbidden"
    assert _code({"date": "1899-12-31", "precision": "day"}) == "not_a_date"


def test_a_partial_date_cannot_be_changed_afterwards() -> None:
    known: Any = _partial("2021-06-01")

    with pytest.raises(ValidationError):
        known.date = date(2021, 6, 2)


@given(DAYS, st.sampled_from(Precision), st.booleans())
def test_schema_and_server_judge_alike(day: date, precision: Precision, estimated: bool) -> None:
    sent = {"date": day.isoformat(), "precision": precision.value, "estimated": estimated}
    schema = jsonschema_rs.validator_for(PartialDate.model_json_schema())

    try:
        PartialDate.model_validate(sent)
    except ValidationError:
        assert not schema.is_valid(sent)
    else:
        assert schema.is_valid(sent)


def test_the_last_day_knows_the_length_of_months() -> None:
    assert _partial("2024-02-01", "month").last == date(2024, 2, 29)
    assert _partial("2100-02-01", "month").last == date(2100, 2, 28)
    assert _partial("2021-12-01", "month").last == date(2021, 12, 31)
    assert _partial("2021-01-01", "year").last == date(2021, 12, 31)
    assert _partial("2021-06-15").last == date(2021, 6, 15)


@given(DAYS, st.sampled_from(Precision), st.sampled_from(Precision))
def test_telling_less_never_tells_more(day: date, first: Precision, then: Precision) -> None:
    whole = PartialDate(date=day, precision=Precision.DAY, estimated=True)

    told = coarser(coarser(whole, first), then)

    assert told.date <= day <= told.last
    assert told.estimated
    order = list(Precision)
    assert order.index(told.precision) == max(order.index(first), order.index(then))


@pytest.mark.parametrize(
    ("born", "precision", "on", "ages"),
    [
        ("2000-06-15", "day", "2026-06-14", (25, 25)),
        ("2000-06-15", "day", "2026-06-15", (26, 26)),
        ("2000-02-29", "day", "2026-02-28", (25, 25)),
        ("2000-02-29", "day", "2026-03-01", (26, 26)),
        ("2000-06-01", "month", "2026-06-15", (25, 26)),
        ("2000-06-01", "month", "2026-06-30", (26, 26)),
        ("2000-06-01", "month", "2026-05-31", (25, 25)),
        ("2000-01-01", "year", "2026-06-15", (25, 26)),
        ("2000-01-01", "year", "2026-12-31", (26, 26)),
        ("2026-01-01", "year", "2026-06-15", (0, 0)),
        ("2026-06-15", "day", "2026-06-15", (0, 0)),
    ],
)
def test_an_age_is_as_sure_as_the_birth_date(
    born: str, precision: str, on: str, ages: tuple[int, int]
) -> None:
    assert age_on(_partial(born, precision), date.fromisoformat(on)) == ages


def test_nobody_has_an_age_before_birth() -> None:
    assert age_on(_partial("2026-06-15"), date(2026, 6, 14)) is None
    assert age_on(_partial("2027-01-01", "year"), date(2026, 12, 31)) is None


@given(DAYS, DAYS, st.sampled_from(Precision))
def test_the_true_age_lies_between_the_least_and_the_greatest(
    born: date, day: date, precision: Precision
) -> None:
    exact = age_on(PartialDate(date=born, precision=Precision.DAY), day)
    ages = age_on(coarser(PartialDate(date=born, precision=Precision.DAY), precision), day)

    if exact is not None:
        assert ages is not None
        assert ages[0] <= exact[0] <= ages[1]
        assert ages[1] - ages[0] <= 1


@given(st.integers(0, 100), st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_birth_year_from_an_age_gives_back_that_age(age: int, day: date) -> None:
    born = born_about(age, day)

    ages = age_on(born, day)

    assert (born.precision, born.estimated) == (Precision.YEAR, True)
    assert ages is None or ages[0] <= age <= ages[1]
    assert ages is not None or age == 0


def test_the_likelier_of_two_birth_years_is_taken() -> None:
    assert born_about(30, date(2026, 5, 1)).date.year == 1995  # born from 2 May 1995 to 1 May 1996
    assert born_about(30, date(2026, 8, 1)).date.year == 1996


def test_nobody_is_born_before_the_dates_begin() -> None:
    assert born_about(130, date(2026, 11, 23)).date == date(1900, 1, 1)


def test_a_date_that_has_not_begun_is_refused_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 23, 9, 59, tzinfo=UTC))
    today = date(2026, 11, 23)

    assert not_in_future(today) == today
    assert _code("2026-11-24", PastDay) == "in_the_future"
    assert _code({"date": "2026-12-01", "precision": "month"}, PastDate) == "in_the_future"
    assert TypeAdapter(PastDate).validate_python({"date": "2026-11-01", "precision": "month"}).last > today
    assert _partial("2100-12-31").date.year == 2100  # not refused where nobody asks

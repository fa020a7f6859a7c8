"""Moments that are known to the minute, the hour or the day: what is certain of them, and what is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core import clock
from app.records.kinds import first_and_last
from app.records.stamps import Fineness, PastStamp, Stamp, span, surely_before

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2024, 3, 2, tzinfo=UTC)
PAST: TypeAdapter[Stamp] = TypeAdapter(PastStamp)


def known(minute: int, fineness: Fineness = Fineness.MINUTE) -> Stamp:
    return Stamp(at=BEGIN + minute * MINUTE, precision=fineness, source_code="record")


STAMPS = st.builds(known, st.integers(0, 4000), st.sampled_from(Fineness))


@given(STAMPS, STAMPS, st.integers(0, 1439), st.integers(0, 1439))
def test_whatever_the_moments_were_nothing_certain_is_wrong(
    first: Stamp, last: Stamp, into: int, past: int
) -> None:
    """Held against moments that the two may stand for."""
    begun, over = min(first.at + into * MINUTE, first.last), min(last.at + past * MINUTE, last.last)
    if surely_before(first, last):
        assert begun < over
    length = span(first, last)
    assert length
    if begun <= over:
        assert length.least_minutes <= (over - begun) / MINUTE <= length.most_minutes
        assert not surely_before(last, first)


@given(STAMPS, STAMPS)
def test_the_bounds_of_a_length_can_be_reached(first: Stamp, last: Stamp) -> None:
    length = span(first, last)
    assert length
    assert length.least_minutes == max(0, (last.at - first.last) // MINUTE)
    assert length.most_minutes == max(0, (last.last - first.at) // MINUTE)
    exact = {first.precision, last.precision} == {Fineness.MINUTE}
    assert (length.least_minutes == length.most_minutes) or not exact


def test_a_length_is_unknown_where_a_moment_is() -> None:
    assert span(None, known(5)) is None
    assert span(known(5), None) is None
    assert span(None, None) is None


@pytest.mark.parametrize(
    ("one", "other", "certain"),
    [
        (known(0), known(0), False),
        (known(0), known(1), True),
        (known(0, Fineness.HOUR), known(59), False),
        (known(0, Fineness.HOUR), known(60), True),
        (known(0, Fineness.DAY), known(1439), False),
        (known(0, Fineness.DAY), known(1440), True),
        (known(59), known(0, Fineness.HOUR), False),
    ],
)
def test_one_moment_is_before_another_where_no_doubt_is_left(one: Stamp, other: Stamp, certain: bool) -> None:
    assert surely_before(one, other) is certain


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"at": (clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}, "in_the_future"),
        ({"at": "2024-03-02T07:00:00"}, "not_an_instant"),
        ({"at": "2024-03-02"}, "not_an_instant"),
        ({"precision": "month"}, "enum"),
        ({"source_code": "gossip"}, "not_in_code_list"),
        ({"source_code": None}, "string_type"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(change: dict[str, Any], fault: str) -> None:
    said = {"at": "2024-03-02T07:00:00Z", "precision": "minute", "source_code": "record"}
    assert PAST.validate_python(said)

    with pytest.raises(ValidationError) as refused:
        PAST.validate_python(said | change)

    assert refused.value.errors()[0]["type"] == fault


@given(STAMPS)
def test_a_moment_is_of_no_day_that_it_is_nowhere_on_earth(stamp: Stamp) -> None:
    first, last = first_and_last(stamp)
    assert first <= stamp.at.date() <= stamp.last.date() <= last
    assert last - first <= timedelta(days=3)

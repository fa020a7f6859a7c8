"""The chain of care: what cannot be before what, and how long each part of it took."""

from datetime import date, timedelta
from itertools import combinations, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.dates import PartialDate, Precision
from app.emergency import rules
from app.emergency.chain import AFTER, CHAIN, INTERVALS, contradictions, intervals, limb_at_risk
from app.emergency.facts import shown
from app.records.stamps import Fineness, Stamp
from tests.injuries.test_rules import faults
from tests.records.test_stamps import BEGIN, known


def on(day: str, precision: str = "day") -> PartialDate:
    return PartialDate(date=date.fromisoformat(day), precision=Precision(precision))


TODAY, TOMORROW = BEGIN.date(), BEGIN.date() + timedelta(days=1)
TELLING = {"first_aid": "unknown", "first_responder_code": "unknown"}


def chain(**moments: Stamp | None) -> dict[str, Any]:
    """An episode of which only these moments are known."""
    return dict.fromkeys(CHAIN) | TELLING | moments


@pytest.mark.parametrize(("late", "early"), [(late, one) for late, before in AFTER.items() for one in before])
def test_each_moment_is_refused_before_those_it_follows_and_both_are_named(late: str, early: str) -> None:
    wrong, right = chain(**{early: known(10), late: known(9)}), chain(**{early: known(9), late: known(9)})

    assert list(contradictions(wrong)) == [(late, early)]
    assert faults(rules.judge_episode, wrong) == [(f"/{late}", "contradicts")]
    assert faults(rules.judge_episode, right) == []
    for fineness in (Fineness.HOUR, Fineness.DAY):  # it may have been later in that hour
        assert not list(contradictions(chain(**{early: known(10), late: known(9, fineness)})))


def test_what_is_not_in_order_may_be_so_or_so() -> None:
    ordered = {frozenset((late, one)) for late, before in AFTER.items() for one in before}
    free = [pair for pair in combinations(CHAIN, 2) if frozenset(pair) not in ordered]
    assert ("alerted", "aid_began") in free
    for one, other in free:
        for first, last in ((1, 2), (2, 1)):
            assert not list(contradictions(chain(**{one: known(first), other: known(last)})))


@given(
    st.dictionaries(st.sampled_from(CHAIN), st.builds(known, st.integers(0, 3000), st.sampled_from(Fineness)))
)
def test_a_chain_that_can_be_told_in_order_is_not_refused(moments: dict[str, Stamp]) -> None:
    in_order = dict(
        zip((one for one in CHAIN if one in moments), sorted(moments.values(), key=_at), strict=True)
    )

    assert list(contradictions(chain(**in_order))) == []


def _at(stamp: Stamp) -> Any:
    return stamp.at


@pytest.mark.parametrize("name", INTERVALS)
def test_a_length_stays_unknown_until_both_its_moments_are_known(name: str) -> None:
    first, last = INTERVALS[name]

    for some in ({}, {first: known(0)}, {last: known(45)}):
        assert intervals(chain(**some))[name] is None
    found = intervals(chain(**{first: known(0), last: known(45)}))[name]
    vague = intervals(chain(**{first: known(0, Fineness.HOUR), last: known(45)}))[name]

    assert found
    assert (found.least_minutes, found.most_minutes) == (45, 45)
    assert vague
    assert (vague.least_minutes, vague.most_minutes) == (0, 45)


@pytest.mark.parametrize(
    ("applied", "released", "risk"),
    [
        (known(0), known(120), "no"),
        (known(0), known(121), "yes"),
        (known(0), known(180, Fineness.HOUR), "yes"),
        (known(0, Fineness.HOUR), known(130), "unknown"),
        (None, known(400), "unknown"),
        (known(0), None, "unknown"),
    ],
)
def test_two_hours_under_a_tourniquet_are_as_long_as_is_known(
    applied: Stamp | None, released: Stamp | None, risk: str
) -> None:
    assert limb_at_risk(applied, released) == risk


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"first_aid": "no"}, []),
        ({"first_aid": "unknown", "aid_began": known(1)}, []),
        (
            {"first_aid": "no", "aid_began": known(1)},
            [("/aid_began", "no_help_was_given"), ("/first_aid", "help_has_a_moment")],
        ),
        (
            {"first_aid": "yes", "first_responder_code": "none"},
            [("/first_responder_code", "somebody_helped")],
        ),
        ({"first_aid": "no", "first_responder_code": "none"}, []),
    ],
)
def test_nobody_helps_and_helps(change: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert faults(rules.judge_episode, chain() | change) == found


def test_every_value_of_an_observation_may_be_missing_but_not_all() -> None:
    nothing: dict[str, Any] = dict.fromkeys(rules.MEASURED) | {"observed": known(0)}
    episode = {"episode_id": chain(injured=known(10, Fineness.HOUR))}

    assert faults(rules.judge_observation, nothing, pointed=episode) == [
        ("/systolic", "nothing_observed"),
        ("/observed", "before_the_injury"),
    ]
    for name, value in product(rules.MEASURED, (0, 3)):
        around = {"episode_id": chain()}
        assert faults(rules.judge_observation, nothing | {name: value}, pointed=around) == []


@pytest.mark.parametrize(
    ("word", "said", "found"),
    [
        ("emergency_episode", {"aid_began": known(0)}, [("first_aid_given", TODAY)]),
        ("emergency_episode", {"arrived": known(1260)}, [("facility_reached", TOMORROW)]),  # one in Baku
        ("emergency_episode", {"surgery_began": known(0, Fineness.DAY)}, []),  # from four to four
        (
            "emergency_episode",
            {"surgery_began": known(-240, Fineness.DAY)},
            [("first_surgery_done", TODAY)],
        ),
        ("facility_stay", {"admitted": on("2024-03-02")}, [("facility_reached", TODAY)]),
        ("operation", {"performed": on("2024-03-02")}, [("first_surgery_done", TODAY)]),
        ("operation", {"performed": on("2024-03-01", "month")}, []),
        ("tourniquet", {"applied": known(0)}, []),
    ],
)
def test_a_record_shows_a_milestone_where_its_day_is_known(
    word: str, said: dict[str, Any], found: list[tuple[str, date]]
) -> None:
    assert list(shown(word, chain() | said, ZoneInfo("Asia/Baku"))) == found

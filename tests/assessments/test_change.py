"""What has changed since the first time, and when nothing can be said."""

from datetime import date
from typing import Any

import pytest

from app.assessments.change import Answered, Verdict, since_baseline, trends
from app.assessments.instrument import instruments
from app.core.ids import new_id


def kept(day: int, value: float | None, instrument: str = "tug", **changes: Any) -> Answered:
    code = {"tug": "seconds", "pcl_5": "total", "gad_7": "total"}[instrument]
    algorithm = {"tug": "mean@1"}.get(instrument, "sum@1")
    score = {"algorithm": algorithm, "value": value, "result": "measured", "missing": 0} | changes
    return Answered(new_id(), instrument, date(2026, 1, day), {code: score})


@pytest.mark.parametrize(
    ("instrument", "first", "latest", "difference", "verdict"),
    [
        ("pcl_5", 40, 35, -5, Verdict.BETTER),  # at the detectable difference, and lower is better
        ("pcl_5", 40, 36, -4, Verdict.WITHIN_CHANCE),
        ("pcl_5", 40, 40, 0, Verdict.WITHIN_CHANCE),
        ("pcl_5", 31, 36, 5, Verdict.WORSE),
        ("gad_7", 21, 0, -21, Verdict.UNCLEAR),  # nobody has said what is more than chance
    ],
)
def test_a_difference_is_judged_by_what_is_more_than_chance(
    instrument: str, first: int, latest: int, difference: float, verdict: Verdict
) -> None:
    between = kept(2, 50, instrument)
    points = [kept(1, first, instrument), between, kept(3, latest, instrument)]

    (found,) = since_baseline(points)

    assert (found.baseline.record_id, found.latest.record_id) == (points[0].id, points[2].id)
    assert (found.difference, found.verdict) == (difference, verdict)


def test_more_is_better_where_the_instrument_says_so() -> None:
    def walked(day: int, metres: float) -> Answered:
        score = {"algorithm": "value@1", "value": metres, "result": "measured", "missing": 0}
        return Answered(new_id(), "walk_2min", date(2026, 1, day), {"metres": score})

    (found,) = since_baseline([walked(1, 80), walked(2, 160)])

    assert (found.verdict, found.difference) == (Verdict.BETTER, 80)


@pytest.mark.parametrize(
    "points",
    [
        [],
        [kept(1, 12)],
        [kept(1, 12), kept(2, None, result="unknown")],
        [kept(1, 12), kept(2, 9, algorithm="mean@0")],
        [kept(1, 12), kept(2, 9, "gad_7")],
        [kept(1, 12), kept(2, 9)._replace(instrument_code="of_old")],
        [kept(1, 12), kept(2, 9)._replace(scores={})],
    ],
    ids=["none", "once", "unknown", "another algorithm", "another", "gone", "without that score"],
)
def test_what_was_known_once_has_not_changed(points: list[Answered]) -> None:
    assert since_baseline(points) == []


def test_whoever_says_what_is_more_than_chance_says_by_which_measure_and_where() -> None:
    rules = {(one.code, rule.code): rule for one in instruments().values() for rule in one.scores}
    said = {key: rule.change for key, rule in rules.items() if rule.change}

    assert {key: change.detectable for key, change in said.items()} == {
        ("amp_pro", "total"): 3.4,
        ("lci_5", "total"): 5.66,
        ("pcl_5", "total"): 5,
        ("tug", "seconds"): 3.6,
        ("walk_2min", "metres"): 34.3,
        ("walk_6min", "metres"): 45,
    }
    assert all(change.measure and change.source and rules[key].better for key, change in said.items())


def test_a_trend_of_one_time_has_nothing_to_differ_from_and_what_is_unknown_is_no_point() -> None:
    (trend,) = trends([kept(1, None, result="unknown"), kept(2, 12), kept(3, None, result="unknown")])

    assert [(mark.point.value, mark.difference, mark.verdict) for mark in trend.marks] == [(12, None, None)]
    assert trends([]) == []

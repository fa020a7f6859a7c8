"""What has changed since the first time: by which score, how far, and whether more than chance. Pure.

A score is compared with itself only: the same instrument, the same algorithm. What is unknown says nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from app.assessments.instrument import Rule, instruments

Kept: TypeAlias = Mapping[str, Mapping[str, Any]]


class Verdict(StrEnum):
    """What a difference says. `unclear`: nobody has said from which difference on it is more than chance."""

    BETTER = "better"
    WORSE = "worse"
    WITHIN_CHANCE = "within_chance"
    UNCLEAR = "unclear"


class Answered(NamedTuple):
    """One instrument answered once, with the scores as they are kept."""

    id: UUID
    instrument_code: str
    assessed_on: date
    scores: Kept


class Point(NamedTuple):
    """A score on its day."""

    record_id: UUID
    assessed_on: date
    value: float
    result: str


class Difference(NamedTuple):
    """A score from the first time to the latest. `detectable`: from which difference on it is no chance."""

    instrument_code: str
    code: str
    algorithm: str
    baseline: Point
    latest: Point
    difference: float
    detectable: float | None
    verdict: Verdict


class Mark(NamedTuple):
    """A score on its day, and how far it is from the first time; the first has nothing to differ from."""

    point: Point
    difference: float | None
    verdict: Verdict | None


class Trend(NamedTuple):
    """One score over time. `detectable`: from which difference on it is no chance, by which measure."""

    instrument_code: str
    rule: Rule
    marks: list[Mark]


def trends(answered: Iterable[Answered]) -> list[Trend]:
    """Every score that was ever known, as the instruments have them. Given in the order of days."""
    records = list(answered)
    return [
        Trend(code, rule, _marks(rule, points))
        for code, asked in instruments().items()
        for rule in asked.scores
        if (points := list(_points(records, code, rule)))
    ]


def _marks(rule: Rule, points: list[Point]) -> list[Mark]:
    baseline, *later = points
    return [Mark(baseline, None, None), *(Mark(point, *_moved(rule, baseline, point)) for point in later)]


def since_baseline(answered: Iterable[Answered]) -> list[Difference]:
    """Every score that was known at least twice, as the instruments have them. Given in the order of days."""
    records = list(answered)
    return [
        _difference(code, rule, points)
        for code, asked in instruments().items()
        for rule in asked.scores
        if len(points := list(_points(records, code, rule))) > 1
    ]


def _points(records: Iterable[Answered], instrument_code: str, rule: Rule) -> Iterator[Point]:
    for one in records:
        score = one.scores.get(rule.code) if one.instrument_code == instrument_code else None
        if score and score["algorithm"] == rule.algorithm and score["value"] is not None:
            yield Point(one.id, one.assessed_on, score["value"], score["result"])


def _difference(instrument_code: str, rule: Rule, points: list[Point]) -> Difference:
    baseline, latest = points[0], points[-1]
    difference, verdict = _moved(rule, baseline, latest)
    detectable = rule.change.detectable if rule.change else None
    return Difference(
        instrument_code, rule.code, rule.algorithm, baseline, latest, difference, detectable, verdict
    )


def _moved(rule: Rule, baseline: Point, point: Point) -> tuple[float, Verdict]:
    """How far a score is from the first time, and what that says."""
    difference = round(point.value - baseline.value, 4)
    return difference, _verdict(rule, difference, rule.change.detectable if rule.change else None)


def _verdict(rule: Rule, difference: float, detectable: float | None) -> Verdict:
    if detectable is None or rule.better is None:
        return Verdict.UNCLEAR
    if abs(difference) < detectable:
        return Verdict.WITHIN_CHANCE
    return Verdict.BETTER if (difference > 0) == (rule.better == "higher") else Verdict.WORSE

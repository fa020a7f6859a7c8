"""Which milestones an instrument's answers show (app/milestones/catalogue.csv). Pure.

What was not answered shows nothing. No rule here is about the mind: whether wellbeing is regained is for the
counsellor to say, for it would tell a score.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from app.assessments.instrument import instruments
from app.assessments.models import Assessment

COMMUNITY_WALK = 82.0  # metres in two minutes: the mean at mobility level K2 is 81.7 (domain facts 3.4)
MILD = 3.0  # of 10: pain numeric rating scale, 1 to 3 mild
SELF_CARE = ("feeding", "bathing", "grooming", "dressing", "bowels", "bladder", "toilet")
"""Items of the Barthel index that are about care of oneself, and not about moving."""
Shows: TypeAlias = Callable[[Assessment, Assessment | None], bool]


def shown(now: Assessment, before: Assessment | None) -> Iterator[str]:
    """The milestones that these answers show. `before`: the last of the same instrument on an earlier day."""
    for code, shows in SHOWS.get(now.instrument_code, {}).items():
        if shows(now, before):
            yield code


def _walks(now: Assessment, _: Assessment | None) -> bool:
    metres = _value(now, "metres")
    return metres is not None and metres >= COMMUNITY_WALK


def _cares(now: Assessment, _: Assessment | None) -> bool:
    """Every item of self-care has the most that it can have."""
    asked = instruments()[now.instrument_code]
    most = {item.code: max(_numbers(asked.codes(item))) for item in asked.items if item.code in SELF_CARE}
    return all(now.answers.get(code) == value for code, value in most.items())


def _is_calm(now: Assessment, before: Assessment | None) -> bool:
    """Pain of 3 at the worst, at this visit and at the one before."""
    worst = [_value(each, "worst") for each in (now, before) if each is not None]
    return len(worst) == 2 and all(value is not None and value <= MILD for value in worst)


def _value(assessment: Assessment, code: str) -> float | None:
    score: Mapping[str, Any] = assessment.scores.get(code, {})
    return score.get("value")


def _numbers(codes: set[Any]) -> list[float]:
    return [code for code in codes if isinstance(code, int | float)]


SHOWS: Mapping[str, Mapping[str, Shows]] = {
    "walk_2min": {"walks_in_community": _walks},
    "barthel": {"self_care_independent": _cares},
    "pain": {"pain_under_control": _is_calm},
}
"""For each instrument: which milestone is shown by which of its answers."""

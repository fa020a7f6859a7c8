"""What an algorithm makes of raw answers. Pure, and never a 'no' out of something that was not answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.assessments.instrument import Instrument, Value

Answers: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Score:
    """A result (code list: tri) and, where the algorithm counts, a number."""

    result: str
    score: float | None = None


def any_item(instrument: Instrument, answers: Answers) -> Score:
    """`yes` when any item says so; `no` only when every item was answered with no; else `unknown`.

    For the Washington Group Short Set this is DIS3: yes from one domain of six at 3 'a lot of difficulty' on.
    """
    given = [answers.get(item) for item in instrument.asked]
    if any(answer in instrument.yes for answer in given):
        return Score("yes")
    return Score("no" if all(answer in instrument.no for answer in given) else "unknown")


ALGORITHMS: Mapping[str, Callable[[Instrument, Answers], Score]] = {
    "wg_ss_dis3@1": any_item,
    "needs_any@1": any_item,
}
"""By id and version. A changed algorithm is a new entry: what was computed stays reproducible."""


def score(instrument: Instrument, answers: Answers) -> Score:
    """What the instrument's own algorithm makes of these answers."""
    return ALGORITHMS[instrument.algorithm](instrument, answers)

"""What the attacks found, criterion by criterion: the table that `make attack` prints at its end."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

KEY, LONG = "finding", "not short"
CRITERIA = {
    "D1": "one more file changes no answer",
    "D2": "the API's role and process can read no record",
    "D3": "membership, by who knows everybody else",
    "D4": "empirical epsilon, and a second accountant",
    "D5": "an attribute of a known person",
    "D6": "a newcomer, from two releases",
    "D7": "small cells, by five ways of asking",
    "D8": "small cells, from random subsets",
    "D9": "one question in many words",
    "D10": "racing charges, and synonyms of one question",
    "D11": "time tells nothing",
    "D12": "shape follows from public lists",
    "D13": "a ministry's account sees no list, count or search",
    "D14": "the figures are worth having",
    "D15": "a million files, and one question",
    "D16": "the same attacks break what is weaker",
}
EVERY: list[tuple[Any, bool]] = []  # every figure noted in this run, and whether its test passed
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Findings:
    """The notebook of one test."""

    pages: list[tuple[str, object]]

    def note(self, criterion: str, what: str, value: float, limit: str) -> None:
        """Write a figure down beside what it is held against."""
        assert criterion in CRITERIA
        self.pages.append(
            (KEY, {"criterion": criterion, "what": what, "value": float(value), "limit": limit})
        )

    def holds(self, criterion: str, what: str, measure: Callable[[], tuple[float, float]]) -> bool:
        """Whether a figure stays within its limit, at the first or at the second try; both are noted.

        OpenDP cannot be seeded, so limits are three standard errors wide and one repetition is allowed.
        """
        for _ in range(2):
            value, limit = measure()
            log.warning("%s, %s: %.3f against %.3f", criterion, what, value, limit)
            self.note(criterion, what, value, f"<= {limit:.3f}")
            if value <= limit:
                return True
        return False


def is_asked(config: pytest.Config) -> bool:
    """Whether this run is `make attack`, and not one that tries a part of it."""
    return bool(config.option.markexpr == LONG)


def missing() -> list[str]:
    """Criteria nobody has a figure for: a run without them is void."""
    return [name for name in CRITERIA if name not in {one["criterion"] for one, _ in EVERY}]


def table() -> Iterator[str]:
    """A line a figure, criterion by criterion."""
    for name, title in CRITERIA.items():
        yield f"{name:4} {title}"
        for one, passed in EVERY:
            if one["criterion"] == name:
                verdict = "held" if passed else "LOST"
                yield f"      {verdict} {one['value']:10.4g}  {one['limit']:14}  {one['what']}"
    if gone := missing():
        yield f"VOID: no figure for {', '.join(gone)}"

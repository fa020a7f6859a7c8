"""What a sport lets onto a roster and onto the court by class: limits as data, `rosters.csv`. Pure.

A class is health data and stays in the file. What an enrolment carries is a bare weight: points in tenths
where the court has a limit of points, one or nothing where a class is limited. None: not known yet.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.codelists import lists
from app.participants.errors import ClassLimit, CourtOver

LIMITS = Path(__file__).parent / "rosters.csv"
TENTHS = 10
ROSTER, COURT = "roster", "court"


@dataclass(frozen=True, slots=True)
class Limits:
    """One row of the table: an empty cell limits nothing."""

    limited_class: str
    roster_most: int | None  # of the limited class
    court_size: int | None
    court_most: int | None  # of the limited class
    court_points: int | None  # tenths
    source: str


NONE = Limits("", None, None, None, None, "")


def of(sport_code: str | None) -> Limits:
    """What the rules of a sport limit; nothing where no rule is on file."""
    return _limits().get(sport_code or "", NONE)


def weight(sport_code: str, class_code: str | None) -> int | None:
    """What somebody of this class weighs on a roster of the sport; None where that is not known."""
    limits = of(sport_code)
    if class_code is None:
        return None
    if limits.court_points is not None:
        points = lists.load("sport_class")[class_code].extra["points"]
        return _tenths(points) if points else None
    if not limits.limited_class:
        return None
    return int(class_code == limits.limited_class) if class_code in _classes(limits) else None


def unknown(limits: Limits, weights: Sequence[int | None], starts: Sequence[bool]) -> list[int]:
    """Places of those whose weight must be known and is not: on the roster, or on the court alone."""
    counts = [bool(limits.limited_class) or (limits.court_points is not None and first) for first in starts]
    return [place for place, needed in enumerate(counts) if needed and weights[place] is None]


def need_roster(limits: Limits, weights: Sequence[int | None]) -> None:
    """Stop more players of a limited class than a roster may have."""
    if limits.roster_most is not None and sum(each or 0 for each in weights) > limits.roster_most:
        raise ClassLimit(most=limits.roster_most)


def need_court(limits: Limits, weights: Sequence[int | None]) -> None:
    """Stop a beginning with more players, more of a limited class, or more points than the court may have."""
    total = sum(each or 0 for each in weights)
    if limits.court_size is not None and len(weights) > limits.court_size:
        raise CourtOver(rule="players", most=limits.court_size)
    if limits.court_most is not None and total > limits.court_most:
        raise CourtOver(rule="limited_class", most=limits.court_most)
    if limits.court_points is not None and total > limits.court_points:
        raise CourtOver(rule="points", most=limits.court_points / TENTHS)


@cache
def _limits() -> dict[str, Limits]:
    with LIMITS.open(encoding="utf-8", newline="") as file:
        return {row["sport"]: _row(row) for row in csv.DictReader(file, strict=True)}


def _row(row: dict[str, str]) -> Limits:
    roster, size, most = (
        int(row[name]) if row[name] else None for name in ("roster_most", "court_size", "court_most")
    )
    points = _tenths(row["court_points"]) if row["court_points"] else None
    return Limits(row["limited_class"], roster, size, most, points, row["source"])


def _classes(limits: Limits) -> set[str]:
    """The classes beside which a limited one stands: vs1 beside vs2."""
    family = limits.limited_class.rstrip("0123456789")
    return {code for code in lists.load("sport_class") if code.rstrip("0123456789") == family}


def _tenths(points: str) -> int:
    return round(float(points) * TENTHS)

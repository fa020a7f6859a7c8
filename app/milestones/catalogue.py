"""The catalogue of milestones as data: `catalogue.csv`. No code is ever deleted or given another meaning."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from app.access.table import Role

FILE = Path(__file__).parent / "catalogue.csv"
LANGUAGES = ("az", "en", "ru")
ACCIDENT, CASE_OPENING = "accident", "case_opening"
"""From which day a milestone's usual day is counted."""


@dataclass(frozen=True)
class Definition:
    """One step that a person may reach: its lane, its usual day, what shows it, who may confirm it."""

    code: str
    pillar: str  # code list: pillar
    order: int  # within the pillar
    labels: Mapping[str, str]
    usual_offset_days: int
    offset_from: str
    evidence: str  # what shows it, in words for people
    who_may_verify: frozenset[Role]
    facts: tuple[str, ...]  # code list: milestone_fact; records that show it by themselves
    check_after_days: int | None  # when to look whether it is still true; none: it cannot become untrue
    source: str
    checked: bool  # by native speakers

    def usual_day(self, accident: date | None, case_opening: date) -> date | None:
        """By when it is usually reached; none where the day that counts is not known."""
        start = accident if self.offset_from == ACCIDENT else case_opening
        return start and start + timedelta(days=self.usual_offset_days)


@cache
def definitions() -> Mapping[str, Definition]:
    """Every definition by its code, in the catalogue's order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    return {row["code"]: _definition(row) for row in rows}


def _definition(row: Mapping[str, str]) -> Definition:
    if row["offset_from"] not in (ACCIDENT, CASE_OPENING):
        raise ValueError(f"{row['code']}: counted from a day that is not known here")
    return Definition(
        code=row["code"],
        pillar=row["pillar"],
        order=int(row["order"]),
        labels={language: row[f"label_{language}"] for language in LANGUAGES},
        usual_offset_days=int(row["usual_offset_days"]),
        offset_from=row["offset_from"],
        evidence=row["evidence"],
        who_may_verify=frozenset(Role(name) for name in row["who_may_verify"].split()),
        facts=tuple(row["facts"].split()),
        check_after_days=int(row["check_after_days"]) if row["check_after_days"] else None,
        source=row["source"],
        checked=row["checked"] == "yes",
    )

"""How many people live where, from a public source: population.csv. Never a count of our own.

A country keeps its own file; figures are replaced with their source and day, and no code is invented.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from app.statistics.cube import Question

FILE = Path(__file__).parent / "population.csv"


@dataclass(frozen=True)
class Population:
    """People by one dimension at a time; the key of the whole country is empty."""

    people: Mapping[tuple[str, str], int]
    as_of: date
    source: str

    def of(self, question: Question, codes: Mapping[str, str]) -> int | None:
        """How many people a row of an answer is about; None where no public figure says so."""
        chosen: dict[str, tuple[str, ...]] = {name: tuple(kept) for name, kept in question.filters.items()}
        chosen |= {name: (code,) for name, code in codes.items()}
        if not chosen:
            return self.people.get(("", ""))
        if len(chosen) > 1:
            return None
        [(name, kept)] = chosen.items()
        known = [self.people.get((name, code)) for code in kept]
        return None if None in known else sum(each or 0 for each in known)


@cache
def population() -> Population:
    """The public figures. ValueError where they are of different days or sources."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    [(as_of, source)] = {(row["as_of"], row["source"]) for row in rows}
    people = {(row["dimension"], row["code"]): int(row["people"]) for row in rows}
    return Population(people, date.fromisoformat(as_of), source)

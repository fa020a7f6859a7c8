"""Indicators, frameworks and figures that agencies publish themselves, as data. None is made here."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from app.core.config import settings

HERE = Path(__file__).parent
LANGUAGES = ("en", "az", "ru")
Source: TypeAlias = Literal["people", "care", "quoted", "none"]
SOURCES: Mapping[str, Source] = {"people": "people", "care": "care", "quoted": "quoted", "none": "none"}
TITLES = {
    "apmbc": "Anti-Personnel Mine Ban Convention, Article 7: victim assistance",
    "ccm": "Convention on Cluster Munitions, Articles 5 and 7",
    "crpd": "Convention on the Rights of Persons with Disabilities",
}


@dataclass(frozen=True)
class Indicator:
    """What is counted, in which unit, and where the figure comes from.

    `source`: `people` with filters of the yearly tables, `care` with a table and its codes, `quoted` with the
    code of a public total, or `none` where nothing released or published says it.
    """

    code: str
    group: str
    labels: Mapping[str, str]
    unit: str
    source: Source
    words: tuple[str, ...]
    definition: str

    def label(self, language: str) -> str:
        """Its name, in English where we do not speak the language."""
        return self.labels.get(language, self.labels["en"])


@dataclass(frozen=True)
class PublicTotal:
    """What an agency published: quoted with source and days, never mixed with what is released."""

    code: str
    value: int
    bound: str  # 'more than', where that is what was said
    first: date
    last: date
    as_of: date
    source: str


@dataclass(frozen=True)
class Item:
    """One number of a framework, and the indicators that speak to it; none: it is told in words."""

    framework: str
    number: str
    labels: Mapping[str, str]
    indicators: tuple[str, ...]
    source: str

    def label(self, language: str) -> str:
        """Its topic."""
        return self.labels.get(language, self.labels["en"])


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every indicator by its code, in the catalogue's order."""
    return {row["code"]: _indicator(row) for row in _rows("indicators")}


@cache
def public_totals() -> Mapping[str, PublicTotal]:
    """Every public total by its code."""
    return {
        row["code"]: PublicTotal(
            row["code"],
            int(row["value"]),
            row["bound"],
            date.fromisoformat(row["from"]),
            date.fromisoformat(row["until"]),
            date.fromisoformat(row["as_of"]),
            row["source"],
        )
        for row in _rows("public_totals")
    }


@cache
def frameworks() -> Mapping[str, tuple[Item, ...]]:
    """The items of each framework, in its own order. ValueError for an indicator that nobody knows."""
    found: dict[str, tuple[Item, ...]] = dict.fromkeys(TITLES, ())
    for row in _rows("frameworks"):
        codes = tuple(row["indicators"].split())
        if unknown := set(codes) - set(indicators()):
            raise ValueError(f"frameworks.csv: no such indicator: {sorted(unknown)}")
        item = Item(row["framework"], row["number"], _labels(row), codes, row["source"])
        found[item.framework] += (item,)
    return found


def treaty_status(framework: str) -> str:
    """Where the state stands: party, not_party or withdrawn; a report of who is no party is voluntary."""
    return str(getattr(settings(), f"treaty_{framework}"))


def _indicator(row: Mapping[str, str]) -> Indicator:
    first, *words = row["source"].split()
    return Indicator(
        row["code"],
        row["group"],
        _labels(row),
        row["unit"],
        SOURCES[first],
        tuple(words),
        row["definition"],
    )


def _labels(row: Mapping[str, str]) -> dict[str, str]:
    return {language: row[f"label_{language}"] for language in LANGUAGES}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)

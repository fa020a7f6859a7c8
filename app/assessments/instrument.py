"""Instruments as data: `instruments/<code>.yaml`. A changed instrument is another version."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field

DATA = Path(__file__).parent / "instruments"
NEEDS = "needs"
"""The checklist that a plan waits for."""

Value: TypeAlias = str | int | float
Answers: TypeAlias = Mapping[str, Value]
Code: TypeAlias = Annotated[str, Field(strict=True)] | Annotated[int, Field(strict=True)]
Language: TypeAlias = Literal["az", "en", "ru"]
Title: TypeAlias = dict[Language, str]


class Compartment(StrEnum):
    """Who records it and reads its answers: who works on the case, or the counsellor alone."""

    GENERAL = "general"
    PSYCHOSOCIAL = "psychosocial"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Part):
    """One answer that can be given."""

    code: Code
    title: Title


class Number(_Part):
    """A number is the answer, from `least` to `most`."""

    least: float
    most: float
    unit: str = ""
    whole: bool = True

    def takes(self, value: Value) -> bool:
        """Whether this is such a number."""
        if isinstance(value, str) or (self.whole and not isinstance(value, int)):
            return False
        return self.least <= value <= self.most


class Item(_Part):
    """One thing that is asked about: one of the named options is the answer, or a number."""

    code: str
    title: Title
    options: str = "answers"
    number: Number | None = None
    scored: bool = True


class Band(_Part):
    """What a score within these bounds is called."""

    code: str
    least: float
    most: float
    title: Title


class Range(_Part):
    """The bounds of a score."""

    least: float
    most: float


class Change(_Part):
    """From which difference on a change is more than chance."""

    detectable: float
    measure: str
    source: str


class Rule(_Part):
    """One score: what computes it from which items, how many may be missing, what its values are called.

    `missing`: above so many unanswered items there is no score, and that must be said; none where silence is
    a result of its own. `when`: only for these answers. `says_yes`, `says_no`: answers that speak for either.
    """

    code: str
    algorithm: str  # id and version, as the assessment keeps it
    items: tuple[str, ...] = ()  # none named: all that are scored
    missing: int | None = None
    factor: float = 1
    better: Literal["higher", "lower"] | None = None
    when: dict[str, str] = {}
    says_yes: frozenset[Code] = frozenset()
    says_no: frozenset[Code] = frozenset()
    range: Range | None = None
    bands: tuple[Band, ...] = ()
    bands_source: str = ""
    change: Change | None = None

    def band_of(self, value: float) -> str | None:
        """What this value is called; None where it has no bands, or lies below them."""
        return next((band.code for band in reversed(self.bands) if band.least <= value), None)

    def applies(self, answers: Answers) -> bool:
        """Whether the score is one for these answers."""
        return all(answers.get(item) == wanted for item, wanted in self.when.items())


class Alert(_Part):
    """An answer after which somebody looks after the person the same day."""

    code: str  # code list: risk_kind
    item: str
    answers: tuple[Code, ...]
    source: str


class Advice(_Part):
    """What a score within these bounds suggests to do next."""

    code: str
    score: str
    least: float
    most: float
    title: Title
    source: str


class Instrument(_Part):
    """What is asked, what may be answered, and what is made of it. `checked`: by native speakers.

    `entry`: single items, or totals only where the licence keeps the items elsewhere. `wording`: whether the
    titles name topics, or are free to be read out. `unanswered` (code list: tri) is never a no.
    """

    code: str
    version: str
    compartment: Compartment
    entry: Literal["items", "totals"]
    wording: Literal["topics", "free"]
    title: Title
    from_age: int  # whole years
    to_age: int | None = None
    instruction: str
    source: str
    licence: str
    checked: bool
    options: dict[str, tuple[Option, ...]] = {}
    items: tuple[Item, ...]
    unanswered: tuple[str, ...]
    scores: tuple[Rule, ...]
    alerts: tuple[Alert, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """The codes of the items, in order."""
        return tuple(item.code for item in self.items)

    @property
    def main(self) -> Rule:
        """The first of its scores, which stands for the whole."""
        return self.scores[0]

    def takes(self, item: Item, value: Value) -> bool:
        """Whether this may stand for the item: an answer, or the reason why there is none."""
        if value in self.unanswered:
            return True
        return item.number.takes(value) if item.number else value in self.codes(item)

    def codes(self, item: Item) -> set[Value]:
        """The answers to choose from; none where a number is asked."""
        return set() if item.number else {option.code for option in self.options[item.options]}

    def items_of(self, rule: Rule) -> tuple[str, ...]:
        """What goes into a score."""
        return rule.items or tuple(item.code for item in self.items if item.scored)


@cache
def instruments() -> Mapping[str, Instrument]:
    """Every instrument by its code."""
    return {each.code: each for each in map(_read, sorted(DATA.glob("*.yaml")))}


def _read(path: Path) -> Instrument:
    with path.open(encoding="utf-8") as file:
        return Instrument.model_validate(yaml.load(file, yaml.CSafeLoader))  # the safe loader, in C

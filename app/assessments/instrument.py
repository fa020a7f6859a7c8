"""Instruments as data: `instruments/<code>.json`. A changed instrument is another version."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).parent / "instruments"
NEEDS = "needs"
"""The checklist that a plan waits for."""

Value: TypeAlias = str | int
Language: TypeAlias = Literal["az", "en", "ru"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Part):
    """One thing that is asked about."""

    code: str
    title: dict[Language, str]


class Option(_Part):
    """One answer that can be given."""

    code: Value
    title: dict[Language, str]


class Instrument(_Part):
    """What is asked, what may be answered, and what is made of it. `checked`: by native speakers.

    `yes`, `no`: the answers that speak for either. `unanswered` (code list: tri) are neither.
    """

    code: str
    version: str
    algorithm: str  # id and version, as the assessment keeps it
    title: dict[Language, str]
    from_age: int  # whole years
    instruction: str
    source: str
    licence: str
    checked: bool
    items: tuple[Item, ...]
    options: tuple[Option, ...]
    unanswered: tuple[str, ...]
    yes: frozenset[Value]
    no: frozenset[Value]

    @property
    def asked(self) -> tuple[str, ...]:
        """The codes of the items, in order."""
        return tuple(item.code for item in self.items)

    def answers(self) -> set[Value]:
        """Everything that may stand for an item."""
        return {option.code for option in self.options} | set(self.unanswered)


@cache
def instruments() -> Mapping[str, Instrument]:
    """Every instrument by its code."""
    found = [Instrument.model_validate_json(path.read_bytes()) for path in sorted(DATA.glob("*.json"))]
    return {each.code: each for each in found}

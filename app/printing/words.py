"""What printed pages say, in the reader's language: texts are words.csv and the code lists."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from app.codelists import lists
from app.codelists.lists import Language
from app.core import clock
from app.core.dates import PartialDate, Precision, age_on

FILE = Path(__file__).parent / "words.csv"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Key to its text by language. The az and ru texts are not yet checked by native speakers."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file, strict=True)}


@dataclass(frozen=True, slots=True)
class Words:
    """Words, names of codes and dates in one language."""

    language: Language

    def __call__(self, key: str) -> str:
        """A text of words.csv."""
        return texts()[key][self.language]

    def code(self, name: str, code: str | None) -> str | None:
        """The name of a code of a list."""
        return None if code is None else lists.label(name, code, self.language)

    def codes(self, name: str, codes: Iterable[str]) -> str:
        """The names of codes, one after the other."""
        return "; ".join(lists.label(name, code, self.language) for code in codes)

    def day(self, day: date | None) -> str | None:
        """A date as people write it."""
        if day is None:
            return None
        if self.language == "en":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        return f"{day:%d.%m.%Y}"

    def moment(self, at: datetime | None) -> str | None:
        """The day of a moment, where the programme is."""
        return None if at is None else self.day(clock.day_of(at))

    def partial(self, known: PartialDate | None) -> str | None:
        """A date as far as it is known."""
        if known is None:
            return None
        said = {
            Precision.DAY: self.day(known.date),
            Precision.MONTH: f"{known.date:%m.%Y}",
            Precision.YEAR: str(known.date.year),
        }[known.precision]
        return f"{self('about')} {said}" if known.estimated else said

    def birth(self, born: PartialDate | None) -> str | None:
        """When somebody was born, and how old that makes them."""
        if born is None or (age := age_on(born, clock.today())) is None:
            return self.partial(born)
        years = str(age[0]) if age[0] == age[1] else f"{age[0]}–{age[1]}"
        return f"{self.partial(born)} ({self('age')}: {years})"

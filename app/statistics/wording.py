"""What statistics say in words, in the caller's language. Texts are words.csv and the code lists."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from app.codelists import lists
from app.statistics.cube import Answer, Cube
from app.statistics.display import DISPLAY_LIMIT
from app.statistics.tables import UNKNOWN, Dimension

WORDS = Path(__file__).parent / "words.csv"
LISTS = {
    "region": "region",
    "district": "district",
    "sex": "sex",
    "age": "age_band",
    "victim_type": "victim_category",
    "pillar": "pillar",
    "programme": "programme_kind",
}
MOST_NAMED = 4  # codes named in a sentence; more are counted


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    """Key to its text by language. The az and ru texts are not yet checked by native speakers."""
    with WORDS.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def word(key: str, language: str) -> str:
    """A text in this language, in English where we do not speak it."""
    row = _words()[key]
    return row[language if language in lists.LANGUAGES else "en"]


def note(language: str, *, invented: bool) -> str:
    """What is said below every answer; of the demo's people first that they are invented."""
    return " ".join(word(key, language) for key in (*(("invented",) if invented else ()), "note"))


def period(cohort: str, language: str) -> str:
    """The days of a release as people read them: a year, until a day, or from one to another."""
    first, _, last = cohort.rpartition("_")
    if first == "until":
        return word("bulletin_until", language).format(day=last)
    whole_year = (first, last) == (f"{last[:4]}-01-01", f"{last[:4]}-12-31")
    return last[:4] if whole_year else f"{first} – {last}"


def label(dimension: str, code: str, language: str) -> str:
    """What people read for a code of a dimension; the code itself where no list names it any more."""
    if code == UNKNOWN:
        return word("unknown", language)
    if dimension == "year":
        first = code.removeprefix("until_")
        return code if first == code else word("until_year", language).format(year=first)
    if dimension not in LISTS:
        return _state(dimension, code, language)
    row = lists.load(LISTS[dimension]).get(code)
    if row is None:
        return code
    return next((text for spoken, text in row.labels.items() if spoken == language), row.labels["en"])


def _state(dimension: str, code: str, language: str) -> str:
    """A state of care: a band of days, or a word of its own."""
    days = [int(number) for number in code.removeprefix("d").split("_") if number.isdigit()]
    if dimension != "wait" or not days:
        return word(f"{dimension}_{code}", language)
    kind = "wait_days" if len(days) > 1 else "wait_beyond"
    return word(kind, language).format(first=days[0], last=days[-1])


def sentence(cube: Cube, answer: Answer, language: str) -> str:
    """One sentence that says what an answer is about, for the person who only reads that."""
    total, known = answer.total, {d.name: d for d in cube.dimensions}
    enough = (total.value or 0) >= DISPLAY_LIMIT
    parts = [
        word("people" if enough else "few", language).format(
            value=total.value, half_width=total.half_width, day=cube.last_day.isoformat()
        )
    ]
    if answer.question.dimensions:
        names = ", ".join(word(name, language) for name in answer.question.dimensions)
        parts.append(word("by", language).format(names=names))
    for name, codes in answer.question.filters.items():
        said = _named(known[name], codes, language)
        parts.append(word("only", language).format(name=word(name, language), codes=said))
    return "".join([*parts, word("small", language).format(limit=DISPLAY_LIMIT)])


def _named(dimension: Dimension, codes: Sequence[str], language: str) -> str:
    """A few codes by their labels, many by their number."""
    if len(codes) > MOST_NAMED:
        return word("some", language).format(count=len(codes), all=len(dimension.codes))
    return ", ".join(label(dimension.name, code, language) for code in codes)

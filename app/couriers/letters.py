"""What a letter or text message says: which kind of thing happened, and where to read it. Pure."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from app.codelists import lists
from app.codelists.lists import Language
from app.couriers.rules import LIST

FILE = Path(__file__).parent / "letters.csv"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row.pop("key"): row for row in csv.DictReader(file)}


def subject(codes: Sequence[str], language: Language) -> str:
    """One message by its kind; several by their number."""
    if len(codes) == 1:
        return f"Dayaq: {lists.label(LIST, codes[0], language)}"
    return f"Dayaq: {_words()['daily'][language]} ({len(codes)})"


def letter(codes: Sequence[str], language: Language, url: str) -> str:
    """The text of a letter: each kind once, with how many there are."""
    words = _words()
    lines = [
        f"- {lists.label(LIST, code, language)}" + (f" ({many})" if many > 1 else "")
        for code, many in Counter(codes).items()
    ]
    where = f"{words['open'][language]}: {url}" if url else f"{words['open'][language]}."
    return "\n".join([*lines, "", where, "", words["nobody"][language], ""])


def text(code: str, language: Language) -> str:
    """A text message, without a link: nobody should learn to follow links in text messages."""
    return f"{subject([code], language)}. {_words()['open'][language]}."


def visit(moment: datetime, zone: str, language: Language) -> str:
    """A text message to somebody who is helped: a day and a time, and nothing that says more."""
    local = moment.astimezone(ZoneInfo(zone))
    return _words()["visit"][language].format(day=f"{local:%d.%m.%Y}", time=f"{local:%H:%M}")

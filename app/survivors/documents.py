"""Numbers of papers: the FIN and others, in one form, with warnings where they look mistyped. Pure."""

import re

from pydantic_core import PydanticCustomError

from app.survivors.sealing import identifier_number

FIN = "fin"
_FIN = re.compile(r"[0-9A-Z]{7}", re.ASCII)
_HOLDS = re.compile(r"[0-9A-Z]", re.ASCII)
_SERIES = {  # a number of another form is kept, with a warning: old papers, other countries
    "id_card": re.compile(r"AZE\d{8}|AA\d{7}", re.ASCII),
}
_NOT_IN_FIN = frozenset("IO")  # said to be unused [U], so more likely 1 and 0


def number_of(kind_code: str, written: str) -> str:
    """The number as it is kept; refused where it cannot be one of its kind, never repeated in the refusal."""
    number = identifier_number(written)
    if kind_code == FIN and not _FIN.fullmatch(number):
        raise PydanticCustomError("not_a_fin", "A FIN has 7 Latin letters and digits")
    if not _HOLDS.search(number):
        raise PydanticCustomError("not_a_document_number", "No letter or digit in it")
    return number


def warning_of(kind_code: str, number: str) -> str | None:
    """The code of what looks mistyped in a number as it is kept; it is kept all the same."""
    if kind_code == FIN and _NOT_IN_FIN & set(number):
        return "fin_with_i_or_o"
    series = _SERIES.get(kind_code)
    return "unusual_number" if series and not series.fullmatch(number) else None

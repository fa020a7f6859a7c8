"""Judgements that every kind of record shares. No database, no clock, no HTTP."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from app.core.dates import PartialDate
from app.core.errors import Invalid
from app.core.given import Given
from app.records.kinds import Said, first_and_last
from app.records.stamps import Stamp

Fault = tuple[str, str]
"""A field, and the code of what is wrong there."""


def invalid(*faults: Fault) -> Invalid:
    """The refusal that names these fields and rules, and repeats nothing that was sent."""
    return Invalid(errors=[{"pointer": f"/{name}", "code": code, "message": ""} for name, code in faults])


def refuse(faults: Iterable[Fault]) -> None:
    """Stop where there is any fault; all are named together."""
    if found := tuple(faults):
        raise invalid(*found)


def refuse_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Stop where two fields contradict each other: each fault names the one and, in `other`, the second."""
    faults = [
        {"pointer": f"/{late}", "code": "contradicts", "message": "", "other": f"/{early}"}
        for late, early in pairs
    ]
    if faults:
        raise Invalid(errors=faults)


def need_after_birth(said: Said, birth: PartialDate | None) -> None:
    """Stop a date that certainly lies before the person was born."""
    refuse(
        (name, "before_birth")
        for name, value in said.items()
        if birth and is_day(value) and first_and_last(value)[1] < birth.date
    )


def is_day(value: object) -> bool:
    """Whether it says a day: a date, whole or partial, or a moment."""
    return isinstance(value, PartialDate | Stamp) or (
        isinstance(value, date) and not isinstance(value, datetime)
    )


def need_values(given: type[Given], changes: Mapping[str, Any]) -> None:
    """Stop a correction that empties what a record of this kind cannot be without."""
    fields = given.model_fields
    refuse(
        (name, "missing")
        for name, value in changes.items()
        if value is None and (fields[name].is_required() or fields[name].get_default() is not None)
    )


def starts_after_it_ends(first: Any, last: Any) -> bool:
    """Whether a period certainly ends before it begins."""
    return bool(first and last and first_and_last(last)[1] < first_and_last(first)[0])

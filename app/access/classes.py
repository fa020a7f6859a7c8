"""Of which class every column is, and every field of an answer: how much it could hurt whom it is about.

Each room says it in a file of its own, `fields/<room>.csv`: `table.column` or `Schema.field`, and `table.*`
or `Schema.*` for the rest of it, `*.field` for what many answers have. Keys of records need no line.
"""

import csv
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

import sqlalchemy as sa

FILES = Path(__file__).parent / "fields"
STRUCTURE = {"id", "version", "created_at", "at", "by", "items", "next_cursor", "open_actions", "warnings"}


class Class(StrEnum):
    """From what harms least when it is seen to what harms most."""

    PUBLIC = "public"  # the directory, code lists, released statistics: of nobody
    OPERATIONAL = "operational"
    LOCATION = "location"
    CONTACT = "contact"
    IDENTITY = "identity"
    HEALTH = "health"
    MENTAL_HEALTH = "mental_health"
    SECRET = "secret"  # noqa: S105  # what opens something; answered only to whom it was just made for


SENSITIVE = frozenset({Class.LOCATION, Class.CONTACT, Class.IDENTITY, Class.HEALTH, Class.MENTAL_HEALTH})


@cache
def registry() -> Mapping[str, Class]:
    """Every line of every room's file; a key that stands twice is a mistake."""
    found: dict[str, Class] = {}
    for path in sorted(FILES.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["field"] in found:
                    raise ValueError(f"{path.name}: {row['field']} stands there twice")
                found[row["field"]] = Class(row["class"])
    return found


def of_column(column: "sa.Column[object]") -> Class | None:
    """The class of a column; None where nobody has said it."""
    own, rest = f"{column.table.name}.{column.name}", f"{column.table.name}.*"
    if own in registry():
        return registry()[own]
    if column.name in STRUCTURE or column.name.endswith("_id") or column.foreign_keys:
        return Class.OPERATIONAL
    return registry().get(rest)


def of_answer(schema: str, field: str, columns: Iterable["sa.Column[object]"]) -> Class | None:
    """The class of a field of an answer: as said, else the worst of its namesakes among the columns."""
    for key in (f"{schema}.{field}", f"{schema}.*", f"*.{field}"):
        if key in registry():
            return registry()[key]
    if field in STRUCTURE or field.endswith(("_id", "_ids")):
        return Class.OPERATIONAL
    theirs = [found for column in columns if column.name == field and (found := of_column(column))]
    return max(theirs, key=list(Class).index, default=None)

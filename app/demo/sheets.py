"""Rows as PostgreSQL's COPY reads them: written once as text, column by column as the tables declare them."""

import json
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import SQLModel

import app.models
from app.core.vault import Box
from app.demo.dice import Dice, dice

assert app.models.__all__  # every table is known from here on

EMPTY = r"\N"


class Ready(str):
    """A value that is written already: for what many rows share."""

    __slots__ = ()


_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class _Texts(dict[str, str]):
    """How each text is written; codes, which come again and again, are remembered."""

    def __missing__(self, text: str) -> str:
        if text.isidentifier():
            return self.setdefault(text, text)
        return text.translate(_ESCAPED)


TEXTS = _Texts()


def _codes(values: list[str]) -> str:
    """An array; its elements are codes or ids, which need no quotes."""
    return "{" + ",".join(str(value) for value in values) + "}"


class _Writers(dict[type, Callable[[Any], str]]):
    """How a value of each type is written; an enumeration as its value."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        if not issubclass(kind, Enum):
            raise TypeError(f"no column holds a {kind.__name__}")
        self[kind] = attrgetter("_value_")
        return self[kind]


WRITERS = _Writers(
    {
        str: TEXTS.__getitem__,
        int: str,
        float: repr,
        Decimal: str,
        bool: {True: "t", False: "f"}.__getitem__,
        bytes: lambda value: r"\\x" + value.hex(),
        date: date.isoformat,
        datetime: datetime.isoformat,
        UUID: attrgetter("hex"),
        Ready: str,
        list: _codes,
        dict: lambda value: json.dumps(value, ensure_ascii=False).translate(_ESCAPED),
        type(None): {None: EMPTY}.__getitem__,
    }
)


class Sheet:
    """The rows of one table."""

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        self.lines: list[str] = []
        self._forms: dict[tuple[str, ...], tuple[str, Callable[..., tuple[str, ...]]]] = {}

    def add(self, values: dict[str, Any]) -> None:
        """One row; columns not named hold their default. KeyError where there is no such column."""
        names = tuple(values)
        if not (form := self._forms.get(names)):
            form = self._forms[names] = self._form(names)
        written = [WRITERS[value.__class__](value) for value in values.values()]
        self.lines.append(form[0] % form[1](written))

    def _form(self, names: tuple[str, ...]) -> tuple[str, Callable[..., tuple[str, ...]]]:
        """A line with gaps for these columns, and what puts their values in the table's order."""
        columns = [column.name for column in self.table.columns]
        if unknown := set(names) - set(columns):
            raise KeyError(f"{self.table.name}: {sorted(unknown)}")
        rest = {column.name: _default(column).replace("%", "%%") for column in self.table.columns}
        line = "\t".join("%s" if name in names else rest[name] for name in columns)
        return line, itemgetter(*(names.index(name) for name in columns if name in names))


def _default(column: sa.Column[Any]) -> str:
    """What the table's own class would put there, as far as it is the same for every row."""
    default = column.default
    if isinstance(default, ScalarElementColumnDefault):
        return WRITERS[type(default.arg)](default.arg)
    if isinstance(column.type, sa.ARRAY) and not column.nullable:
        return _codes([])
    return EMPTY


class Sheets:
    """The rows of all tables, drawn with one set of dice."""

    def __init__(self, drawn_with: Dice) -> None:
        self.dice = drawn_with
        self.boxes: dict[UUID, Box] = {}  # compartments that have a key, by person
        self._sheets = {table.name: Sheet(table) for table in tables()}

    def with_dice(self, *place: object) -> "Sheets":
        """The same sheets with dice of their own: what is drawn here changes nothing that is drawn after."""
        other = copy(self)
        other.dice = dice(*place)
        return other

    def add(self, table: str, /, **values: Any) -> None:
        """One row of a table without an id of its own."""
        self._sheets[table].add(values)

    def record(self, table: str, at: datetime, /, **values: Any) -> UUID:
        """One row of a record that began at this moment; its new id."""
        new: UUID = values.get("id") or self.dice.new_id(at)
        values["id"], values["created_at"] = new, at
        self._sheets[table].add(values)
        return new

    def series(self, table: str, column: str, values: Iterable[int], /, **same: Any) -> None:
        """One row for each value of a column; in the others they are the same."""
        sheet = self._sheets[table]
        mark = "\x00"
        sheet.add(same | {column: Ready(mark)})
        before, after = sheet.lines.pop().split(mark)
        sheet.lines += [f"{before}{value}{after}" for value in values]

    def finished(self) -> Iterator[tuple[str, int, bytes]]:
        """For each table that has rows, parents first: its name, how many, and the text of the copy."""
        for name, sheet in self._sheets.items():
            if sheet.lines:
                sheet.lines.sort()  # by id, as most tables begin with it: neighbours in the index
                yield name, len(sheet.lines), ("\n".join(sheet.lines) + "\n").encode()


def ready(**ids: UUID) -> dict[str, Ready]:
    """Ids that many rows share, written once."""
    return {name: Ready(value.hex) for name, value in ids.items()}


def tables() -> list[sa.Table]:
    """The tables of the programme, parents before children."""
    return [table for table in SQLModel.metadata.sorted_tables if table.schema is None]


def columns(name: str) -> list[str]:
    """The columns of a table, in the order they are written."""
    return [column.name for column in SQLModel.metadata.tables[name].columns]

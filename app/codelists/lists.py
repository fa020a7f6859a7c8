"""Read code lists, and check values against them. A list is `data/<name>.csv`; no code is ever deleted."""

import csv
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import AfterValidator, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core import clock

DATA = Path(__file__).parent / "data"

Language = Literal["az", "en", "ru"]
LANGUAGES: Final[tuple[Language, ...]] = ("az", "en", "ru")
COLUMNS = ("code", "label_en", "label_az", "label_ru", "checked", "source", "from", "until")
CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
LONGEST_CODE = 40  # as the columns that hold codes


class BadList(Exception):
    """A list that must not be served: the file, the line, and what is wrong with it."""


@dataclass(frozen=True)
class Row:
    """One code: its labels, whether a native speaker has checked them, its source, its days in force."""

    code: str
    labels: Mapping[Language, str]
    checked: bool
    source: str
    starts: date | None
    until: date | None  # the last day in force
    extra: Mapping[str, str]

    def in_force(self, day: date) -> bool:
        """Whether a record of this day may be given this code."""
        return (self.starts is None or self.starts <= day) and (self.until is None or day <= self.until)


@cache
def names() -> tuple[str, ...]:
    """The names of all lists, sorted."""
    return tuple(sorted(path.stem for path in DATA.glob("*.csv")))


@cache
def load(name: str) -> Mapping[str, Row]:
    """One list in its own order, retired codes included. KeyError where there is no such list."""
    with _file(name).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ())[: len(COLUMNS)] != COLUMNS:
            raise BadList(f"{name}: the columns do not begin with {','.join(COLUMNS)}")
        rows = [_row(f"{name}, line {reader.line_num}", line) for line in reader]
    twice = {row.code for row in rows if sum(row.code == other.code for other in rows) > 1}
    if twice or not rows:
        raise BadList(f"{name}: {'used twice: ' + ', '.join(sorted(twice)) if twice else 'empty'}")
    return MappingProxyType({row.code: row for row in rows})


@cache
def version(name: str) -> str:
    """Changes exactly when the file does: for ETags, and for devices that hold a copy."""
    return hashlib.sha256(_file(name).read_bytes()).hexdigest()[:16]


def label(name: str, code: str, language: Language) -> str:
    """What people read for a code, also for a retired one. KeyError where the list never had it."""
    return load(name)[code].labels[language]


def in_force(name: str) -> list[str]:
    """The codes that new input may use today."""
    today = clock.today()
    return [code for code, row in load(name).items() if row.in_force(today)]


def _file(name: str) -> Path:
    if name not in names():  # also keeps a name from the outside from walking the disk
        raise KeyError(name)
    return DATA / f"{name}.csv"


def _row(where: str, line: Mapping[str | None, Any]) -> Row:
    if None in line or None in line.values():
        raise BadList(f"{where}: not as many fields as columns")
    fields = {str(column): str(value) for column, value in line.items()}
    if any(value != value.strip() for value in fields.values()):
        raise BadList(f"{where}: blanks around a field")
    if not CODE.fullmatch(fields["code"]) or len(fields["code"]) > LONGEST_CODE:
        raise BadList(f"{where}: not a code: {fields['code']}")
    if not all(fields[column] for column in COLUMNS[:6]):
        raise BadList(f"{where}: a code needs its labels in three languages, a source, and checked yes or no")
    if fields["checked"] not in {"yes", "no"}:
        raise BadList(f"{where}: checked is yes or no")
    starts, until = (_day(where, fields[column]) for column in ("from", "until"))
    if starts and until and until < starts:
        raise BadList(f"{where}: until lies before from")
    return Row(
        code=fields["code"],
        labels=MappingProxyType({language: fields[f"label_{language}"] for language in LANGUAGES}),
        checked=fields["checked"] == "yes",
        source=fields["source"],
        starts=starts,
        until=until,
        extra=MappingProxyType({k: v for k, v in fields.items() if k not in COLUMNS}),
    )


def _day(where: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadList(f"{where}: not a date: {text}") from error


@dataclass(frozen=True)
class Coded(AfterValidator):
    """A field that holds a code of a list. In OpenAPI it is a component of its own, an enum of the codes."""

    name: str
    retired_too: bool

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A string, checked against the list, under the list's own name."""
        title = "".join(word.capitalize() for word in self.name.split("_"))
        title += "Recorded" if self.retired_too else "Code"

        def enum(*_: object) -> dict[str, Any]:
            codes = list(load(self.name)) if self.retired_too else in_force(self.name)
            return {"type": "string", "title": title, "enum": codes}

        return core_schema.no_info_after_validator_function(
            self.func,  # type: ignore[arg-type]  # ours takes the value alone
            handler(source),
            ref=f"app.codelists.{title}:{self.name}",
            metadata={"pydantic_js_functions": [enum]},
        )


def coded(name: str) -> Coded:
    """For `Annotated[str, ...]` of what comes in: the codes in force today."""
    load(name)

    def check(value: str) -> str:
        if value not in load(name):
            raise PydanticCustomError("not_in_code_list", "Not a code of the list {list}", {"list": name})
        if not load(name)[value].in_force(clock.today()):
            raise PydanticCustomError("code_not_in_force", "A code not in force, list {list}", {"list": name})
        return value

    return Coded(check, name, retired_too=False)


def recorded(name: str) -> Coded:
    """For `Annotated[str, ...]` of what goes out: every code the list has ever had."""
    load(name)

    def check(value: str) -> str:
        if value not in load(name):
            raise PydanticCustomError("not_in_code_list", "Not a code of the list {list}", {"list": name})
        return value

    return Coded(check, name, retired_too=True)

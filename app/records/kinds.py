"""Kinds of records: how one is made from what was sent, judged, and shown. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from app.core.dates import PartialDate, Precision
from app.core.db import Held
from app.core.given import Given
from app.core.vault import Box
from app.records.stamps import Stamp, parts_of, stamp_of

H = TypeVar("H", bound=Held)
Said = Mapping[str, Any]
"""What a record says, field by field as clients know it."""
PARTS = ("on", "precision", "estimated")
EARLIEST_ZONE = timedelta(hours=14)  # where a day begins first


@dataclass(frozen=True, slots=True)
class Around:
    """What a record is judged by: the person's birth, its like in the same file, what it points to."""

    birth: PartialDate | None = None
    others: Sequence[Said] = ()
    pointed: Mapping[str, Said] = field(default_factory=dict)


def _nothing(_: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind(Generic[H]):
    """One kind of record of a person's file.

    - `dated`: fields that are partial dates, `stamped`: those that are moments, each three columns.
    - `sealed`: fields that only the person's key opens. `places`: those that name a facility.
    - `points`: fields that name a record of another kind in the same file.
    - `alone`: it is judged without a look at its like, of which a file may have very many.
    - `judge`: raises what forbids it. `more`: what is shown of a record beside what it says.
    """

    table: type[H]
    given: type[Given]
    out: type[BaseModel]
    judge: Callable[[Said, Around], None]
    dated: tuple[str, ...] = ()
    stamped: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    alone: bool = False
    points: Mapping[str, "Kind[Any]"] = field(default_factory=dict)
    more: Callable[[H], Mapping[str, Any]] = _nothing

    @property
    def word(self) -> str:
        """What one is called."""
        return str(self.table.__tablename__)

    @property
    def fields(self) -> tuple[str, ...]:
        """What a record of this kind says."""
        return tuple(name for name in self.given.model_fields if name != "id")

    def columns(self, box: Box, row_id: UUID, said: Said) -> dict[str, Any]:
        """These fields as columns: dates in parts, words sealed."""
        found: dict[str, Any] = {}
        for name, value in said.items():
            if name in self.dated:
                found |= _parts(name, value)
            elif name in self.stamped:
                found |= parts_of(name, value)
            elif name in self.sealed:
                found[name] = None if value is None else box.seal(self.word, name, row_id, value)
            else:
                found[name] = value
        return found

    def said(self, box: Box, record: H) -> dict[str, Any]:
        """What a record says, opened."""
        return {name: self._field(box, record, name) for name in self.fields}

    def shown(self, box: Box, record: H) -> Any:
        """The record as it is answered."""
        own = {name: getattr(record, name) for name in self.out.model_fields if hasattr(record, name)}
        return self.out.model_validate(own | self.said(box, record) | dict(self.more(record)))

    def _field(self, box: Box, record: H, name: str) -> Any:
        if name in self.dated:
            return partial_date(record, name)
        if name in self.stamped:
            return stamp_of(record, name)
        value = getattr(record, name)
        if name in self.sealed and value is not None:
            return box.read(self.word, name, record.id, value)
        return value


def partial_date(record: Held, name: str) -> PartialDate | None:
    """A partial date from its three columns."""
    on, precision, estimated = (getattr(record, f"{name}_{part}") for part in PARTS)
    if on is None:
        return None
    return PartialDate(date=on, precision=Precision(precision), estimated=estimated)


def _parts(name: str, value: PartialDate | None) -> dict[str, Any]:
    parts = (value.date, value.precision.value, value.estimated) if value else (None, None, False)
    return dict(zip((f"{name}_{part}" for part in PARTS), parts, strict=True))


def first_and_last(value: PartialDate | Stamp | date) -> tuple[date, date]:
    """The first and the last day that a date, or a moment anywhere on Earth, may stand for."""
    match value:
        case PartialDate():
            return value.date, value.last
        case Stamp():
            return (value.at - EARLIEST_ZONE).date(), (value.last + EARLIEST_ZONE).date()
    return value, value

"""A person's calendar as other programs read it (RFC 5545): codes and kinds, and nobody. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from app.codelists import lists

if TYPE_CHECKING:  # else where it is used: few workers ever write a calendar
    from icalendar import Event

MAKER = "-//Dayaq//Own calendar//EN"
VISIT = {"az": "Ziyarət", "en": "Visit", "ru": "Визит"}


class Entry(NamedTuple):
    """A day or a moment, of what kind (code list, code), about which case or referral: by its code."""

    id: UUID
    version: int
    changed_at: datetime
    at: date | datetime
    kind: tuple[str, str] | None  # none: a visit to which a referral led
    code: str
    minutes: int | None = None


def write(entries: Iterable[Entry], language: str) -> bytes:
    """The calendar. The same entries give the same bytes, so that it can be tagged."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Dayaq")
    calendar.add("refresh-interval;value=duration", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, language))
    return bytes(calendar.to_ical())


def _event(entry: Entry, language: str) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", f"{entry.id}@dayaq")
    event.add("dtstamp", entry.changed_at)
    event.add("sequence", entry.version - 1)
    event.add("dtstart", entry.at)
    if entry.minutes:
        event.add("duration", timedelta(minutes=entry.minutes))
    event.add("summary", f"{_label(entry.kind, language)} {entry.code}")
    event.add("class", "CONFIDENTIAL")
    if not isinstance(entry.at, datetime):
        event.add("transp", "TRANSPARENT")  # a task of a day does not make it a busy day
    return event


def _label(kind: tuple[str, str] | None, language: str) -> str:
    if kind is None:
        return VISIT.get(language, VISIT["en"])
    name, code = kind
    return next(text for spoken, text in lists.load(name)[code].labels.items() if spoken == language)

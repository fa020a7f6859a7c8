"""A programme's sessions as a calendar (RFC 5545): when and where, and nobody's name. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from app.codelists import lists
from app.programmes.models import Programme, Session

if TYPE_CHECKING:  # else where it is used: few workers ever write a calendar
    from icalendar import Event

MAKER = "-//Dayaq//Programmes//EN"


def of(name: str, events: "Iterable[Event]") -> bytes:
    """The calendar that other programs subscribe to."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def event(programme: Programme, session: Session) -> "Event":
    """One session as an entry of a calendar. A cancelled one stays, and says so."""
    from icalendar import Event

    found = Event()
    found.add("uid", f"{session.id}@dayaq")
    found.add("dtstamp", session.created_at)
    found.add("sequence", session.version - 1)
    found.add("dtstart", session.starts_at)
    found.add("dtend", session.starts_at + timedelta(minutes=session.minutes))
    found.add("summary", f"{programme.name}: {lists.label('session_kind', session.kind_code, 'en')}")
    found.add("location", session.place or programme.place)
    found.add("status", "CANCELLED" if session.cancelled_at else "CONFIRMED")
    return found

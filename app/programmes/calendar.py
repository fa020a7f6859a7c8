"""A programme's sessions as a calendar (RFC 5545): when and where, and nobody's name. Pure."""

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event

from app.codelists import lists
from app.programmes.models import Programme, Session

MAKER = "-//Dayaq//Programmes//EN"


def of(programme: Programme, sessions: Iterable[Session]) -> bytes:
    """The calendar that other programs subscribe to. A cancelled session stays, and says so."""
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", programme.name)
    for session in sessions:
        calendar.add_component(_event(programme, session))
    return bytes(calendar.to_ical())


def _event(programme: Programme, session: Session) -> Event:
    event = Event()
    event.add("uid", f"{session.id}@dayaq")
    event.add("dtstamp", session.created_at)
    event.add("sequence", session.version - 1)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.starts_at + timedelta(minutes=session.minutes))
    event.add("summary", f"{programme.name}: {lists.label('session_kind', session.kind_code, 'en')}")
    event.add("location", session.place or programme.place)
    event.add("status", "CANCELLED" if session.cancelled_at else "CONFIRMED")
    return event

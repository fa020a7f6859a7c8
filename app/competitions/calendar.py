"""Matches as a calendar (RFC 5545) and as a page to print: teams, when and where, and nobody's name. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.competitions.queries import Match

if TYPE_CHECKING:  # else where it is used: few workers ever write a calendar
    from icalendar import Event

LASTS = timedelta(minutes=90)  # two halves of 25 minutes, the break between them, and room to spare
UNKNOWN = "?"


def event(match: Match) -> "Event":
    """One match as an entry of a calendar. A cancelled one stays, and says so."""
    from icalendar import Event

    fixture, found = match.fixture, Event()
    found.add("uid", f"{fixture.id}@dayaq")
    found.add("dtstamp", fixture.created_at)
    found.add("sequence", fixture.version - 1)
    if fixture.starts_at:
        found.add("dtstart", fixture.starts_at)
        found.add("dtend", fixture.starts_at + LASTS)
    found.add("summary", f"{match.competition}, {match.division}: {_sides(match)}")
    found.add("location", fixture.place)
    found.add("status", "CANCELLED" if fixture.cancelled_at else "CONFIRMED")
    return found


def page(title: str, matches: Iterable[Match], zone: str) -> str:
    """The matches on paper: one table, black on white, moments as the wall clock has them."""
    lines = "".join(_line(match, zone) for match in matches)
    head = "".join(f"<th>{word}</th>" for word in ("#", "When", "Where", "Match", "Result"))
    style = "body{font:12pt serif}table{border-collapse:collapse}td,th{border:1px solid;padding:.3em .6em}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body><h1>{escape(title)}</h1>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></body></html>"
    )


def _sides(match: Match) -> str:
    return f"{match.home or UNKNOWN} – {match.away or UNKNOWN}"


def _line(match: Match, zone: str) -> str:
    fixture = match.fixture
    when = (
        fixture.starts_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        if fixture.starts_at
        else UNKNOWN
    )
    result = (
        f"{fixture.home_goals}:{fixture.away_goals}"
        if fixture.result_code
        else "–"
        if fixture.cancelled_at
        else ""
    )
    cells = (str(fixture.round or UNKNOWN), when, fixture.place, _sides(match), result)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"

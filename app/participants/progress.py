"""What taking part comes to: how often somebody was there, by month, and whether it became regular. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.participants import rules

MOBILITY = ("amp_no_pro", "amp_pro", "plus_m", "lci_5", "tug", "walk_2min", "walk_6min")
"""Instruments that measure how somebody gets about, in the order in which they are shown."""
MILESTONES = (
    *("peer_group_joined", "voc_enrol", "sport_clearance", "sport_tried", "sport_join", "sport_regular"),
    *("sport_classified", "sport_compete", "sport_selected"),
)
"""Steps that taking part shows by itself (the milestone catalogue)."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One session of which something was noted."""

    on: date
    status_code: str  # code list: attendance_status


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in which sessions were noted."""

    begins: date
    noted: int
    attended: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What attendance in one programme comes to."""

    noted: int
    attended: int
    first_on: date | None  # attended
    last_on: date | None
    regular_since: date | None  # the day on which three months became full
    is_regular: bool  # up to the last time
    months: tuple[Month, ...]


def of(presences: Iterable[Presence]) -> Progress:
    """Presences in one programme, in any order."""
    every = sorted(presences, key=lambda one: one.on)
    days = [one.on for one in every if rules.attended(one.status_code)]
    regular = (day for place, day in enumerate(days) if rules.is_regular(days[: place + 1], day))
    return Progress(
        noted=len(every),
        attended=len(days),
        first_on=days[0] if days else None,
        last_on=days[-1] if days else None,
        regular_since=next(regular, None),
        is_regular=bool(days) and rules.is_regular(days, days[-1]),
        months=_months(every),
    )


def _months(every: Iterable[Presence]) -> tuple[Month, ...]:
    found: dict[date, list[bool]] = {}
    for one in every:
        found.setdefault(one.on.replace(day=1), []).append(rules.attended(one.status_code))
    return tuple(Month(begins, len(there), sum(there)) for begins, there in sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody's attendance in one programme, with what the programme is."""

    enrolment_id: UUID
    programme_id: UUID
    name: str
    kind_code: str
    sport_code: str | None
    joined_on: date | None
    ended_on: date | None
    presences: tuple[Presence, ...]

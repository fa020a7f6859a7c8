"""Which milestones a record of emergency care shows (app/milestones/catalogue.csv). Pure."""

from collections.abc import Iterator
from datetime import date, tzinfo

from app.core.dates import PartialDate
from app.records.kinds import Said
from app.records.stamps import Stamp

SHOWS: dict[str, dict[str, str]] = {
    "emergency_episode": {
        "aid_began": "first_aid_given",
        "arrived": "facility_reached",
        "surgery_began": "first_surgery_done",
    },
    "facility_stay": {"admitted": "facility_reached"},
    "operation": {"performed": "first_surgery_done"},
}
"""For each kind of record: which of its fields shows which milestone."""


def shown(word: str, said: Said, zone: tzinfo) -> Iterator[tuple[str, date]]:
    """The milestones that a record shows, each with its day, where that is known."""
    for name, code in SHOWS.get(word, {}).items():
        if day := _day(said[name], zone):
            yield code, day


def _day(value: Stamp | PartialDate | None, zone: tzinfo) -> date | None:
    """The one day that it may stand for; none where it may be one of several."""
    match value:
        case Stamp():
            first, last = value.at.astimezone(zone).date(), value.last.astimezone(zone).date()
        case PartialDate():
            first, last = value.date, value.last
        case _:
            return None
    return first if first == last else None

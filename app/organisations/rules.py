"""Judgements about entries of the directory already in hand. No database, no clock."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from app.access.actor import Grant
from app.access.table import Reach
from app.core.errors import Forbidden, Invalid
from app.organisations.errors import CannotReceive
from app.organisations.load import Point
from app.organisations.models import Facility, Organisation

TEXTS = {
    "facility_closed": "Closed",
    "facility_takes_no_referrals": "Takes no referrals",
    "service_not_offered": "Not offered there",
    "nobody_there": "Nobody has an account there: mark it as outside, or wait until somebody has",
    "not_in_directory": "Not in the directory",
    "place_incomplete": "A place needs both its latitude and its longitude",
}


def may_offer(grant: Grant, facility_id: UUID) -> None:
    """Stop who writes offers for a facility other than the own one, unless the reach covers all."""
    own = grant.reach is Reach.FACILITY and grant.actor.facility_id == facility_id
    if not own and grant.reach is not Reach.ALL:
        raise Forbidden(permission=grant.permission.value)


def is_open(closed_on: date | None, day: date) -> bool:
    """Whether what closes, or closed, on this date is open on a day; on its last day it is closed."""
    return closed_on is None or day < closed_on


def need_receiver(
    facility: Facility, body: Organisation, offered: Collection[str], asked: Sequence[str], day: date
) -> None:
    """Stop unless the facility takes referrals on this day and offers each service that is asked."""
    faults = []
    if not (is_open(facility.closed_on, day) and is_open(body.closed_on, day)):
        faults.append(fault("/to_facility_id", "facility_closed"))
    elif not facility.takes_referrals:
        faults.append(fault("/to_facility_id", "facility_takes_no_referrals"))
    faults += [
        fault(f"/service_codes/{place}", "service_not_offered")
        for place, code in enumerate(asked)
        if code not in offered
    ]
    if faults:
        raise CannotReceive(errors=faults)


def need_whole_place(latitude: float | None, longitude: float | None) -> None:
    """Stop half a point on the map."""
    if (latitude is None) != (longitude is None):
        missing = "/latitude" if latitude is None else "/longitude"
        raise Invalid(errors=[fault(missing, "place_incomplete")])


def place(latitude: float | None, longitude: float | None, needed: bool) -> Point | None:
    """From where distances are counted: both of its halves or none, and both where a distance is asked."""
    given = {"/latitude": latitude, "/longitude": longitude}
    missing = [pointer for pointer, value in given.items() if value is None]
    if len(missing) == 1 or (needed and missing):
        raise Invalid(errors=[{"pointer": pointer, "code": "missing", "message": ""} for pointer in missing])
    return None if latitude is None or longitude is None else Point(latitude, longitude)


def fault(pointer: str, code: str) -> dict[str, str]:
    """One field of a refusal: where, the stable code, the text (in the caller's language once it leaves)."""
    return {"pointer": pointer, "code": code, "message": TEXTS[code]}

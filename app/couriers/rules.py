"""When and on which ways a person is told, and when something is tried again. No database, no clock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.codelists import lists
from app.core.errors import Invalid
from app.couriers.models import Channel, Preference

LIST = "notification_kind"
OTHER = "other"  # what has no line of its own in the list
DAY = timedelta(days=1)
NIGHT = time(20), time(9)  # when nobody who is helped is sent a text message
LEAST = timedelta(hours=1)  # before a visit, a reminder is of no use any more
MINUTES = (1, 5, 30, 120, 360, 720, 1440)
BACK_OFF = tuple(timedelta(minutes=wait) for wait in MINUTES)
"""How long after each failure the next try is; after the last of them the delivery is dead."""
HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z]"
URL = rf"^https://{HOST}(?:/[A-Za-z0-9._~/-]*)?$"
"""https, a name (never an address in any of its spellings), the usual port, nothing secret in a query."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One way on which a message will go, and when."""

    channel: Channel
    due_at: datetime
    daily: bool = False


def code_of(kind: str) -> str:
    """The line of the code list for a kind of message: `referral.no-show` is `referral_no_show`."""
    code = kind.replace(".", "_").replace("-", "_")
    return code if code in lists.load(LIST) else OTHER


def is_urgent(code: str) -> bool:
    """Whether this may wake somebody who asked for it."""
    return lists.load(LIST)[code].extra["urgent"] == "yes"


def plan(wants: Preference, code: str, now: datetime, zone: str, ways: Collection[Channel]) -> list[Planned]:
    """On which of the ways that this service has the person is told, and when."""
    wakes = wants.wakes_for_urgent and is_urgent(code)
    soon = now if wakes else after_quiet(now, wants.quiet_from, wants.quiet_until, zone)
    planned = []
    if Channel.EMAIL in ways and wants.email and code in wants.email_kinds:
        planned.append(Planned(Channel.EMAIL, soon))
    elif Channel.EMAIL in ways and wants.email and code in wants.daily_kinds:
        planned.append(Planned(Channel.EMAIL, next_at(now, wants.daily_at, zone), daily=True))
    if Channel.TEXT in ways and wants.phone and code in wants.text_kinds:
        planned.append(Planned(Channel.TEXT, soon))
    return planned


def after_quiet(now: datetime, begins: time | None, ends: time | None, zone: str) -> datetime:
    """This moment, or the end of the quiet hours that it lies in; they may go past midnight."""
    if begins is None or ends is None:
        return now
    local = now.astimezone(ZoneInfo(zone)).time()
    quiet = begins <= local < ends if begins < ends else local >= begins or local < ends
    return next_at(now, ends, zone) if quiet else now


def next_at(now: datetime, wanted: time, zone: str) -> datetime:
    """The next moment after this one when clocks there show this time."""
    today = now.astimezone(ZoneInfo(zone)).date()
    moments = [datetime.combine(today + DAY * n, wanted, ZoneInfo(zone)).astimezone(UTC) for n in range(3)]
    return next(moment for moment in moments if moment > now)


def remind_at(now: datetime, visit: datetime, before: timedelta, zone: str) -> datetime | None:
    """So long before a visit, or at once, but never at night; None when the morning is too late."""
    moment = after_quiet(max(now, visit - before), *NIGHT, zone)
    return moment if moment <= visit - LEAST else None


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again what failed so many times; None when it is given up."""
    return now + BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None


def need_whole(said: Mapping[str, Any]) -> None:
    """Stop a wish without the address that it needs, twice for the same message, or with half a night."""
    missing = {
        "/email": not said["email"] and bool(said["email_kinds"] or said["daily_kinds"]),
        "/phone": not said["phone"] and bool(said["text_kinds"]),
        "/quiet_from": said["quiet_from"] is None and said["quiet_until"] is not None,
        "/quiet_until": said["quiet_until"] is None and said["quiet_from"] is not None,
    }
    faults = [_fault(pointer, "missing") for pointer, is_missing in missing.items() if is_missing]
    if set(said["email_kinds"]) & set(said["daily_kinds"]):
        faults.append(_fault("/daily_kinds", "repeated"))
    if faults:
        raise Invalid(errors=faults)


def need_allowed(url: str, hosts: Collection[str]) -> None:
    """Stop an address whose host this service was not allowed to talk to; the whole name is compared."""
    host = url.removeprefix("https://").split("/")[0]
    if host not in hosts:
        raise Invalid(errors=[_fault("/url", "host_not_allowed")])


def _fault(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "message": ""}

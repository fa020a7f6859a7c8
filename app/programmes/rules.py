"""Judgements about a programme already in hand. No database, no clock, no HTTP."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.access.actor import Actor, Grant
from app.access.table import Permission, Reach, reach_of
from app.codelists import lists
from app.core.errors import Forbidden, Invalid
from app.programmes.errors import (
    NotCounted,
    OutsideSeason,
    ProgrammeClosed,
    SeasonClosed,
    SessionAhead,
    SessionCancelled,
)
from app.programmes.models import Programme, Season, Session
from app.programmes.recurrence import MOST

SPORT, COMMUNITY = "sport", "community"


def organises(actor: Actor, facility_id: UUID) -> bool:
    """Whether the actor organises what this facility does."""
    reach = reach_of(actor.role, Permission.PROGRAMME_MANAGE)
    return reach is Reach.ALL or (reach is Reach.FACILITY and actor.facility_id == facility_id)


def need_organiser(grant: Grant, facility_id: UUID) -> None:
    """Stop who changes what another facility organises, which everybody may see."""
    own = grant.reach is Reach.FACILITY and grant.actor.facility_id == facility_id
    if not own and grant.reach is not Reach.ALL:
        raise Forbidden(permission=grant.permission.value)


def purpose_of(kind_code: str) -> str:
    """The consent purpose (code list: consent_purpose) that taking part in such a programme stands on."""
    return lists.load("programme_kind")[kind_code].extra["consent_purpose"]


def service_of(programme: Programme) -> str | None:
    """The service of the directory by which this programme is asked for, if there is one."""
    usual = lists.load("programme_kind")[programme.kind_code].extra["service"]
    named = programme.sport_code if programme.kind_code == SPORT else usual
    return named if named in lists.load("service") else usual or None


def need_sport(kind_code: str, sport_code: str | None) -> None:
    """Stop a sport programme that does not say which sport, and a sport in any other."""
    if (kind_code == SPORT) != (sport_code is not None):
        code = "sport_needed" if kind_code == SPORT else "not_a_sport"
        raise Invalid(errors=[{"pointer": "/sport_code", "code": code, "message": ""}])


def need_running(programme: Programme, day: date) -> None:
    """Stop what comes after a programme has ended."""
    if programme.closed_on is not None and day >= programme.closed_on:
        raise ProgrammeClosed


def need_open(season: Season) -> None:
    """Stop what a closed season takes no more."""
    if season.closed_at is not None:
        raise SeasonClosed(season_id=str(season.id))


def need_within(season: Season, moments: Sequence[datetime], zone: str) -> None:
    """Stop sessions outside their season, none at all, and more than a series may have."""
    if not moments or len(moments) > MOST:
        code = "no_session" if not moments else "too_long"
        raise Invalid(errors=[{"pointer": "/repeat", "code": code, "message": ""}])
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in (min(moments), max(moments))]
    if days[0] < season.starts_on or days[1] > season.ends_on:
        raise OutsideSeason(starts_on=season.starts_on.isoformat(), ends_on=season.ends_on.isoformat())


def need_held(session: Session, now: datetime) -> None:
    """Stop notes about a session that was cancelled or has not begun; a quarter of an hour early is right."""
    if session.cancelled_at is not None:
        raise SessionCancelled
    if session.starts_at - timedelta(minutes=15) > now:
        raise SessionAhead


def need_kind(session: Session, community: bool) -> None:
    """Stop counting where people are named, and naming where people are counted."""
    if (session.kind_code == COMMUNITY) != community:
        raise NotCounted


def feed_hash(secret: str) -> bytes:
    """What is kept of the secret in a calendar's address."""
    return hashlib.sha256(secret.encode()).digest()

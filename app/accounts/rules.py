"""Judgements about accounts and sessions in hand. No database, no clock, no HTTP."""

import unicodedata
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from app.access.actor import Actor
from app.access.caller import Signed
from app.access.table import Role
from app.accounts.errors import MembershipUnfit, OwnAccount, SecondFactorNeeded, StepUpNeeded

SECOND = frozenset({"otp", "rec"})
SESSION = timedelta(hours=12)
IDLE = timedelta(minutes=30)
RECENT = timedelta(minutes=5)
INVITED = timedelta(days=7)
ADMINISTRATOR_MINUTES = 5

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=15)
FORGOTTEN = timedelta(hours=24)  # wrong attempts that count no more

TEAM_ROLES = frozenset({Role.CASEWORKER, Role.SUPERVISOR})
FACILITY_ROLES = frozenset({Role.PROVIDER, Role.COUNSELLOR, Role.SPORTS_COORDINATOR})


def require_second_factor(signed: Signed, required: bool) -> None:
    """Stop a session that shows only a password where the programme requires more."""
    if required and not SECOND & set(signed.amr):
        raise SecondFactorNeeded


def require_recent(signed: Signed, now: datetime) -> None:
    """Stop unless the person proved in the last five minutes who they are."""
    if now - signed.auth_at > RECENT:
        raise StepUpNeeded(minutes=int(RECENT.total_seconds() // 60))


def require_other(actor: Actor, user_id: UUID) -> None:
    """Stop whoever would change their own rights."""
    if actor.user_id == user_id:
        raise OwnAccount


def wait_after(failures: int, free: int) -> timedelta:
    """How long the next attempt waits: nothing before the last free one, then 2 s doubling up to 15 min."""
    if failures < free:
        return timedelta()
    return min(FIRST_WAIT * (1 << min(failures - free, 20)), LONGEST_WAIT)


def network(address: str | None) -> str:
    """The part of an address that its holder cannot change at will: all of IPv4, a /64 of IPv6."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        return (
            known.ipv4_mapped.compressed if known.ipv4_mapped else str(ip_network((known, 64), strict=False))
        )
    return known.compressed


def need_place(role: Role, team_id: UUID | None, facility_id: UUID | None) -> None:
    """Stop unless the role has the place that its reach is counted from, and no other."""
    if role in TEAM_ROLES and team_id is None:
        raise MembershipUnfit(reason="needs_team")
    if role in FACILITY_ROLES and facility_id is None:
        raise MembershipUnfit(reason="needs_facility")
    if (team_id and role not in TEAM_ROLES) or (facility_id and role not in FACILITY_ROLES):
        raise MembershipUnfit(reason="takes_no_place")


def access_minutes(roles: set[Role], usual: int) -> int:
    """How long an access token is good: shorter for whoever may let people in."""
    return min(usual, ADMINISTRATOR_MINUTES) if Role.ADMINISTRATOR in roles else usual


def folded(username: str) -> str:
    """A user name as it is kept and looked up: one spelling, whatever the keyboard."""
    return unicodedata.normalize("NFKC", username).casefold().strip()

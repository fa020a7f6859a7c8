"""Judgements about a referral already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.table import Permission, Reach, Role, reach_of
from app.appointments.errors import BeforeItsTime
from app.cases.errors import CaseNotOpen, ConsentMissing
from app.cases.models import Case
from app.cases.states import OPEN
from app.codelists import lists
from app.core.errors import IllegalMove, Invalid, NotFound
from app.organisations.calendar import ALWAYS_OPEN, Calendar
from app.records.stamps import CLOCKS_DIFFER
from app.referrals.errors import NotByHand, NotLive, NotUnserved
from app.referrals.models import Referral
from app.referrals.states import LIVE, REFERRAL, UNSERVED, Action, Party, Status
from app.survivors.models import Consent
from app.survivors.rules import SHARING


class ShareItem(StrEnum):
    """What a referral can share today: of the code list `share_item`, the parts that are recorded here."""

    IDENTITY = "identity"
    CONTACT = "contact"
    ASSESSMENTS = "assessments"
    MILESTONES = "milestones"
    INJURY = "injury"
    DEVICE_HISTORY = "device_history"
    PSYCHOSOCIAL = "psychosocial"  # opens the compartment to counsellors; nothing of it is in what is shared
    REINTEGRATION = "reintegration"  # opens school, work, a home, grants to those who give them


AGREED_BY: dict[str, str] = {
    ShareItem.IDENTITY: "identity",
    ShareItem.CONTACT: "contact",
    ShareItem.ASSESSMENTS: "health",
    ShareItem.MILESTONES: "services",
    ShareItem.INJURY: "health",
    ShareItem.DEVICE_HISTORY: "services",
    ShareItem.PSYCHOSOCIAL: "mental_health",
    ShareItem.REINTEGRATION: "services",
}
"""Which data the person must have agreed to share (code list: consent_data) for each item."""
APART = frozenset({ShareItem.PSYCHOSOCIAL, ShareItem.REINTEGRATION})
"""What a referral opens elsewhere, and never shows in the shared record."""


AHEAD = timedelta(days=730)  # as far as a visit is agreed on
WAITS = timedelta(days=5 * 365)  # as far as a place is expected
ANSWERS = [role for role in Role if reach_of(role, Permission.REFERRAL_ANSWER) is Reach.FACILITY]
"""Who answers what comes to a facility."""
REASONS = {
    Action.DECLINE: "decline_reason_code",
    Action.NO_SHOW: "no_show_reason_code",
    Action.PRIORITISE: "priority_reason_code",
    Action.CANCEL: "end_reason_code",
    Action.DISCONTINUE: "end_reason_code",
}
"""In which column an action's reason is kept."""


DATES = {"scheduled_for": Action.SCHEDULE, "expected_on": Action.WAITLIST}
"""What an action sets that it may set anew: each step of the history keeps what was said then."""


def said_with(action: Action, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a step keeps of what was said, for both sides to see; why it was taken back is its sender's."""
    column = None if action is Action.CANCEL else REASONS.get(action)
    reason = changes.get(column) if column else None
    dates = {name: changes.get(name) if action is sets else None for name, sets in DATES.items()}
    return {"reason_code": reason, "priority_code": changes.get("priority_code"), **dates}


def hears(side: Party, by_hand: bool, owner_acts: bool) -> Party | None:
    """Who is told: this side; where it has no accounts, whoever is responsible and does not act."""
    if not by_hand:
        return side
    return None if owner_acts else Party.SENDER


def parties(referral: Referral, actor: Actor) -> list[Party]:
    """On which side of the referral the actor stands; on none for an outsider."""
    sends = {
        Reach.OWN: referral.owner_id in actor.owners,
        Reach.TEAM: referral.team_id == actor.team_id,
        Reach.ALL: True,
    }
    answers = {Reach.FACILITY: referral.to_facility_id == actor.facility_id}
    is_sender = sends.get(reach_of(actor.role, Permission.REFERRAL_SEND), False)
    is_receiver = answers.get(reach_of(actor.role, Permission.REFERRAL_ANSWER), False)
    return [Party.SENDER] * is_sender + [Party.RECEIVER] * is_receiver


def trail(referral: Referral, *others: UUID) -> list[UUID]:
    """What an audit event about this referral names: the referral, the case, the person, what was shown."""
    return [referral.id, referral.case_id, referral.survivor_id, *others]


def answer_by(sent_at: datetime, priority_code: str, calendar: Calendar = ALWAYS_OPEN) -> datetime:
    """Until when the facility should answer (code list: referral_priority)."""
    hours = lists.load("referral_priority")[priority_code].extra["answer_within_hours"]
    return clock_of(priority_code, calendar).after(sent_at, timedelta(hours=int(hours)))


def clock_of(priority_code: str, calendar: Calendar) -> Calendar:
    """The calendar that this priority goes by: the clock of a normal one stops on closed days."""
    stops = lists.load("referral_priority")[priority_code].extra["clock"] == "open_days"
    return calendar if stops else ALWAYS_OPEN


def is_overdue(referral: Referral, now: datetime) -> bool:
    """Whether the facility should have answered before this moment and has not."""
    waits = referral.status is Status.SENT and referral.answer_by is not None
    return waits and referral.answer_by is not None and referral.answer_by < now


def need_draft(referral: Referral, by: Iterable[Party]) -> None:
    """Stop a change to what has been sent: the other side reads it."""
    if referral.status is not REFERRAL.start:
        now = referral.status
        raise IllegalMove(status_now=now.value, action="amend", open_actions=REFERRAL.open(now, by))


def need_by_hand(referral: Referral) -> None:
    """Stop a sender who answers for a facility that can do so itself."""
    if not referral.by_hand:
        raise NotByHand


def need_unserved(referral: Referral, sent_on: Referral | None) -> None:
    """Stop the sending on of what is under way, was served, or was sent on before."""
    if referral.status not in UNSERVED or sent_on is not None:
        raise NotUnserved(status_now=referral.status.value)


def need_live(referral: Referral) -> None:
    """Stop a message about what is not live."""
    if referral.status not in LIVE:
        raise NotLive(status_now=referral.status.value)


def need_open(case: Case) -> None:
    """Stop a referral for a case on which nobody works any more."""
    if case.status not in OPEN:
        raise CaseNotOpen(status_now=case.status.value)


def is_live(consent: Consent | None, referral: Referral, day: date) -> bool:
    """Whether on this day the person agrees to share with the facility of this referral."""
    return (
        consent is not None
        and consent.purpose_code == SHARING
        and consent.survivor_id == referral.survivor_id
        and consent.facility_id == referral.to_facility_id
        and consent.withdrawn_at is None
        and consent.given_on <= day <= consent.valid_until
    )


def need_consent(consent: Consent | None, referral: Referral, day: date) -> Consent:
    """Stop unless the person agrees, today, to share each chosen item with this facility."""
    if consent is None or not is_live(consent, referral, day):
        raise ConsentMissing(purpose=SHARING)
    if missing := not_agreed(consent, referral):
        raise ConsentMissing(purpose=SHARING, share_codes=missing)
    return consent


def renews(new: Consent, old: Consent, referral: Referral, day: date) -> bool:
    """Whether this consent allows all that the referral shares, and for longer than the one it stands on.

    Nothing revives what stands on a consent that was taken back.
    """
    ends = old.valid_until if old.withdrawn_at is None else date.max
    return ends < new.valid_until and is_live(new, referral, day) and not not_agreed(new, referral)


def not_agreed(consent: Consent, referral: Referral) -> list[str]:
    """What the referral shares and this consent does not allow."""
    return [item for item in referral.share_codes if AGREED_BY[item] not in consent.data_codes]


def need_shared(referral: Referral, consent: Consent | None, by: Iterable[Party], day: date) -> None:
    """Show what is shared to its sender always, to its receiver while both referral and consent are live."""
    live = referral.status in LIVE and is_live(consent, referral, day)
    if not live and Party.SENDER not in by:
        raise NotFound


def asks_for(referral: Referral, pillar: str) -> bool:
    """Whether some service that it asks for is of this pillar (code list: service)."""
    services = lists.load("service")
    return any(services[code].extra["pillar"] == pillar for code in referral.service_codes)


def shows(referral: Referral, consent: Consent | None, item: ShareItem) -> bool:
    """Whether this item was chosen and, where a consent is there to say so, agreed to."""
    agreed = consent is None or AGREED_BY[item] in consent.data_codes
    return agreed and item.value in referral.share_codes


def period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The days that are measured: as asked, else the year that ends today."""
    last = until or today
    first = since or last - timedelta(days=365)
    if last < first:
        raise Invalid(errors=[{"pointer": "/until", "code": "until_before_since", "message": ""}])
    return first, last


def need_near(scheduled_for: datetime, now: datetime) -> None:
    """Stop a visit years ahead: with a wrong year nobody would ever ask what became of it."""
    if scheduled_for > now + AHEAD:
        raise Invalid(errors=[{"pointer": "/scheduled_for", "code": "too_far_ahead", "message": ""}])


def need_begun(referral: Referral, now: datetime) -> None:
    """Stop who says, before its time, that the person did not come."""
    if referral.scheduled_for and referral.scheduled_for > now + CLOCKS_DIFFER:
        raise BeforeItsTime(starts_at=referral.scheduled_for.isoformat())


def need_later(referral: Referral, scheduled_for: datetime) -> None:
    """Stop a visit before it was even asked for."""
    if referral.sent_at is not None and scheduled_for < referral.sent_at:
        raise Invalid(errors=[{"pointer": "/scheduled_for", "code": "before_sending", "message": ""}])

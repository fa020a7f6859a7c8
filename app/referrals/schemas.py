"""What a client sends about a referral, and what each side gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.access.actor import Actor
from app.codelists.lists import coded, recorded
from app.core import clock, vault
from app.core.given import Day, Given, Instant, LongText, Text
from app.core.shown import Shown
from app.referrals import rules
from app.referrals.models import Referral, ReferralMessage
from app.referrals.rules import ShareItem
from app.referrals.states import REFERRAL, Action, Party, Status


def _once(codes: list[Any]) -> list[Any]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


def _not_past(day: date) -> date:
    if day < clock.today():
        raise PydanticCustomError("in_the_past", "This date is over")
    if day > clock.today() + rules.WAITS:
        raise PydanticCustomError("too_far_ahead", "Too far ahead")
    return day


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


Priority = Annotated[str, coded("referral_priority")]
Services = Annotated[
    list[Annotated[str, coded("service")]], Field(min_length=1, max_length=20), AfterValidator(_once)
]
ShareItems = Annotated[list[ShareItem], Field(max_length=len(ShareItem)), AfterValidator(_once)]


class DraftReferral(Given):
    """A request to a facility about one case: services asked, and exactly what is shared."""

    id: UUID | None = None
    case_id: UUID
    to_facility_id: UUID
    priority_code: Priority = "normal"
    service_codes: Services
    share_codes: ShareItems
    reason: LongText | None = None


class AmendReferral(Given):
    """What changes about a draft; what is not sent stays."""

    to_facility_id: UUID = _kept()
    priority_code: Priority = _kept()
    service_codes: Services = _kept()
    share_codes: ShareItems = _kept()
    reason: LongText | None = None


class DeclineReferral(Given):
    """Why not, and perhaps where instead."""

    reason_code: Annotated[str, coded("decline_reason")]
    suggested_facility_id: UUID | None = None


class SendOnReferral(Given):
    """Where what was not served goes now, if not to the facility that was suggested; and what changes."""

    id: UUID | None = None
    to_facility_id: UUID | None = None
    priority_code: Priority | None = None
    service_codes: Services | None = None
    share_codes: ShareItems | None = None


class PrioritiseReferral(Given):
    """How urgent it is from now on, and why the order of the queue changes."""

    priority_code: Priority
    reason_code: Annotated[str, coded("priority_reason")]


class WaitlistReferral(Given):
    """When a place is expected, if that can be said; said anew, it is another day, or not known any more."""

    expected_on: Annotated[Day, AfterValidator(_not_past)] | None = None


class ScheduleReferral(Given):
    """When the person is to come; said anew, it is another time."""

    scheduled_for: Instant


class NoShowReferral(Given):
    """Why the person did not come, as far as is known, and what is done about it."""

    reason_code: Annotated[str, coded("no_show_reason")] = "unknown"
    next_step_code: Annotated[str, coded("no_show_step")]


class CompleteReferral(Given):
    """The outcome, what was given, and the counter-referral: what was done and what comes next."""

    outcome_code: Annotated[str, coded("referral_outcome")]
    counter_referral: LongText
    given_codes: Annotated[
        list[Annotated[str, coded("service")]], Field(max_length=20), AfterValidator(_once)
    ] = []
    device_codes: Annotated[
        list[Annotated[str, coded("assistive_product")]], Field(max_length=20), AfterValidator(_once)
    ] = []


class CancelReferral(Given):
    """Why the referral is taken back."""

    reason_code: Annotated[str, coded("cancel_reason")]


class DiscontinueReferral(Given):
    """Why the service ended before its aim."""

    reason_code: Annotated[str, coded("discontinue_reason")]


class WriteMessage(Given):
    """What one side writes to the other."""

    id: UUID | None = None
    text: Text


class InboxRow(Shown):
    """A referral as a line of a facility's inbox. `queries.page_json` writes it."""

    id: UUID
    version: int
    code: str
    organisation_id: UUID
    to_facility_id: UUID
    priority_code: Annotated[str, recorded("referral_priority")]
    service_codes: list[Annotated[str, recorded("service")]]
    status: Status
    sent_at: datetime | None
    answer_by: datetime | None
    answered_at: datetime | None
    expected_on: date | None
    scheduled_for: datetime | None
    ended_at: datetime | None


class OutboxRow(InboxRow):
    """A referral as a line of the sender's outbox: also for which case, and the person's code."""

    case_id: UUID
    survivor_code: str


class ReceivedReferralOut(Shown):
    """A referral as the facility sees it. Who it is about is in `/shared-record`, and nowhere else."""

    side: Literal["receiver"] = "receiver"
    id: UUID
    version: int
    code: str
    organisation_id: UUID
    to_facility_id: UUID
    priority_code: Annotated[str, recorded("referral_priority")]
    priority_reason_code: Annotated[str, recorded("priority_reason")] | None
    service_codes: list[Annotated[str, recorded("service")]]
    share_codes: list[ShareItem]
    status: Status
    sent_at: datetime
    answer_by: datetime
    overdue: bool
    answered_at: datetime | None
    expected_on: date | None
    scheduled_for: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    decline_reason_code: Annotated[str, recorded("decline_reason")] | None
    suggested_facility_id: UUID | None
    no_show_reason_code: Annotated[str, recorded("no_show_reason")] | None
    next_step_code: Annotated[str, recorded("no_show_step")] | None
    outcome_code: Annotated[str, recorded("referral_outcome")] | None
    given_codes: list[Annotated[str, recorded("service")]]
    device_codes: list[Annotated[str, recorded("assistive_product")]]
    discontinue_reason_code: Annotated[str, recorded("discontinue_reason")] | None
    counter_referral: str | None
    open_actions: list[Action]

    @classmethod
    def of(cls, referral: Referral, by: list[Party]) -> Self:
        """The record as this side may see it."""
        return cls.model_validate(fields_of(referral, by, set(cls.model_fields)))


class ReferralOut(Shown):
    """A referral as its sender sees it, from the draft on."""

    side: Literal["sender"] = "sender"
    id: UUID
    version: int
    created_at: datetime
    code: str
    case_id: UUID
    survivor_id: UUID
    owner_id: UUID
    organisation_id: UUID
    to_facility_id: UUID
    consent_id: UUID | None
    previous_id: UUID | None
    by_hand: bool
    priority_code: Annotated[str, recorded("referral_priority")]
    priority_reason_code: Annotated[str, recorded("priority_reason")] | None
    service_codes: list[Annotated[str, recorded("service")]]
    share_codes: list[ShareItem]
    reason: str | None
    status: Status
    sent_at: datetime | None
    answer_by: datetime | None
    overdue: bool
    answered_at: datetime | None
    expected_on: date | None
    scheduled_for: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    decline_reason_code: Annotated[str, recorded("decline_reason")] | None
    suggested_facility_id: UUID | None
    no_show_reason_code: Annotated[str, recorded("no_show_reason")] | None
    next_step_code: Annotated[str, recorded("no_show_step")] | None
    outcome_code: Annotated[str, recorded("referral_outcome")] | None
    given_codes: list[Annotated[str, recorded("service")]]
    device_codes: list[Annotated[str, recorded("assistive_product")]]
    cancel_reason_code: Annotated[str, recorded("cancel_reason")] | None
    discontinue_reason_code: Annotated[str, recorded("discontinue_reason")] | None
    counter_referral: str | None
    open_actions: list[Action]
    open_by_hand: list[Action]

    @classmethod
    def of(cls, referral: Referral, by: list[Party]) -> Self:
        """The record as this side may see it."""
        return cls.model_validate(fields_of(referral, by, set(cls.model_fields)))


def seen_by(referral: Referral, actor: Actor) -> ReferralOut | ReceivedReferralOut:
    """The referral as this actor's side sees it."""
    by = rules.parties(referral, actor)
    return ReferralOut.of(referral, by) if Party.SENDER in by else ReceivedReferralOut.of(referral, by)


def fields_of(referral: Referral, by: list[Party], fields: set[str]) -> dict[str, Any]:
    """The columns among these fields, texts opened, and what follows from them."""
    ended_by = {Status.CANCELLED: "cancel_reason_code", Status.DISCONTINUED: "discontinue_reason_code"}
    reasons = dict.fromkeys(fields & set(ended_by.values()))
    if (name := ended_by.get(referral.status)) in reasons:
        reasons[str(name)] = referral.end_reason_code
    texts = {name: opened(referral, name) for name in {"reason", "counter_referral"} & fields}
    derived = {
        "overdue": rules.is_overdue(referral, clock.now()),
        "open_actions": REFERRAL.open(referral.status, by),
    }
    if "open_by_hand" in fields:
        derived["open_by_hand"] = REFERRAL.open(referral.status, [Party.RECEIVER] * referral.by_hand)
    columns = referral.model_dump(include=fields - set(texts))
    return columns | reasons | texts | derived


def opened(referral: Referral, column: Literal["reason", "counter_referral"] | str) -> str | None:
    """One of the referral's own texts."""
    data: bytes | None = getattr(referral, column)
    return None if data is None else vault.read_envelope("referral", column, referral.id, data)


class ReferralMoveOut(Shown):
    """One step in the life of a referral, and which side took it; without an action: it was drafted."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    by: Party
    reason_code: str | None
    priority_code: Annotated[str, recorded("referral_priority")] | None
    scheduled_for: datetime | None
    expected_on: date | None


class ReferralMessageOut(Shown):
    """What one side wrote to the other, and when the other read it."""

    id: UUID
    version: int
    created_at: datetime
    side: Party
    by_id: UUID
    text: str
    read_at: datetime | None

    @classmethod
    def of(cls, message: ReferralMessage) -> Self:
        """The message, opened."""
        text = vault.read_envelope("referral_message", "text", message.id, message.text)
        return cls.model_validate(
            message.model_dump(include=set(cls.model_fields) - {"text"}) | {"text": text}
        )


class EscalationOut(Shown):
    """That an answer was late, and who was told of it: `manager` of the facility, or `coordinator`."""

    id: UUID
    created_at: datetime
    step: int
    tells: str
    answer_by: datetime


class AcceptByHand(Given):
    """It was accepted, as its sender was told."""

    action: Literal["accept"]


class StartByHand(Given):
    """The service began, as its sender was told."""

    action: Literal["start"]


class DeclineByHand(DeclineReferral):
    """It was declined, as its sender was told."""

    action: Literal["decline"]


class WaitlistByHand(WaitlistReferral):
    """The person waits, as its sender was told."""

    action: Literal["waitlist"]


class ScheduleByHand(ScheduleReferral):
    """There is a date, as its sender was told."""

    action: Literal["schedule"]


class NoShowByHand(NoShowReferral):
    """The person did not come, as its sender was told."""

    action: Literal["no-show"]


class CompleteByHand(CompleteReferral):
    """The service was given, as its sender was told."""

    action: Literal["complete"]


class DiscontinueByHand(DiscontinueReferral):
    """The service ended before its aim, as its sender was told."""

    action: Literal["discontinue"]


ByHand = Annotated[
    AcceptByHand
    | DeclineByHand
    | WaitlistByHand
    | ScheduleByHand
    | StartByHand
    | NoShowByHand
    | CompleteByHand
    | DiscontinueByHand,
    Field(discriminator="action"),
]
"""What a facility without accounts said or did, written down by the sender."""

"""What a client sends about a referral, and what each side gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.access.actor import Actor
from app.codelists.lists import coded, recorded
from app.core import clock, vault
from app.core.dates import PartialDate
from app.core.given import Day, Given, Instant, LongText
from app.core.vault import Box
from app.referrals import rules
from app.referrals.models import Referral
from app.referrals.queries import Shared
from app.referrals.rules import ShareItem
from app.referrals.states import REFERRAL, Action, Party, Status
from app.survivors import sealing, views
from app.survivors.models import Phone, Survivor


def _once(codes: list[Any]) -> list[Any]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


def _not_past(day: date) -> date:
    if day < clock.today():
        raise PydanticCustomError("in_the_past", "This date is over")
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


class WaitlistReferral(Given):
    """When a place is expected, if that can be said."""

    expected_on: Annotated[Day, AfterValidator(_not_past)] | None = None


class ScheduleReferral(Given):
    """When the person is to come."""

    scheduled_for: Instant


class CompleteReferral(Given):
    """The outcome, and the counter-referral: what was done and what comes next."""

    outcome_code: Annotated[str, coded("referral_outcome")]
    counter_referral: LongText


class CancelReferral(Given):
    """Why the referral is taken back."""

    reason_code: Annotated[str, coded("cancel_reason")]


class DiscontinueReferral(Given):
    """Why the service ended before its aim."""

    reason_code: Annotated[str, coded("discontinue_reason")]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="forbid")


class InboxRow(_Out):
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


class ReceivedReferralOut(_Out):
    """A referral as the facility sees it. Who it is about is in `/shared-record`, and nowhere else."""

    side: Literal["receiver"] = "receiver"
    id: UUID
    version: int
    code: str
    organisation_id: UUID
    to_facility_id: UUID
    priority_code: Annotated[str, recorded("referral_priority")]
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
    outcome_code: Annotated[str, recorded("referral_outcome")] | None
    discontinue_reason_code: Annotated[str, recorded("discontinue_reason")] | None
    counter_referral: str | None
    open_actions: list[Action]

    @classmethod
    def of(cls, referral: Referral, by: list[Party]) -> Self:
        """The record as this side may see it."""
        return cls.model_validate(_opened(referral, by, set(cls.model_fields)))


class ReferralOut(_Out):
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
    priority_code: Annotated[str, recorded("referral_priority")]
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
    outcome_code: Annotated[str, recorded("referral_outcome")] | None
    cancel_reason_code: Annotated[str, recorded("cancel_reason")] | None
    discontinue_reason_code: Annotated[str, recorded("discontinue_reason")] | None
    counter_referral: str | None
    open_actions: list[Action]

    @classmethod
    def of(cls, referral: Referral, by: list[Party]) -> Self:
        """The record as this side may see it."""
        return cls.model_validate(_opened(referral, by, set(cls.model_fields)))


def seen_by(referral: Referral, actor: Actor) -> ReferralOut | ReceivedReferralOut:
    """The referral as this actor's side sees it."""
    by = rules.parties(referral, actor)
    return ReferralOut.of(referral, by) if Party.SENDER in by else ReceivedReferralOut.of(referral, by)


def _opened(referral: Referral, by: list[Party], fields: set[str]) -> dict[str, Any]:
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
    columns = referral.model_dump(include=fields - set(texts))
    return columns | reasons | texts | derived


def opened(referral: Referral, column: Literal["reason", "counter_referral"] | str) -> str | None:
    """One of the referral's own texts."""
    data: bytes | None = getattr(referral, column)
    return None if data is None else vault.read_envelope("referral", column, referral.id, data)


class ReferralMoveOut(_Out):
    """One step in the life of a referral, and which side took it; without an action: it was drafted."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    by: Party


class SharedIdentity(_Out):
    """Who the person is. The birth date is as precise as it is known."""

    given_name: str | None
    surname: str | None
    patronymic: str | None
    sex_code: Annotated[str, recorded("sex")]
    birth: PartialDate | None

    @classmethod
    def of(cls, survivor: Survivor, box: Box) -> Self:
        """The identity, opened with the person's key."""
        columns = ("given_name", "surname", "patronymic", "birth_date")
        sealed = {column: getattr(survivor, column) for column in columns}
        plain = sealing.read_survivor(box, survivor.id, sealed, columns)
        return cls(
            given_name=plain["given_name"],
            surname=plain["surname"],
            patronymic=plain["patronymic"],
            sex_code=survivor.sex_code,
            birth=views.birth_of(survivor, plain),
        )


class SharedPhone(_Out):
    """A number, whose it is, and whether it is safe to call."""

    number: str
    owner_code: Annotated[str, recorded("phone_owner")]
    safe_to_call: Annotated[str, recorded("tri")]

    @classmethod
    def of(cls, phone: Phone, box: Box) -> Self:
        """The number, opened with the person's key."""
        number = box.read("phone", "number", phone.id, phone.number)
        return cls(number=number, owner_code=phone.owner_code, safe_to_call=phone.safe_to_call)


class SharedContact(_Out):
    """How to reach the person."""

    address: str | None
    district_code: Annotated[str, recorded("district")] | None
    phones: list[SharedPhone]


class SharedAssessment(_Out):
    """What an assessment came to; the answers themselves are not shared."""

    instrument_code: str
    instrument_version: str
    assessed_on: date
    score: float | None
    result: str


class SharedMilestone(_Out):
    """A step on the person's way. A facility that was given its id and version may confirm it."""

    id: UUID
    version: int
    definition_code: str
    status: str
    due_on: date | None
    reached_on: date | None


class SharedRecordOut(_Out):
    """Exactly what the sender chose to share, and nothing else: what was not chosen is null."""

    referral_id: UUID
    version: int
    reason: str | None
    identity: SharedIdentity | None = None
    contact: SharedContact | None = None
    assessments: list[SharedAssessment] | None = None
    milestones: list[SharedMilestone] | None = None

    @classmethod
    def of(cls, shared: Shared) -> Self:
        """The person's record, as far as it is shared."""
        referral, box = shared.referral, vault.open_key(shared.wrapped)
        blocks = {item.value: BLOCKS[item](shared, box) for item in shared.items}
        head = {"referral_id": referral.id, "version": referral.version, "reason": opened(referral, "reason")}
        return cls.model_validate(head | blocks)


def _contact(shared: Shared, box: Box) -> SharedContact:
    survivor, sealed = shared.survivor, {"address": shared.survivor.address}
    address = sealing.read_survivor(box, survivor.id, sealed, ("address",))["address"]
    phones = [SharedPhone.of(phone, box) for phone in shared.phones]
    return SharedContact(address=address, district_code=survivor.district_code, phones=phones)


BLOCKS: dict[ShareItem, Any] = {
    ShareItem.IDENTITY: lambda shared, box: SharedIdentity.of(shared.survivor, box),
    ShareItem.CONTACT: _contact,
    ShareItem.ASSESSMENTS: lambda shared, _: [
        SharedAssessment.model_validate(row.model_dump(include=set(SharedAssessment.model_fields)))
        for row in shared.assessments
    ],
    ShareItem.MILESTONES: lambda shared, _: [
        SharedMilestone.model_validate(row.model_dump(include=set(SharedMilestone.model_fields)))
        for row in shared.milestones
    ],
}

"""What the receiver of a referral is shown of the person's file: each block opened with the person's key."""

from datetime import date, datetime
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from app.codelists.lists import recorded
from app.core import vault
from app.core.dates import PartialDate
from app.core.shown import Shown
from app.core.vault import Box
from app.injuries.models import Amputation, Injury
from app.records.kinds import partial_date
from app.referrals import rules
from app.referrals.queries import Shared
from app.referrals.rules import ShareItem
from app.referrals.schemas import ReceivedReferralOut, fields_of, opened
from app.referrals.states import REFERRAL, Party, Status
from app.rehabilitation.states import Status as Stage
from app.survivors import sealing, views
from app.survivors.models import Phone, Survivor


class SharedIdentity(Shown):
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


class SharedPhone(Shown):
    """A number, whose it is, and whether it is safe to call."""

    number: str
    owner_code: Annotated[str, recorded("phone_owner")]
    safe_to_call: Annotated[str, recorded("tri")]

    @classmethod
    def of(cls, phone: Phone, box: Box) -> Self:
        """The number, opened with the person's key."""
        number = box.read("phone", "number", phone.id, phone.number)
        return cls(number=number, owner_code=phone.owner_code, safe_to_call=phone.safe_to_call)


class SharedContact(Shown):
    """How to reach the person."""

    address: str | None
    district_code: Annotated[str, recorded("district")] | None
    phones: list[SharedPhone]


class SharedAssessment(Shown):
    """What an assessment came to; the answers themselves are not shared."""

    instrument_code: str
    instrument_version: str
    assessed_on: date
    score: float | None
    result: str


class SharedMilestone(Shown):
    """A step on the person's way. A facility that was given its id and version may confirm it."""

    id: UUID
    version: int
    definition_code: str
    status: str
    due_on: date | None
    reached_on: date | None


class SharedInjury(Shown):
    """One injury, as far as its day is known."""

    occurred: PartialDate | None
    region_code: Annotated[str, recorded("body_region")]
    side_code: Annotated[str, recorded("body_side")]
    nature_code: Annotated[str, recorded("injury_nature")]


class SharedAmputation(Shown):
    """One loss of a limb. A facility that treats it names it in what it records."""

    id: UUID
    occurred: PartialDate | None
    limb_code: Annotated[str, recorded("limb")]
    side_code: Annotated[str, recorded("body_side")]
    level_code: Annotated[str, recorded("amputation_level")]


class SharedInjuries(Shown):
    """What the explosion did to the body."""

    injuries: list[SharedInjury]
    amputations: list[SharedAmputation]


class SharedDevice(Shown):
    """A device that the person has, had, or waits for."""

    product_code: Annotated[str, recorded("assistive_product")]
    technology_code: Annotated[str, recorded("prosthesis_technology")] | None
    side_code: Annotated[str, recorded("body_side")]
    status: Stage
    status_on: date
    delivered_on: date | None


class SharedRecordOut(Shown):
    """Exactly what the sender chose to share, and nothing else: what was not chosen is null."""

    referral_id: UUID
    version: int
    reason: str | None
    identity: SharedIdentity | None = None
    contact: SharedContact | None = None
    assessments: list[SharedAssessment] | None = None
    milestones: list[SharedMilestone] | None = None
    injury: SharedInjuries | None = None
    device_history: list[SharedDevice] | None = None

    @classmethod
    def of(cls, shared: Shared) -> Self:
        """The person's record, as far as it is shared."""
        referral, box = shared.referral, vault.open_key(shared.wrapped)
        blocks = {item.value: BLOCKS[item](shared, box) for item in shared.items}
        head = {"referral_id": referral.id, "version": referral.version, "reason": opened(referral, "reason")}
        return cls.model_validate(head | blocks)


class PreviewOut(Shown):
    """What the centre will see once this is sent, in its own form; and why sending would be refused today."""

    version: int
    referral: ReceivedReferralOut
    shared: SharedRecordOut
    refusals: list[str]

    @classmethod
    def of(cls, shared: Shared, refusals: list[str], now: datetime) -> Self:
        """The draft as if it were sent now; the answer-by date is that of a facility which is always open."""
        referral, by = shared.referral, [Party.RECEIVER]
        as_sent = {
            "status": Status.SENT,
            "sent_at": now,
            "answer_by": rules.answer_by(now, referral.priority_code),
            "overdue": False,
            "open_actions": REFERRAL.open(Status.SENT, by),
        }
        seen = fields_of(referral, by, set(ReceivedReferralOut.model_fields) - {"side"})
        return cls(
            version=referral.version,
            referral=ReceivedReferralOut.model_validate(seen | as_sent),
            shared=SharedRecordOut.of(shared),
            refusals=refusals,
        )


def _contact(shared: Shared, box: Box) -> SharedContact:
    survivor, sealed = shared.survivor, {"address": shared.survivor.address}
    address = sealing.read_survivor(box, survivor.id, sealed, ("address",))["address"]
    phones = [SharedPhone.of(phone, box) for phone in shared.phones]
    return SharedContact(address=address, district_code=survivor.district_code, phones=phones)


H = TypeVar("H", SharedInjury, SharedAmputation)


def _dated(kind: type[H], row: Injury | Amputation) -> H:
    """These fields of a record that nothing seals, with its day as far as it is known."""
    columns = row.model_dump(include=set(kind.model_fields))
    return kind.model_validate(columns | {"occurred": partial_date(row, "occurred")})


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
    ShareItem.DEVICE_HISTORY: lambda shared, _: [
        SharedDevice.model_validate(row.model_dump(include=set(SharedDevice.model_fields)))
        for row in shared.devices
    ],
    ShareItem.INJURY: lambda shared, _: SharedInjuries(
        injuries=[_dated(SharedInjury, row) for row in shared.injuries],
        amputations=[_dated(SharedAmputation, row) for row in shared.amputations],
    ),
}

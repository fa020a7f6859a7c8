"""What a client sends about reintegration, and what it gets back."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from app.codelists.lists import coded, recorded
from app.core import clock
from app.core.dates import PartialDate, PastDate, PastDay
from app.core.given import Amount, Given, LongText, ShortText
from app.core.shown import Shown
from app.core.vault import Box
from app.records.kinds import partial_date
from app.records.schemas import RecordOut, correcting
from app.reintegration import rules
from app.reintegration.models import FollowUp, GrantVisit, LivelihoodGrant, ReintegrationRecord
from app.reintegration.queries import Around
from app.reintegration.states import GRANT, Action, Party, Status

Currency = Annotated[str, coded("currency")]
CurrencyOut = Annotated[str, recorded("currency")]


class AddReintegrationRecord(Given):
    """One thing on the way back. `begun`: started, applied or moved in; `ended`: over, or decided.

    `amount`: of work and benefits a month, of works what they cost; never without its currency.
    """

    id: UUID | None = None
    item_code: Annotated[str, coded("reintegration_item")]
    begun: PastDate | None = None
    ended: PastDate | None = None
    outcome_code: Annotated[str, coded("reintegration_outcome")] | None = None
    occupation_code: Annotated[str, coded("occupation_group")] | None = None
    industry_code: Annotated[str, coded("industry_section")] | None = None
    amount: Amount | None = None
    currency_code: Currency | None = None
    place: ShortText | None = None
    note: LongText | None = None


CorrectReintegrationRecord = correcting(AddReintegrationRecord, "ReintegrationRecord")


class ReintegrationRecordOut(RecordOut):
    """One thing on the way back. `days`: from its beginning to its end, where both are known to the day."""

    item_code: Annotated[str, recorded("reintegration_item")]
    begun: PartialDate | None
    ended: PartialDate | None
    outcome_code: Annotated[str, recorded("reintegration_outcome")] | None
    occupation_code: Annotated[str, recorded("occupation_group")] | None
    industry_code: Annotated[str, recorded("industry_section")] | None
    amount: Decimal | None
    currency_code: CurrencyOut | None
    place: str | None
    note: str | None
    days: int | None


def lasted(record: ReintegrationRecord) -> dict[str, int | None]:
    """How long it took."""
    return {"days": rules.days_between(partial_date(record, "begun"), partial_date(record, "ended"))}


class AskGrant(Given):
    """A grant that is asked for: how much, in which currency, what for."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("grant_kind")]
    asked_on: PastDay = Field(default_factory=clock.today)
    granted: Amount
    currency_code: Currency
    purpose: LongText | None = None


class MoveGrant(Given):
    """A step in the life of a grant, and the day on which it was taken."""

    happened_on: PastDay = Field(default_factory=clock.today)


class PlanGrant(MoveGrant):
    """The business plan is there; it may ask for another amount than was thought at first."""

    granted: Amount | None = None


class EndGrant(MoveGrant):
    """Why it goes no further."""

    reason_code: Annotated[str, coded("grant_end_reason")]


class FinishGrant(MoveGrant):
    """What came of it, as it is evaluated after about a year."""

    outcome_code: Annotated[str, coded("grant_outcome")]


class PayTranche(Given):
    """One part of the grant that was paid or handed over, in the grant's currency."""

    kind_code: Annotated[str, coded("tranche_kind")]
    amount: Amount
    paid_on: PastDay = Field(default_factory=clock.today)


class AddVisit(Given):
    """One look at what came of a grant. `income`: a month, in the grant's currency."""

    visited_on: PastDay = Field(default_factory=clock.today)
    active: Annotated[str, coded("tri")] = "unknown"
    income: Amount | None = None
    note: LongText | None = None


class AnswerFollowUp(Given):
    """Whether it is still so."""

    result_code: Literal["sustained", "lost", "not_found"]
    checked_on: PastDay = Field(default_factory=clock.today)


class GrantRow(Shown):
    """A grant as a line of a list. `left`: what may still be paid."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    kind_code: Annotated[str, recorded("grant_kind")]
    status: Status
    asked_on: date
    granted: Decimal
    paid: Decimal
    left: Decimal
    currency_code: CurrencyOut
    by_id: UUID
    approved_by_id: UUID | None
    reason_code: Annotated[str, recorded("grant_end_reason")] | None
    outcome_code: Annotated[str, recorded("grant_outcome")] | None
    open_actions: list[str]

    @classmethod
    def of(cls, grant: LivelihoodGrant, by: list[Party], **more: Any) -> Self:
        """The record, with what can be done now."""
        kept = grant.model_dump(include=set(cls.model_fields) - {"purpose"})
        pays = [Action.PAY.value] if Party.WORKER in by and grant.status in rules.PAYABLE else []
        actions = {"open_actions": [*GRANT.open(grant.status, by), *pays]}
        return cls.model_validate(kept | {"left": grant.granted - grant.paid} | actions | more)


class GrantMoveOut(Shown):
    """One step in the life of a grant."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    happened_on: date
    by_id: UUID


class TrancheOut(Shown):
    """One part of a grant that was paid or handed over."""

    id: UUID
    created_at: datetime
    kind_code: Annotated[str, recorded("tranche_kind")]
    amount: Decimal
    paid_on: date
    by_id: UUID


class VisitOut(Shown):
    """One look at what came of a grant."""

    id: UUID
    created_at: datetime
    visited_on: date
    active: Annotated[str, recorded("tri")]
    income: Decimal | None
    note: str | None
    by_id: UUID

    @classmethod
    def of(cls, visit: GrantVisit, box: Box) -> Self:
        """The record, opened with the person's key."""
        note = visit.note and box.read("grant_visit", "note", visit.id, visit.note)
        kept = visit.model_dump(include=set(cls.model_fields) - {"note"})
        return cls.model_validate(kept | {"note": note})


class GrantOut(GrantRow):
    """A grant with what it is for and everything that happened to it, newest first."""

    purpose: str | None
    moves: list[GrantMoveOut]
    tranches: list[TrancheOut]
    visits: list[VisitOut]

    @classmethod
    def opened(
        cls,
        grant: LivelihoodGrant,
        by: list[Party],
        box: Box,
        around: Around,
    ) -> Self:
        """The record, opened with the person's key."""
        purpose = grant.purpose and box.read("livelihood_grant", "purpose", grant.id, grant.purpose)
        return cls.of(
            grant,
            by,
            purpose=purpose,
            moves=[GrantMoveOut.model_validate(one) for one in around.moves],
            tranches=[TrancheOut.model_validate(one) for one in around.tranches],
            visits=[VisitOut.of(one, box) for one in around.visits],
        )


class FollowUpOut(Shown):
    """A look at whether what was reached is still so: when it is due, what it found."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    about_id: UUID
    months: int
    due_on: date
    result_code: Annotated[str, recorded("follow_up_result")] | None
    checked_on: date | None
    checked_by_id: UUID | None

    @classmethod
    def of(cls, follow_up: FollowUp) -> Self:
        """The record as it is."""
        return cls.model_validate(follow_up.model_dump(include=set(cls.model_fields)))

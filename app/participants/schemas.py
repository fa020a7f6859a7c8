"""What a client sends about who takes part, and what it gets back."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.codelists.lists import coded, recorded
from app.core import vault
from app.core.dates import PastDay
from app.core.given import Count, Day, Flag, Given
from app.core.shown import Shown
from app.participants import rules
from app.participants.eligibility import Rule
from app.participants.models import Enrolment, MatchPlayer
from app.participants.queries import Taking
from app.participants.states import Stage, Status

TABLE = "enrolment"


def _once(codes: list[Any]) -> list[Any]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


Needs = Annotated[list[Annotated[str, coded("functional_need")]], Field(max_length=20), AfterValidator(_once)]
Conditions = Annotated[
    list[Annotated[str, coded("clearance_condition")]], Field(max_length=20), AfterValidator(_once)
]


class Enrol(Given):
    """Ask for a place in a programme. `need_codes`: what the place must have; never why."""

    id: UUID | None = None
    programme_id: UUID
    role_code: Annotated[str, coded("programme_role")] = "member"
    position_code: Annotated[str, coded("sport_position")] | None = None
    need_codes: Needs = []


class Admit(Given):
    """Give somebody who waits a place, in a group if there are any."""

    group_id: UUID | None = None


class Leave(Given):
    """Why somebody takes part no more."""

    reason_code: Annotated[str, coded("programme_end_reason")]


class GiveClearance(Given):
    """Whether somebody may do a sport, until when, on what conditions. No diagnosis."""

    id: UUID | None = None
    sport_code: Annotated[str, coded("sport")]
    outcome_code: Annotated[str, coded("clearance_outcome")]
    condition_codes: Conditions = []
    given_on: PastDay
    valid_until: Day

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.valid_until < self.given_on:
            raise PydanticCustomError("ends_before_it_begins", "Ends before it begins")
        if (self.outcome_code == "conditions") != bool(self.condition_codes):
            raise PydanticCustomError("conditions_needed", "Conditions belong to a clearance with conditions")
        return self


class Person(Given):
    """Whether one of them was there; `reason_code`: why not."""

    enrolment_id: UUID
    status_code: Annotated[str, coded("attendance_status")]
    reason_code: Annotated[str, coded("absence_reason")] | None = None

    @model_validator(mode="after")
    def _reason(self) -> Self:
        if self.reason_code and rules.attended(self.status_code):
            raise PydanticCustomError("no_reason_needed", "Who was there needs no reason")
        return self


class NoteAttendance(Given):
    """Who was at a session; it takes the place of what was noted of the same people before."""

    people: Annotated[list[Person], Field(max_length=500)]
    guests: Count = 0

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([each.enrolment_id for each in self.people])
        return self


class NewClassification(Given):
    """What a classifier decided: status as IPC writes it, class, the positions in which somebody may play."""

    id: UUID | None = None
    status_code: Annotated[str, coded("classification_status")]
    class_code: Annotated[str, coded("sport_class")] | None = None
    position_codes: Annotated[
        list[Annotated[str, coded("sport_position")]], Field(max_length=4), AfterValidator(_once)
    ] = []
    decided_on: PastDay
    review_on: Day | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.status_code == "frd" and self.review_on is None:
            raise PydanticCustomError("review_day_needed", "A review at a fixed date has a date")
        if self.review_on and self.review_on < self.decided_on:
            raise PydanticCustomError("ends_before_it_begins", "Reviewed before it was decided")
        if (self.status_code in ("ne", "cnc")) == bool(self.position_codes):
            raise PydanticCustomError("positions_needed", "Who is classified has positions, and nobody else")
        return self


class Player(Given):
    """Somebody on a sheet, and where; `starts`: among those with whom the match begins."""

    enrolment_id: UUID
    position_code: Annotated[str, coded("sport_position")]
    starts: Flag = False


class WriteSheet(Given):
    """Who plays for a side of one's own."""

    entry_id: UUID
    players: Annotated[list[Player], Field(max_length=60)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([each.enrolment_id for each in self.players])
        return self


class _Out(Shown):
    model_config = ConfigDict(extra="ignore")


class EnrolmentOut(_Out):
    """Somebody in a programme, as its organiser and the caseworker see it. Why they need what is not said."""

    id: UUID
    version: int
    case_id: UUID
    programme_id: UUID
    group_id: UUID | None
    status: Status
    role_code: Annotated[str, recorded("programme_role")]
    position_code: Annotated[str, recorded("sport_position")] | None
    need_codes: list[Annotated[str, recorded("functional_need")]]
    name: str | None
    phone: str | None
    eligibility_code: Annotated[str, recorded("eligibility_outcome")] | None
    eligible_position_codes: list[Annotated[str, recorded("sport_position")]]
    agreed_until: date
    joined_on: date | None
    ended_on: date | None
    end_reason_code: Annotated[str, recorded("programme_end_reason")] | None
    cleared_until: date | None
    clearance_outcome_code: Annotated[str, recorded("clearance_outcome")] | None
    clearance_condition_codes: list[Annotated[str, recorded("clearance_condition")]]
    unavailable_since: date | None
    return_stage: Stage | None

    @classmethod
    def of(cls, taking: Taking) -> Self:
        """The record, with the copies opened, the latest clearance and the way back to play beside it."""
        row, clearance, injury = taking.enrolment, taking.clearance, taking.injury
        kept = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        copies = {name: opened(row, name) for name in ("name", "phone")}
        said = {
            "cleared_until": clearance and clearance.valid_until,
            "clearance_outcome_code": clearance and clearance.outcome_code,
            "clearance_condition_codes": clearance.condition_codes if clearance else [],
            "unavailable_since": injury and injury.occurred_on,
            "return_stage": injury and injury.stage,
        }
        return cls.model_validate(kept | copies | said)


class EnrolmentsOut(_Out):
    """What somebody takes part in or did, the latest first."""

    items: list[EnrolmentOut]


class ClearanceOut(_Out):
    """A clearance as it was given."""

    id: UUID
    version: int
    referral_id: UUID
    sport_code: Annotated[str, recorded("sport")]
    outcome_code: Annotated[str, recorded("clearance_outcome")]
    condition_codes: list[Annotated[str, recorded("clearance_condition")]]
    given_on: date
    valid_until: date


class ProposalOut(_Out):
    """What the rule of a position proposes, why, and where the rule comes from."""

    position_code: Annotated[str, recorded("sport_position")]
    outcome_code: Annotated[str, recorded("eligibility_outcome")]
    class_code: Annotated[str, recorded("sport_class")] | None
    reason_code: Annotated[str, recorded("eligibility_reason")]
    source: str

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """A row of the table of rules."""
        said = {"position_code": rule.position, "outcome_code": rule.outcome, "reason_code": rule.reason}
        return cls.model_validate(said | {"class_code": rule.class_code or None, "source": rule.source})


class ClassificationOut(_Out):
    """What a classifier decided."""

    id: UUID
    version: int
    status_code: Annotated[str, recorded("classification_status")]
    class_code: Annotated[str, recorded("sport_class")] | None
    position_codes: list[Annotated[str, recorded("sport_position")]]
    decided_on: date
    review_on: date | None


class EligibilityOut(_Out):
    """What the rules propose for each position, and what classifiers decided, the latest first."""

    proposals: list[ProposalOut]
    classifications: list[ClassificationOut]


class PlayerOut(_Out):
    """Somebody on a sheet. The name is gone with who has left."""

    enrolment_id: UUID
    entry_id: UUID
    position_code: Annotated[str, recorded("sport_position")]
    starts: bool
    name: str | None

    @classmethod
    def of(cls, player: MatchPlayer, row: Enrolment) -> Self:
        """The record with the organiser's copy of the name."""
        return cls.model_validate(player.model_dump() | {"name": opened(row, "name")})


class SheetOut(_Out):
    """Who stands on the sheets of a match. `version`: of the match."""

    version: int
    fixture_id: UUID
    players: list[PlayerOut]


class PresenceOut(_Out):
    """Whether one of them was there."""

    enrolment_id: UUID
    status_code: Annotated[str, recorded("attendance_status")]
    reason_code: Annotated[str, recorded("absence_reason")] | None


class AttendanceOut(_Out):
    """Who was at a session; `not_cleared`: those of a sport whose clearance does not cover its day.

    `not_available`: those of a sport who were hurt and may not do everything yet.
    """

    version: int
    session_id: UUID
    guests: int
    people: list[PresenceOut]
    not_cleared: list[UUID]
    not_available: list[UUID]


def sealed(row: Enrolment, column: str, text: str | None) -> bytes | None:
    """A copy for the organiser, in an envelope of its own."""
    return None if text is None else vault.seal_envelope(TABLE, column, row.id, text)


def opened(row: Enrolment, column: str) -> str | None:
    """What a copy for the organiser says, if there is one."""
    return read_copy(column, row.id, getattr(row, column))


def read_copy(column: str, row_id: UUID, data: bytes | None) -> str | None:
    """The same of a row that was read column by column."""
    return None if data is None else vault.read_envelope(TABLE, column, row_id, data)

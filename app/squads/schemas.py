"""What a client sends about squads and call-ups, and what it gets back."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.codelists.lists import coded, recorded
from app.core.given import Day, Given, ShortText
from app.core.shown import Shown
from app.participants.schemas import opened
from app.squads.models import CallUp, Squad
from app.squads.queries import Called
from app.squads.states import Status


class NewSquad(Given):
    """A squad of a programme: for a competition, with its edition where it is kept here, or for a camp."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("squad_kind")]
    edition_id: UUID | None = None
    name: ShortText
    place: ShortText | None = None
    starts_on: Day
    ends_on: Day
    answer_by: Day | None = None
    size: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("ends_before_it_begins", "Ends before it begins")
        if self.answer_by and self.answer_by > self.starts_on:
            raise PydanticCustomError("answered_after_it_begins", "The answer comes before it begins")
        if self.edition_id and self.kind_code != "competition":
            raise PydanticCustomError("not_a_competition", "An edition is of a competition")
        return self


class NewCallUp(Given):
    """Somebody of the programme, and where they are to play."""

    id: UUID | None = None
    enrolment_id: UUID
    position_code: Annotated[str, coded("sport_position")]


class DeclineCallUp(Given):
    """Why not, as far as the person says."""

    reason_code: Annotated[str, coded("call_up_decline")]


class _Out(Shown):
    model_config = ConfigDict(extra="ignore")


class SquadRow(_Out):
    """A squad as a line of a list."""

    id: UUID
    version: int
    programme_id: UUID
    edition_id: UUID | None
    kind_code: Annotated[str, recorded("squad_kind")]
    name: str
    place: str
    starts_on: date
    ends_on: date
    answer_by: date | None
    size: int | None
    cancelled_on: date | None


class CallUpOut(_Out):
    """A call-up, and what was answered. The name is gone with who has left the programme."""

    id: UUID
    version: int
    squad_id: UUID
    enrolment_id: UUID
    position_code: Annotated[str, recorded("sport_position")]
    status: Status
    answered_on: date | None
    decline_reason_code: Annotated[str, recorded("call_up_decline")] | None
    replaces_id: UUID | None
    name: str | None

    @classmethod
    def of(cls, called: Called) -> Self:
        """The record with the organiser's copy of the name."""
        return cls.model_validate(called.call_up.model_dump() | {"name": opened(called.enrolment, "name")})


class ListedCallUp(CallUpOut):
    """A call-up in its squad; `fault_codes`: why the person could not go as things stand now."""

    fault_codes: list[str]


class SquadOut(SquadRow):
    """A squad with who was called up into it."""

    call_ups: list[ListedCallUp]

    @classmethod
    def whole(cls, squad: Squad, called: Sequence[Called], faults: Iterable[list[str]]) -> Self:
        """The record with its call-ups and what stands in the way of each."""
        lines = [
            CallUpOut.of(each).model_dump() | {"fault_codes": codes}
            for each, codes in zip(called, faults, strict=True)
        ]
        return cls.model_validate(squad.model_dump() | {"call_ups": lines})


class CalledTo(_Out):
    """What somebody was called up to."""

    call_up_id: UUID
    version: int
    status: Status
    squad: SquadRow

    @classmethod
    def of(cls, call_up: CallUp, squad: Squad) -> Self:
        """The records."""
        said = {"call_up_id": call_up.id, "version": call_up.version, "status": call_up.status}
        return cls.model_validate(said | {"squad": squad.model_dump()})


class CalledToOut(_Out):
    """What somebody was called up to, the latest first."""

    items: list[CalledTo]

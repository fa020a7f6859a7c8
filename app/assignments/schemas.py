"""What a client sends about cases that are assigned in bulk, and what it gets back."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.assignments.models import BulkAssignment, BulkItem
from app.assignments.queries import Counts
from app.assignments.states import State
from app.assignments.weights import Caseload
from app.core.given import Given
from app.core.shown import Shown

MOST_CASES, MOST_OWNERS = 5_000, 20


class AssignCases(Given):
    """Which cases (named, or all open ones of somebody), to whom of a team. Several share by weight."""

    id: UUID | None = None
    case_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_CASES)] | None = None
    from_owner_id: UUID | None = None
    team_id: UUID
    owner_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_OWNERS)]

    @model_validator(mode="after")
    def _one_choice_of_cases(self) -> Self:
        if (self.case_ids is None) == (self.from_owner_id is None):
            raise PydanticCustomError("one_choice_of_cases", "Name the cases, or whose they are")
        return self


class CaseloadOut(Shown):
    """How many open cases somebody has, how much they weigh, and whether that is too much for one person."""

    owner_id: UUID
    cases: int
    weight: float
    over: bool

    @classmethod
    def of(cls, owner_id: UUID, caseload: Caseload) -> Self:
        """In numbers."""
        weight = float(caseload.weight)
        return cls(owner_id=owner_id, cases=caseload.cases, weight=weight, over=caseload.over)


class CaseloadsOut(Shown):
    """The caseloads of a team. `most`: what one person should carry."""

    most: float
    items: list[CaseloadOut]


class PlannedOut(Shown):
    """One case: to whom it would go and what it weighs, or why it would not go."""

    case_id: UUID
    to_owner_id: UUID | None
    weight: float | None
    refused_code: str | None


class PreviewBulkOut(Shown):
    """What a bulk assignment would do today; nothing is changed."""

    total: int
    assignable: int
    refused: int
    before: list[CaseloadOut]
    after: list[CaseloadOut]
    items: list[PlannedOut]


class BulkAssignmentOut(Shown):
    """A bulk assignment and how far it is. `done`: assigned or refused."""

    id: UUID
    version: int
    created_at: datetime
    by_id: UUID
    team_id: UUID
    owner_ids: list[UUID]
    total: int
    done: int
    assigned: int
    refused: int
    finished_at: datetime | None

    @classmethod
    def of(cls, job: BulkAssignment, counts: Counts) -> Self:
        """The record, and its counts."""
        done = counts.assigned + counts.refused
        kept = job.model_dump(exclude={"membership_id"})
        return cls.model_validate(kept | counts._asdict() | {"done": done})


class BulkItemOut(Shown):
    """What became of one case."""

    id: UUID
    case_id: UUID
    from_owner_id: UUID | None
    to_owner_id: UUID | None
    state: State
    refused_code: str | None
    ended_at: datetime | None

    @classmethod
    def of(cls, item: BulkItem) -> Self:
        """The record as it is."""
        return cls.model_validate(item.model_dump(include=set(cls.model_fields)))

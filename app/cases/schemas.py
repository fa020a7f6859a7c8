"""What a client sends about a case, and what it gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.cases import queries, rules
from app.cases.models import Approval, Case, CaseAssignment, CaseMove, Note, Task
from app.cases.queries import Facts, Work
from app.cases.states import CASE, Action, Status
from app.codelists.lists import coded, recorded
from app.core import clock, vault
from app.core.dates import PastDay
from app.core.given import Day, Given, LongText, Text
from app.core.shown import Shown
from app.core.vault import Box


def _after_today(day: date) -> date:
    if day <= clock.today():
        raise PydanticCustomError("not_after_today", "Must lie after today")
    return day


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


LaterDay = Annotated[Day, AfterValidator(_after_today)]
Priority = Annotated[str, coded("case_priority")]
Risk = Annotated[str, coded("risk_level")]
ClosureReason = Annotated[str, coded("closure_reason")]
ApprovalKind = Literal["plan", "closure"]


class OpenCase(Given):
    """A new case of a person who is registered."""

    id: UUID | None = None
    survivor_id: UUID
    priority_code: Priority = "normal"
    risk_level_code: Risk = "unknown"
    opened_on: PastDay = Field(default_factory=clock.today)
    next_review_on: Day | None = None


class AmendCase(Given):
    """What changes about a case; what is not sent stays."""

    priority_code: Priority = _kept()
    risk_level_code: Risk = _kept()
    next_review_on: Day | None = None


class CloseCase(Given):
    """The reason for which the closure was approved."""

    closure_reason_code: ClosureReason


class RestCase(Given):
    """When the case wakes: the next replacement of the device, say."""

    wakes_on: LaterDay


class AssignCase(Given):
    """Who takes the case on, in which team."""

    owner_id: UUID
    team_id: UUID


class AskApproval(Given):
    """A question to somebody else: may the plan be carried out, may the case be closed for this reason."""

    id: UUID | None = None
    kind_code: ApprovalKind
    reason_code: ClosureReason | None = None

    @model_validator(mode="after")
    def _reason_of_a_closure(self) -> Self:
        if (self.kind_code == rules.CLOSURE) != (self.reason_code is not None):
            raise PydanticCustomError("reason_of_a_closure", "A closure needs its reason, a plan has none")
        return self


class WriteNote(Given):
    """What was seen, said or done."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("note_kind")] = "general"
    text: LongText


class AddTask(Given):
    """Something to do by a day."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("task_kind")]
    text: Text | None = None
    due_on: Day


class AmendTask(Given):
    """Another day for a task."""

    due_on: Day


class FinishTask(Given):
    """How a task ended. `not_reached`: the person was not there; the next try is a task by itself."""

    outcome_code: Literal["done", "not_needed", "not_reached"] = "done"


class CaseRow(Shown):
    """A case as a line of the caseload. `queries.caseload_json` writes it."""

    id: UUID
    version: int
    survivor_id: UUID
    survivor_code: str
    status: Status
    priority_code: Annotated[str, recorded("case_priority")]
    risk_level_code: Annotated[str, recorded("risk_level")]
    next_review_on: date | None
    owner_id: UUID


class CaseOut(Shown):
    """A case as those who work on it see it: with what they may do next, and how much stands around it."""

    id: UUID
    version: int
    survivor_id: UUID
    survivor_code: str
    organisation_id: UUID
    owner_id: UUID
    team_id: UUID
    status: Status
    priority_code: Annotated[str, recorded("case_priority")]
    risk_level_code: Annotated[str, recorded("risk_level")]
    opened_on: date
    next_review_on: date | None
    review_overdue: bool
    wakes_on: date | None
    closure_reason_code: Annotated[str, recorded("closure_reason")] | None
    closed_at: datetime | None
    needs_assessed_on: date | None
    open_tasks: int
    overdue_tasks: int
    notes: int
    approvals_waiting: int
    open_actions: list[Action]

    @classmethod
    def of(cls, case: Case, facts: Facts, actor: Actor) -> Self:
        """The record, what stands around it, and what this actor may do next."""
        return cls.model_validate(
            case.model_dump(exclude={"created_at"})
            | facts._asdict()
            | {
                "review_overdue": rules.review_overdue(case, clock.today()),
                "open_actions": CASE.open(case.status, rules.parties(case, actor)),
            }
        )


async def show(session: AsyncSession, actor: Actor, case: Case) -> CaseOut:
    """A case as this actor sees it."""
    return CaseOut.of(case, await queries.facts(session, case), actor)


class MoveOut(Shown):
    """One step in the life of a case; without an action: it was opened."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    by_id: UUID | None
    reason_code: str | None

    @classmethod
    def of(cls, move: CaseMove) -> Self:
        """The record as it is."""
        return cls.model_validate(move.model_dump(include=set(cls.model_fields)))


class AssignmentOut(Shown):
    """From when somebody was responsible."""

    id: UUID
    created_at: datetime
    given_to_id: UUID
    given_to_team_id: UUID
    by_id: UUID

    @classmethod
    def of(cls, assignment: CaseAssignment) -> Self:
        """The record as it is."""
        return cls.model_validate(assignment.model_dump(include=set(cls.model_fields)))


class HistoryOut(Shown):
    """A case's latest steps and assignments, newest first."""

    moves: list[MoveOut]
    assignments: list[AssignmentOut]


class ApprovalOut(Shown):
    """A question about a case, and its answer."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    kind_code: ApprovalKind
    reason_code: Annotated[str, recorded("closure_reason")] | None
    asked_by_id: UUID
    decided_by_id: UUID | None
    decided_at: datetime | None
    approved: bool | None
    used_at: datetime | None

    @classmethod
    def of(cls, approval: Approval) -> Self:
        """The record as it is."""
        return cls.model_validate(approval.model_dump(include=set(cls.model_fields)))


class ApprovalsOut(Shown):
    """What was asked about a case, newest first."""

    items: list[ApprovalOut]


class NoteOut(Shown):
    """What was seen, said or done, and by whom."""

    id: UUID
    version: int
    created_at: datetime
    kind_code: Annotated[str, recorded("note_kind")]
    text: str
    by_id: UUID

    @classmethod
    def of(cls, note: Note, box: Box) -> Self:
        """The note, opened."""
        opened = {"text": box.read("note", "text", note.id, note.text)}
        return cls.model_validate(note.model_dump(exclude={"owner_id", "team_id", "case_id"}) | opened)


class TaskOut(Shown):
    """Something to do for a person by a day; overdue as of today."""

    id: UUID
    version: int
    case_id: UUID
    survivor_code: str
    kind_code: Annotated[str, recorded("task_kind")]
    text: str | None
    about: UUID | None
    due_on: date
    overdue: bool
    by_id: UUID | None
    done_at: datetime | None
    done_by_id: UUID | None
    outcome_code: str | None

    @classmethod
    def of(cls, work: Work) -> Self:
        """The task, opened."""
        task: Task = work.task
        box = vault.open_key(work.wrapped)
        return cls.model_validate(
            task.model_dump(exclude={"owner_id", "team_id", "created_at"})
            | {
                "survivor_code": work.survivor_code,
                "text": box.read("task", "text", task.id, task.text) if task.text else None,
                "overdue": rules.task_overdue(task, clock.today()),
            }
        )

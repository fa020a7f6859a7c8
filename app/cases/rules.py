"""Judgements about a case already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from app.access.actor import CALENDAR, Actor, Grant
from app.access.table import Reach, Role
from app.cases.errors import (
    ApprovalMissing,
    ApprovalOver,
    AssessmentMissing,
    ConsentMissing,
    RiskOpen,
    SomebodyElseNeeded,
    TaskOfFlag,
)
from app.cases.models import Approval, Case, Task
from app.cases.states import CASE, Action, Party, Status
from app.core.errors import Forbidden

CASE_MANAGEMENT = "registration_and_case_management"
"""The consent purpose (code list: consent_purpose) that a case stands on."""
PLAN, CLOSURE = APPROVALS = ("plan", "closure")
TRANSFERRED = "transferred"
"""The closure reason (code list: closure_reason) of a case that goes to another organisation."""
CONSENTED = frozenset({Action.ASSESS, Action.PLAN, Action.IMPLEMENT})
"""Work on a case goes on only while the person agrees to it."""
ENDING = frozenset({Action.REST, Action.CLOSE, Action.TRANSFER})
"""What takes a case out of sight."""
OF_CONTACT = frozenset({"call", "visit", "office_meeting", "accompany", "missed_visit"})
"""Kinds of task (code list: task_kind) that are done when the person was spoken with."""
RISK_FLAG = "risk_flag"
"""The kind of task (code list: task_kind) that stands for a risk flag."""


def parties(case: Case, actor: Actor) -> list[Party]:
    """On which side of the case the actor stands: its owner, who supervises its team, both, or neither."""
    if actor.user_id == CALENDAR.user_id:
        return [Party.SYSTEM]
    owner = case.owner_id in actor.owners
    supervises = actor.role is Role.COORDINATOR or (
        actor.role is Role.SUPERVISOR and actor.team_id == case.team_id
    )
    return [party for party, is_it in ((Party.OWNER, owner), (Party.SUPERVISOR, supervises)) if is_it]


def trail(case: Case, *others: UUID) -> list[UUID]:
    """What an audit event about this case names: the records themselves, the case, the person."""
    return [*others, case.id, case.survivor_id]


def need_consent(agreed: bool) -> None:
    """Stop unless the person agrees to registration and case management."""
    if not agreed:
        raise ConsentMissing(purpose=CASE_MANAGEMENT)


def need_assessment(case: Case) -> None:
    """Stop a plan before the first needs assessment."""
    if case.needs_assessed_on is None:
        raise AssessmentMissing


def may_assign(grant: Grant, team_id: UUID) -> None:
    """Stop a supervisor who gives a case to another team."""
    if grant.reach is not Reach.ALL and team_id != grant.actor.team_id:
        raise Forbidden(permission=grant.permission.value)


def need_askable(case: Case, kind: str, by: Iterable[Party]) -> None:
    """Stop a question about a move that is not open from the present status."""
    action = Action.IMPLEMENT if kind == PLAN else Action.CLOSE
    CASE.find(case.status, action, by)


def current(approval: Approval, moved_at: datetime) -> bool:
    """Whether it was asked since the last move and has not served one: about the case as it stands."""
    return approval.used_at is None and approval.created_at >= moved_at


def usable(asked: Iterable[Approval], moved_at: datetime, kind: str, reason: str | None = None) -> Approval:
    """The yes that a move may use up, or ApprovalMissing."""
    for approval in asked:
        fits = approval.kind_code == kind and approval.reason_code == reason
        if fits and approval.approved and current(approval, moved_at):
            return approval
    raise ApprovalMissing(kind_code=kind)


def waiting(asked: Iterable[Approval], moved_at: datetime, kind: str) -> Approval | None:
    """The question of this kind that is not answered, or answered with a yes that is not used up."""
    return next(
        (a for a in asked if a.kind_code == kind and a.approved is not False and current(a, moved_at)), None
    )


def may_decide(approval: Approval, case: Case, actor: Actor, moved_at: datetime) -> None:
    """Stop an answer to one's own question or about one's own case, and one that comes too late."""
    if actor.user_id in (approval.asked_by_id, case.owner_id):
        raise SomebodyElseNeeded
    if approval.approved is not None or not current(approval, moved_at):
        raise ApprovalOver


def review_overdue(case: Case, today: date) -> bool:
    """Whether an open case should have been reviewed before this day."""
    done = case.status in (Status.CLOSED, Status.TRANSFERRED)
    return not done and case.next_review_on is not None and case.next_review_on < today


def need_no_risk(is_open: bool) -> None:
    """Stop what would take a danger out of sight."""
    if is_open:
        raise RiskOpen


def need_by_hand(task: Task) -> None:
    """Stop a change by hand to a task that ends with its risk flag, on the flag's own day."""
    if task.kind_code == RISK_FLAG and task.about is not None:
        raise TaskOfFlag


def task_overdue(task: Task, today: date) -> bool:
    """Whether the task should have been finished before this day."""
    return task.done_at is None and task.due_on < today

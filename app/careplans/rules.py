"""Judgements about care plans already in hand. No database, no clock."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.careplans.errors import PlanFixed, PlanNotInForce, PlanOpen
from app.careplans.models import CarePlan
from app.careplans.states import UNDECIDED, Party, Status
from app.cases import rules as cases
from app.cases.errors import SomebodyElseNeeded
from app.cases.models import Case
from app.core import clock
from app.core.errors import Invalid

TEXTS = {
    "goal_needed": "A plan needs at least one goal",
    "goal_twice": "The same goal twice",
    "not_in_directory": "Not in the directory",
    "review_too_late": "A review comes sooner than this",
    "not_after_today": "Must lie after today",
    "before_the_plan": "Before the plan was approved",
    "not_a_goal": "Not a goal of this plan",
    "before_assessment": "Before the needs were assessed",
}

SETTLED = frozenset({"reached", "dropped"})
"""Where a goal is overdue no more (code list: goal_progress)."""


def parties(case: Case, actor: Actor) -> list[Party]:
    """On which side of a plan the actor stands: who works on the case, who may approve, both, or neither."""
    approves = reach_of(actor.role, Permission.CASE_APPROVE) is not Reach.NO
    works = bool(cases.parties(case, actor))
    return [party for party, is_it in ((Party.WORKER, works), (Party.APPROVER, approves)) if is_it]


def need_none_open(versions: Iterable[CarePlan]) -> None:
    """Stop a version beside one that is still written or waits."""
    for plan in versions:
        if plan.status in UNDECIDED:
            raise PlanOpen(plan_id=str(plan.id))


def need_draft(plan: CarePlan) -> None:
    """Stop a change to what others have read or approved."""
    if plan.status is not Status.DRAFT:
        raise PlanFixed


def need_in_force(plan: CarePlan) -> None:
    """Stop a review of what is not, or no longer, the plan."""
    if plan.status is not Status.APPROVED:
        raise PlanNotInForce


def need_somebody_else(plan: CarePlan, case: Case, actor: Actor) -> None:
    """Stop a decision on one's own plan, or on that of one's own case."""
    if actor.user_id in (plan.submitted_by_id, plan.by_id, case.owner_id):
        raise SomebodyElseNeeded


def need_distinct(goal_ids: Sequence[UUID | None]) -> None:
    """Stop a goal that stands in the plan twice."""
    seen: set[UUID] = set()
    for number, goal_id in enumerate(goal_ids):
        if goal_id in seen:
            raise invalid(f"/goals/{number}/id", "goal_twice")
        if goal_id:
            seen.add(goal_id)


def need_review(review_on: date | None, today: date, within: int, pointer: str = "/review_on") -> date:
    """The day of the next review, by default the last that it may be; stop one that is past or too far."""
    last = today + timedelta(days=within)
    if review_on is None:
        return last
    if review_on <= today:
        raise invalid(pointer, "not_after_today")
    if review_on > last:
        raise invalid(pointer, "review_too_late")
    return review_on


def need_ready(targets: Sequence[date], case: Case, agreed_on: date, today: date) -> None:
    """Stop what is submitted without goals, with goals of the past, or agreed to before it was known."""
    cases.need_assessment(case)
    if not targets:
        raise invalid("/goals", "goal_needed")
    late = [number for number, target_on in enumerate(targets) if target_on <= today]
    if late:
        raise Invalid(errors=[_fault(f"/goals/{number}/target_on", "not_after_today") for number in late])
    if case.needs_assessed_on and agreed_on < case.needs_assessed_on:
        raise invalid("/agreed_on", "before_assessment")


def need_reviewable(plan: CarePlan, reviewed_on: date, goal_ids: Iterable[UUID], known: set[UUID]) -> None:
    """Stop a review from before the plan, and one of a goal that is not in it."""
    if plan.approved_at and reviewed_on < clock.day_of(plan.approved_at):
        raise invalid("/reviewed_on", "before_the_plan")
    for number, goal_id in enumerate(goal_ids):
        if goal_id not in known:
            raise invalid(f"/progress/{number}/goal_id", "not_a_goal")


def invalid(pointer: str, code: str) -> Invalid:
    """A refusal of one field."""
    return Invalid(errors=[_fault(pointer, code)])


def _fault(pointer: str, code: str) -> dict[str, Any]:
    return {"pointer": pointer, "code": code, "message": TEXTS[code]}

"""What a client sends about a care plan, and what it gets back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.careplans import queries, rules
from app.careplans.difference import Line, Text, What
from app.careplans.models import CarePlan, CarePlanMove, Goal, Progress, Review
from app.careplans.states import CARE_PLAN, Action, Status
from app.cases import queries as cases
from app.cases.models import Case
from app.codelists.lists import coded, recorded
from app.core import clock
from app.core.dates import PastDay
from app.core.given import Day, Given, LongText
from app.core.given import Text as Paragraph
from app.core.shown import Shown
from app.core.vault import Box
from app.survivors import queries as survivors

MOST_GOALS = 50


class GivenGoal(Given):
    """A goal in one lane: what is needed, what is wanted, who sees to it, until when.

    `id`: of a goal that the version before had, so that it is known again; a new one gets an id here.
    """

    id: UUID | None = None
    pillar_code: Annotated[str, coded("pillar")]
    need: Paragraph
    aim: Paragraph
    service_code: Annotated[str, coded("service")] | None = None
    facility_id: UUID | None = None
    responsible_code: Annotated[str, coded("goal_responsible")] = "caseworker"
    target_on: Day


Goals = Annotated[list[GivenGoal], Field(max_length=MOST_GOALS)]


class BeginPlan(Given):
    """Another version. Without goals it begins with those of the version in force."""

    id: UUID | None = None
    review_on: Day | None = None
    goals: Goals | None = None


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


class AmendPlan(Given):
    """What changes about a draft; what is not sent stays. Goals are sent whole."""

    review_on: Day = _kept()
    goals: Goals = _kept()


class SubmitPlan(Given):
    """The day on which the person agreed to the plan."""

    agreed_on: PastDay = Field(default_factory=clock.today)


class SendBackPlan(Given):
    """Why it is not approved like this."""

    reason: Paragraph


class GivenProgress(Given):
    """How one goal stands."""

    goal_id: UUID
    progress_code: Annotated[str, coded("goal_progress")]


class ReviewPlan(Given):
    """The plan was looked at with the person: how its goals stand, and when it is looked at again."""

    id: UUID | None = None
    reviewed_on: PastDay = Field(default_factory=clock.today)
    next_on: Day | None = None
    finding: LongText | None = None
    progress: Annotated[list[GivenProgress], Field(max_length=MOST_GOALS)] = []


class GoalOut(Shown):
    """A goal of a version, and how it stood when it was last looked at."""

    id: UUID
    pillar_code: Annotated[str, recorded("pillar")]
    need: str
    aim: str
    service_code: Annotated[str, recorded("service")] | None
    facility_id: UUID | None
    responsible_code: Annotated[str, recorded("goal_responsible")]
    target_on: date
    progress_code: Annotated[str, recorded("goal_progress")] | None
    overdue: bool


class PlanMoveOut(Shown):
    """One step in the life of a version; without an action: it was begun."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    by_id: UUID
    reason: str | None


class ReviewOut(Shown):
    """One review of a version."""

    id: UUID
    created_at: datetime
    reviewed_on: date
    next_on: date
    finding: str | None
    by_id: UUID
    progress: dict[UUID, Annotated[str, recorded("goal_progress")]]


class CarePlanRow(Shown):
    """A version as a line of the list."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    number: int
    status: Status
    review_on: date | None
    agreed_on: date | None
    by_id: UUID
    submitted_by_id: UUID | None
    submitted_at: datetime | None
    approved_by_id: UUID | None
    approved_at: datetime | None

    @classmethod
    def of(cls, plan: CarePlan) -> Self:
        """The version as it is."""
        return cls.model_validate(plan.model_dump(include=set(CarePlanRow.model_fields)))


class CarePlansOut(Shown):
    """The versions of a plan, newest first."""

    items: list[CarePlanRow]


class CarePlanOut(CarePlanRow):
    """A version whole: its goals, its steps, its reviews, and what may be done next."""

    goals: list[GoalOut]
    moves: list[PlanMoveOut]
    reviews: list[ReviewOut]
    open_actions: list[Action]

    @classmethod
    def opened(cls, plan: CarePlan, around: "Around", case: Case, actor: Actor, box: Box) -> Self:
        """The version, opened."""
        return cls.model_validate(
            CarePlanRow.of(plan).model_dump()
            | {
                "goals": [_goal(goal, around.stands, box) for goal in around.goals],
                "moves": [_move(move, box) for move in around.moves],
                "reviews": [_review(review, around.progress, box) for review in around.reviews],
                "open_actions": CARE_PLAN.open(plan.status, rules.parties(case, actor)),
            }
        )


class LineOut(Shown):
    """One thing that differs, in words: which goal, which field, from what to what."""

    what: What
    goal_id: UUID
    goal: str
    field: str | None
    before: str | None
    after: str | None


class PlanDifferenceOut(Shown):
    """What a version changes, against the one before it; a first version is all new."""

    number: int
    against: int | None
    lines: list[LineOut]

    @classmethod
    def of(cls, plan: CarePlan, against: CarePlan | None, lines: Sequence[Line]) -> Self:
        """These lines."""
        shown = [LineOut.model_validate(line) for line in lines]
        return cls(number=plan.number, against=against.number if against else None, lines=shown)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a version."""

    goals: Sequence[Goal]
    moves: Sequence[CarePlanMove]
    reviews: Sequence[Review]
    progress: Sequence[Progress]

    @property
    def stands(self) -> Mapping[UUID, str]:
        """How each goal stood when it was last looked at."""
        return {each.goal_id: each.progress_code for each in reversed(self.progress)}


async def around(session: AsyncSession, plan: CarePlan) -> Around:
    """What stands around this version."""
    return Around(
        goals=await queries.goals(session, plan),
        moves=await queries.moves(session, plan),
        reviews=await queries.reviews(session, plan),
        progress=await queries.progress(session, plan),
    )


async def show(session: AsyncSession, actor: Actor, plan: CarePlan) -> CarePlanOut:
    """A version as this actor sees it, who reaches its case."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), plan.case_id)
    box = await survivors.box(session, case.survivor_id)
    return CarePlanOut.opened(plan, await around(session, plan), case, actor, box)


async def texts(session: AsyncSession, plan: CarePlan, box: Box) -> list[Text]:
    """The goals of a version, opened, with their places of service by name."""
    found = await queries.goals(session, plan)
    names = await queries.facilities(session, [goal.facility_id for goal in found if goal.facility_id])
    return [
        Text(
            goal.goal_id,
            goal.pillar_code,
            _open(box, "care_goal", "need", goal.id, goal.need) or "",
            _open(box, "care_goal", "aim", goal.id, goal.aim) or "",
            goal.service_code,
            names.get(goal.facility_id) if goal.facility_id else None,
            goal.responsible_code,
            goal.target_on,
        )
        for goal in found
    ]


def _goal(goal: Goal, stands: Mapping[UUID, str], box: Box) -> GoalOut:
    progress = stands.get(goal.goal_id)
    kept = goal.model_dump(include=set(GoalOut.model_fields) - {"id", "need", "aim"})
    opened = {name: _open(box, "care_goal", name, goal.id, getattr(goal, name)) for name in ("need", "aim")}
    late = goal.target_on < clock.today() and progress not in rules.SETTLED
    return GoalOut.model_validate(
        kept | opened | {"id": goal.goal_id, "progress_code": progress, "overdue": late}
    )


def _move(move: CarePlanMove, box: Box) -> PlanMoveOut:
    kept = move.model_dump(include=set(PlanMoveOut.model_fields))
    return PlanMoveOut.model_validate(
        kept | {"reason": _open(box, "care_plan_move", "reason", move.id, move.reason)}
    )


def _review(review: Review, progress: Sequence[Progress], box: Box) -> ReviewOut:
    kept = review.model_dump(include=set(ReviewOut.model_fields) - {"progress"})
    stood = {each.goal_id: each.progress_code for each in progress if each.review_id == review.id}
    finding = _open(box, "care_review", "finding", review.id, review.finding)
    return ReviewOut.model_validate(kept | {"finding": finding, "progress": stood})


def _open(box: Box, table: str, column: str, row_id: UUID, sealed: bytes | None) -> str | None:
    return None if sealed is None else box.read(table, column, row_id, sealed)


def sealed(box: Box, table: str, column: str, row_id: UUID, text: str | None) -> Any:
    """A text to be kept."""
    return None if text is None else box.seal(table, column, row_id, text)

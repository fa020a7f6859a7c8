"""What is asked, and what is answered about a question."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.codelists.lists import coded, recorded
from app.core.given import Day, Given
from app.core.shown import Shown
from app.questions import rules
from app.questions.models import Question
from app.questions.states import QUESTION, Action, Status
from app.statistics.schemas import DimensionName


class PreviewQuestion(Given):
    """A table over people by their day of registration, told apart by these dimensions.

    `needed_half_width`: how near the registered number must lie, 95 times of 100, in people.
    """

    purpose_code: Annotated[str, coded("question_purpose")]
    dimensions: Annotated[list[DimensionName], Field(max_length=6)] = []
    first_day: Day | None = None
    last_day: Day
    needed_half_width: Annotated[float, Field(gt=0, le=1000)] | None = None


class AskQuestion(PreviewQuestion):
    """The same with what for, and on which legal basis. Name nobody: those who approve read it."""

    legal_basis_code: Annotated[str, coded("legal_basis")]
    purpose: Annotated[str, Field(min_length=10, max_length=500)]


class RefuseQuestion(Given):
    """Why it is not answered."""

    refusal_code: Annotated[str, coded("question_refusal")]


class QuestionPreviewOut(Shown):
    """What it would cost and give; `reasons` that speak against it (code list question_refusal).

    `rho` is the cost, `left` what this year's questions about these people may still cost. Worked out from
    the public lists, from what is released and from the ledger: no record was looked at.
    """

    dimensions: list[str]
    cells: int
    sigma: float
    rho: float
    left: float
    half_width: float
    expected_mean: float
    reasons: list[str]


class QuestionOut(Shown):
    """A question and where it stands. Once answered, its table is in `release_id`, for everybody."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    version: int
    created_at: datetime
    asked_by_id: UUID
    organisation_id: UUID
    purpose_code: Annotated[str, recorded("question_purpose")]
    legal_basis_code: Annotated[str, recorded("legal_basis")]
    purpose: str
    dimensions: list[str]
    first_day: date | None
    last_day: date
    needed_half_width: float | None
    half_width: float
    sigma: float
    rho: float
    cells: int
    status: Status
    reviewed_by_id: UUID | None
    reviewed_at: datetime | None
    approved_by_id: UUID | None
    approved_at: datetime | None
    ended_at: datetime | None
    refusal_code: Annotated[str, recorded("question_refusal")] | None
    release_id: UUID | None
    open_actions: list[str]


def preview_out(found: rules.Preview) -> QuestionPreviewOut:
    """What it would cost and give."""
    return QuestionPreviewOut(
        dimensions=list(found.plan.tables[0].dimensions),
        cells=found.cells,
        sigma=found.sigma,
        rho=found.rho,
        left=found.left,
        half_width=found.half_width,
        expected_mean=found.expected_mean,
        reasons=list(found.reasons),
    )


def shown(actor: Actor, question: Question) -> QuestionOut:
    """A question, with what this person may do to it now."""
    actions = [
        action
        for action in QUESTION.open(question.status, rules.parties(actor, question))
        if rules.may_act(question, actor, Action(action))
    ]
    return QuestionOut.model_validate({**question.model_dump(), "open_actions": actions})


async def show(_: AsyncSession, actor: Actor, question: Question) -> QuestionOut:
    """The answer to every move."""
    return shown(actor, question)

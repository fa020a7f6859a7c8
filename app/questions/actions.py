"""What people do to a question: one asks, a statistician reviews, a data-protection officer approves."""

from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.errors import Stale
from app.core.hot import within
from app.notifications import actions as notifications
from app.questions import queries, rules
from app.questions.models import Question
from app.questions.schemas import AskQuestion, RefuseQuestion
from app.questions.states import QUESTION, Action
from app.statistics import queries as statistics


async def ask(session: AsyncSession, actor: Actor, known: rules.Known, given: AskQuestion) -> Question:
    """Ask for a table. What cannot be answered well or safely is refused at once, and nothing is kept."""
    actor.grant(Permission.STATISTICS_QUERY)
    asked = (given.dimensions, given.first_day, given.last_day, given.needed_half_width, given.purpose_code)
    found = rules.preview(known, *asked)
    rules.need_possible(found)
    question = Question(
        purpose_code=given.purpose_code,
        legal_basis_code=given.legal_basis_code,
        purpose=given.purpose,
        first_day=given.first_day,
        last_day=given.last_day,
        needed_half_width=given.needed_half_width,
        dimensions=list(found.plan.tables[0].dimensions),
        asked_by_id=actor.user_id,
        organisation_id=actor.organisation_id,
        half_width=found.half_width,
        sigma=found.sigma,
        rho=Decimal(str(found.rho)),
        cells=found.cells,
    )
    session.add(question)
    audit.record(session, actor, "question.ask", question.id)
    await session.flush()
    return question


async def review(session: AsyncSession, actor: Actor, question_id: UUID, version: int) -> Question:
    """Say that it is sound and worth its cost. By a statistician who did not ask it."""
    question = await _move(session, actor, Permission.RELEASE_PREPARE, question_id, version, Action.REVIEW)
    question.reviewed_by_id = actor.user_id
    await session.flush()
    return question


async def approve(session: AsyncSession, actor: Actor, question_id: UUID, version: int) -> Question:
    """Say that the purpose needs it. By who looks after data protection; it is drawn in the night after.

    Refused where it would take what the planned releases of a cohort still need.
    """
    question = await _move(session, actor, Permission.QUESTION_APPROVE, question_id, version, Action.APPROVE)
    grant = actor.grant(Permission.QUESTION_APPROVE)
    rules.need_payable(question, await statistics.accounts(await within(session), grant))
    question.approved_by_id = actor.user_id
    await session.flush()
    return question


async def refuse(
    session: AsyncSession, actor: Actor, question_id: UUID, version: int, given: RefuseQuestion
) -> Question:
    """Say that it is not answered, and why. It has cost nothing."""
    question = await _move(session, actor, Permission.RELEASE_CHECK, question_id, version, Action.REFUSE)
    question.ended_by_id, question.refusal_code = actor.user_id, given.refusal_code
    await session.flush()
    return question


async def withdraw(session: AsyncSession, actor: Actor, question_id: UUID, version: int) -> Question:
    """Take the own question back, as long as it has not been paid for."""
    question = await _move(session, actor, Permission.STATISTICS_QUERY, question_id, version, Action.WITHDRAW)
    question.ended_by_id = actor.user_id
    await session.flush()
    return question


async def _move(
    session: AsyncSession, actor: Actor, asked: Permission, question_id: UUID, version: int, action: Action
) -> Question:
    """The question on its new status, with what everybody's move leaves behind."""
    actor.grant(asked)
    question = await queries.get(session, actor.grant(Permission.QUESTION_READ), question_id, lock=True)
    if question.version != version:
        raise Stale
    move = QUESTION.find(question.status, action, rules.parties(actor, question))
    rules.need_somebody_else(question, actor, action)
    question.status = move.target
    if move.stamps:
        setattr(question, move.stamps, clock.now())
    if move.tells:
        notifications.tell_person(session, question.asked_by_id, f"question.{action.value}", question.id)
    audit.record(session, actor, f"question.{action.value}", question.id)
    return question

"""The nightly batch: pay for what was approved, draw it once, publish it. Run by `dayaq release`.

The charge and `paid` are one transaction, the artefact and `answered` another. A question that a run finds
paid was broken off between the two: it is burnt, and never drawn again. Asked anew, it is paid anew.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.db import unit_of_work
from app.core.errors import Clash
from app.notifications import actions as notifications
from app.questions import queries, rules
from app.questions.models import Question
from app.questions.states import QUESTION, Action, Party, Status
from app.statistics import drawing, ledger
from app.statistics import queries as statistics
from app.statistics.drawing import PRODUCER
from app.statistics.errors import BudgetSpent
from app.statistics.jobs import turn
from app.statistics.ledger import Due
from app.statistics.states import Kind


@dataclass(frozen=True)
class Done:
    """What the night did to one question."""

    question_id: UUID
    status: Status


async def answer_approved(engine: AsyncEngine) -> list[Done]:
    """All that is approved, in the order of approval; first what an earlier night broke off is burnt."""
    async with turn(engine):
        async with unit_of_work(engine, PRODUCER) as session:
            burnt = [
                await _moved(session, one, Action.BURN) for one in await queries.at(session, Status.PAID)
            ]
        async with unit_of_work(engine, PRODUCER) as session:
            approved = [one.id for one in await queries.at(session, Status.APPROVED)]
        return burnt + [await _answer(engine, question_id) for question_id in approved]


async def _answer(engine: AsyncEngine, question_id: UUID) -> Done:
    """One question: paid, drawn, published; declined where a cohort has nothing left for it."""
    try:
        async with unit_of_work(engine, PRODUCER) as session:
            question = await queries.take(session, question_id)
            due = await _due(session, question)
            await _moved(session, question, Action.PAY)
            paid = await ledger.pay(session, due)
    except (BudgetSpent, Clash):
        async with unit_of_work(engine, PRODUCER) as session:
            question = await queries.take(session, question_id)
            question.refusal_code = await _why(session, question)
            return await _moved(session, question, Action.DECLINE)
    async with unit_of_work(drawing.frozen(engine), PRODUCER) as session:
        question = await queries.take(session, question_id)
        done = await _moved(session, question, Action.ANSWER)  # first: no moment tells how long drawing took
        release = await drawing.draw(session, paid)
        drawing.publish_by_job(release)
        question.release_id = release.id
        return done


async def _why(session: AsyncSession, question: Question) -> str:
    """Which of its two limits the ledger has come to; the cap itself is the plan's."""
    accounts = await statistics.accounts_paying(session)
    payers = rules.paying(accounts, question.first_day, question.last_day)
    spent = rules.unpaid(payers, float(question.rho))["pool_spent"]
    return "pool_spent" if spent else "kept_for_releases"


async def _due(session: AsyncSession, question: Question) -> Due:
    """Its plan, and every cohort some of whose files it may count."""
    plan = rules.plan(question.dimensions, question.first_day, question.last_day, question.sigma)
    accounts = await statistics.accounts_paying(session)
    payers = rules.paying(accounts, question.first_day, question.last_day)
    return Due(Kind.REQUEST, plan, tuple(one.cohort for one in payers), f"question {question.id.hex}")


async def _moved(session: AsyncSession, question: Question, action: Action) -> Done:
    move = QUESTION.find(question.status, action, (Party.SYSTEM,))
    question.status = move.target
    if move.stamps:
        setattr(question, move.stamps, clock.now())
    if move.tells:
        notifications.tell_person(session, question.asked_by_id, f"question.{action.value}", question.id)
    await session.flush()
    return Done(question.id, question.status)

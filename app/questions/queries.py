"""Every SELECT of questions. Everybody sees their own; who reviews and approves sees all."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.core.errors import NotFound
from app.questions.models import Question
from app.questions.states import Status

MOST_SHOWN = 200


async def every(session: AsyncSession, grant: Grant) -> Sequence[Question]:
    """The newest questions that this grant reaches."""
    rows = select(Question).where(_reached(grant)).order_by(col(Question.id).desc()).limit(MOST_SHOWN)
    return (await session.exec(rows)).all()


async def get(session: AsyncSession, grant: Grant, question_id: UUID, *, lock: bool = False) -> Question:
    """One question, or NotFound."""
    row = select(Question).where(Question.id == question_id, _reached(grant))
    found = (await session.exec(row.with_for_update() if lock else row)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def at(session: AsyncSession, status: Status) -> Sequence[Question]:
    """For the nightly job: all that stand here, in the order of their approval."""
    rows = select(Question).where(Question.status == status).with_for_update()
    return (await session.exec(rows.order_by(col(Question.approved_at), col(Question.id)))).all()


async def take(session: AsyncSession, question_id: UUID) -> Question:
    """For the nightly job: this one."""
    return (await session.exec(select(Question).where(Question.id == question_id).with_for_update())).one()


def _reached(grant: Grant) -> sa.ColumnElement[bool]:
    return sa.true() if grant.reach is Reach.ALL else col(Question.asked_by_id) == grant.actor.user_id

"""What the calendar finds due. Each takes a Grant."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.cases.models import Case, Task
from app.cases.raising import Due
from app.cases.states import OPEN, Status
from app.reminders.table import Rule

MOST = 500  # in one unit of work
WORKED_ON = OPEN - {Status.DORMANT}
"""A case that rests is not reminded of: it wakes by itself."""


async def unraised(session: AsyncSession, grant: Grant, rule: Rule, today: date) -> Sequence[Due]:
    """Some of what this rule should have raised by today and has not; without what is just being moved."""
    raised = sa.exists().where(
        col(Task.case_id) == Case.id,
        col(Task.kind_code) == rule.kind_code,
        col(Task.about) == rule.about,
    )
    rows = select(Case, rule.about, rule.falls_on)
    if rule.record is not Case:
        rows = rows.join(rule.record, rule.of_case)
    wanted = rows.where(
        grant.held(Case), col(Case.status).in_(WORKED_ON), rule.waits, rule.falls_on <= today + rule.before
    )
    some = wanted.where(~raised).order_by(col(Case.id)).limit(MOST)
    found = await session.exec(some.with_for_update(key_share=True, of=Case, skip_locked=True))
    return [Due(case, about, max(day, today)) for case, about, day in found.all()]


async def asleep(session: AsyncSession, grant: Grant, today: date) -> Sequence[Case]:
    """Some of the cases whose day to wake has come, locked."""
    rows: SelectOfScalar[Case] = select(Case).where(
        grant.held(Case), Case.status == Status.DORMANT, col(Case.wakes_on) <= today
    )
    some = rows.order_by(col(Case.id)).limit(MOST).with_for_update(skip_locked=True)
    return (await session.exec(some.execution_options(populate_existing=True))).all()

"""Every read of a milestone."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.access.table import Reach
from app.cases.models import Case
from app.core.dates import Precision
from app.core.errors import NotFound
from app.core.pages import Ask
from app.core.vault import Box
from app.incidents.models import Casualty, Incident
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.rules import Fact
from app.survivors import queries as survivors
from app.survivors.models import Survivor

LENT = (Reach.SHARED, Reach.FACILITY)  # what a live referral to the own facility opens
OPEN_FOR_FACTS = sa.text("select set_config('app.facts_of', array_to_string(:cases, ','), true)").bindparams(
    sa.bindparam("cases", type_=sa.ARRAY(sa.Text()))
)
ONE_AFTER_THE_OTHER = sa.text(
    "select pg_advisory_xact_lock(hashtextextended(each, 0))"
    " from (select unnest(:cases) as each order by 1) sorted"
).bindparams(sa.bindparam("cases", type_=sa.ARRAY(sa.Text())))


class Place(NamedTuple):
    """Where a milestone stands: its case, and itself."""

    case_id: UUID
    milestone_id: UUID


async def get(session: AsyncSession, grant: Grant, place: Place) -> Milestone:
    """One milestone within reach, or NotFound."""
    return _found((await session.exec(_at(grant, place))).one_or_none())


async def take(session: AsyncSession, grant: Grant, place: Place, shared: Collection[UUID] = ()) -> Milestone:
    """One milestone within reach, locked for this transaction. `shared`: cases that a referral opens."""
    locked = _at(grant, place, shared).with_for_update().execution_options(populate_existing=True)
    return _found((await session.exec(locked)).one_or_none())


async def of_kind(
    session: AsyncSession, case_id: UUID, definition_code: str, *, lock: bool = False
) -> Milestone | None:
    """The milestone of this case that stands for this definition, if there is one."""
    rows = select(Milestone).where(Milestone.case_id == case_id, Milestone.definition_code == definition_code)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(rows)).one_or_none()


async def of_kind_in(
    session: AsyncSession, case_ids: Collection[UUID], definition_code: str
) -> dict[UUID, Milestone]:
    """The milestones of these cases that stand for this definition, locked, by case."""
    rows = select(Milestone).where(
        col(Milestone.case_id).in_(case_ids), Milestone.definition_code == definition_code
    )
    locked = rows.order_by(col(Milestone.id)).with_for_update().execution_options(populate_existing=True)
    return {one.case_id: one for one in (await session.exec(locked)).all()}


async def open_for_facts(session: AsyncSession, *case_ids: UUID) -> None:
    """Let the database take what a record shows of these cases, from whoever made it; without any: no more.

    Whoever does this waits for others who do it for the same case.
    """
    given = {"cases": [str(each) for each in case_ids]}
    connection = await session.connection()
    await connection.execute(OPEN_FOR_FACTS, given)
    if case_ids:
        await connection.execute(ONE_AFTER_THE_OTHER, given)


async def shown(session: AsyncSession, milestones: Collection[Milestone], fact: Fact) -> set[UUID]:
    """Which of these milestones this record, or one without an id of this day, has shown before."""
    same = MilestoneChange.happened_on == fact.happened_on if fact.id is None else sa.true()
    rows = select(MilestoneChange.milestone_id).where(
        col(MilestoneChange.milestone_id).in_([one.id for one in milestones]),
        MilestoneChange.fact_code == fact.code,
        col(MilestoneChange.fact_id).is_not_distinct_from(fact.id),
        same,
    )
    return set((await session.exec(rows)).all())


async def of_case(session: AsyncSession, case: Case, ask: Ask) -> Sequence[Milestone]:
    """Milestones of this case in order of id; one more than asked for where there is another page."""
    rows = select(Milestone).where(Milestone.case_id == case.id, col(Milestone.id) >= ask.start)
    return (await session.exec(rows.order_by(col(Milestone.id)).limit(ask.limit + 1))).all()


async def changes(session: AsyncSession, milestone: Milestone) -> Sequence[MilestoneChange]:
    """Everything that happened to it, newest first."""
    rows = select(MilestoneChange).where(MilestoneChange.milestone_id == milestone.id)
    newest = rows.order_by(col(MilestoneChange.created_at).desc(), col(MilestoneChange.id).desc())
    return (await session.exec(newest.limit(200))).all()


async def box(session: AsyncSession, milestone: Milestone) -> Box:
    """What opens and seals the texts of this milestone: the person's key."""
    rows = select(Case.survivor_id).where(Case.id == milestone.case_id)
    return await survivors.box(session, (await session.exec(rows)).one())


async def accident_of(session: AsyncSession, case: Case) -> date | None:
    """The day of the person's accident, where it is known to the day."""
    rows = (
        select(col(Incident.occurred_on))
        .join(Casualty, col(Casualty.incident_id) == col(Incident.id))
        .join(Survivor, col(Survivor.casualty_id) == col(Casualty.id))
        .where(Survivor.id == case.survivor_id, Incident.occurred_precision == Precision.DAY)
    )
    return (await session.exec(rows)).one_or_none()


def _at(grant: Grant, place: Place, shared: Collection[UUID] = ()) -> SelectOfScalar[Milestone]:
    within = col(Milestone.case_id).in_(shared) if grant.reach in LENT else grant.held(Milestone)
    return select(Milestone).where(
        within, Milestone.case_id == place.case_id, Milestone.id == place.milestone_id
    )


def _found(milestone: Milestone | None) -> Milestone:
    if milestone is None:
        raise NotFound
    return milestone

"""Every read of squads and call-ups. Each takes a Grant, or what a grant has opened."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.cases.models import Case
from app.core.errors import NotFound
from app.core.pages import Ask, fetch
from app.participants.models import Enrolment
from app.programmes.models import Programme
from app.squads.models import CallUp, Squad
from app.squads.states import STANDING

K, S = CallUp, Squad
MOST = 200  # call-ups of one squad that are shown
ROW = (
    *(col(S.id), col(S.version), col(S.programme_id), col(S.edition_id), col(S.kind_code), col(S.name)),
    *(col(S.place), col(S.starts_on), col(S.ends_on), col(S.answer_by), col(S.size), col(S.cancelled_on)),
)


class Called(NamedTuple):
    """A call-up with the enrolment that it rests on."""

    call_up: CallUp
    enrolment: Enrolment


async def squad(session: AsyncSession, grant: Grant, squad_id: UUID, lock: bool = False) -> Squad:
    """One squad, or NotFound; whoever may read programmes may read all: it names nobody."""
    wanted = select(S).where(_open(grant), S.id == squad_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def find(session: AsyncSession, squad_id: UUID) -> Squad | None:
    """One squad, if there is one."""
    return await session.get(S, squad_id)


async def page_json(session: AsyncSession, programme: Programme, ask: Ask) -> bytes:
    """The squads of a programme in order of entry: a Page[SquadRow]."""
    return await fetch(session, sa.select(*ROW).where(col(S.programme_id) == programme.id), ask)


async def calls(session: AsyncSession, squad: Squad) -> list[Called]:
    """Who was called up, in order, as far as the caller may see them."""
    rows = select(K, Enrolment).join(Enrolment, col(Enrolment.id) == col(K.enrolment_id))
    found = await session.exec(rows.where(K.squad_id == squad.id).order_by(col(K.id)).limit(MOST))
    return [Called(*row) for row in found.all()]


async def call(session: AsyncSession, grant: Grant, call_up_id: UUID) -> Called:
    """One call-up within reach, nobody else's to change until this is done; or NotFound."""
    wanted = select(K, Enrolment).join(Enrolment, col(Enrolment.id) == col(K.enrolment_id))
    wanted = wanted.where(_within(grant), K.id == call_up_id).with_for_update(of=K)
    found = (await session.exec(wanted.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFound
    return Called(*found)


async def find_call(session: AsyncSession, call_up_id: UUID) -> CallUp | None:
    """One call-up, if there is one."""
    return await session.get(K, call_up_id)


async def of_case(session: AsyncSession, case: Case) -> Sequence[tuple[CallUp, Squad]]:
    """What somebody was called up to, the latest first."""
    rows = (
        select(K, S)
        .join(Enrolment, col(Enrolment.id) == col(K.enrolment_id))
        .join(S, col(S.id) == col(K.squad_id))
        .where(Enrolment.case_id == case.id)
    )
    return (await session.exec(rows.order_by(col(K.id).desc()).limit(MOST))).all()


def standing(called: Sequence[Called]) -> list[Called]:
    """Those who were called or have accepted: who take a place."""
    return [each for each in called if each.call_up.status in STANDING]


def _open(grant: Grant) -> sa.ColumnElement[bool]:
    return sa.true() if grant.reach in (Reach.FACILITY, Reach.ALL) else sa.false()


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    """My facility's squads, or the files within my reach."""
    if grant.reach is Reach.FACILITY:
        return col(K.facility_id) == grant.actor.facility_id
    return grant.held(K)

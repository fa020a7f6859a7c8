"""Every read of an incident."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.access.table import Reach
from app.core import pages
from app.core.errors import NotFound
from app.incidents.models import Casualty, Incident, IncidentSource

I, C = Incident, Casualty  # noqa: E741
P = TypeVar("P", Casualty, IncidentSource)


async def get(session: AsyncSession, grant: Grant, incident_id: UUID) -> Incident:
    """One incident, or NotFound."""
    found = (await session.exec(_visible(grant, I).where(I.id == incident_id))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def casualty(session: AsyncSession, grant: Grant, casualty_id: UUID) -> Casualty:
    """One casualty of any incident, or NotFound."""
    found = (await session.exec(_visible(grant, C).where(C.id == casualty_id))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def part(session: AsyncSession, grant: Grant, kind: type[P], incident_id: UUID, record_id: UUID) -> P:
    """One casualty or source of this incident, or NotFound; under another incident it does not exist."""
    wanted = _visible(grant, kind).where(kind.id == record_id, kind.incident_id == incident_id)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def casualties(session: AsyncSession, grant: Grant, incident_id: UUID) -> Sequence[Casualty]:
    """Everybody involved in an incident, in the order of their numbers."""
    wanted = _visible(grant, C).where(C.incident_id == incident_id)
    return (await session.exec(wanted.order_by(col(C.number)))).all()


async def sources(session: AsyncSession, grant: Grant, incident_id: UUID) -> Sequence[IncidentSource]:
    """What every source says of an incident, oldest first."""
    wanted = _visible(grant, IncidentSource).where(IncidentSource.incident_id == incident_id)
    return (await session.exec(wanted.order_by(col(IncidentSource.id)))).all()


async def counts(session: AsyncSession, grant: Grant, incident_id: UUID) -> dict[str, int]:
    """How many casualties of an incident have which outcome; an outcome that nobody has is missing."""
    rows = _visible(grant, C).where(C.incident_id == incident_id).subquery()
    wanted = sa.select(rows.c.outcome_code, sa.func.count()).group_by(rows.c.outcome_code)
    found = await (await session.connection()).execute(wanted)
    return {str(code): int(count) for code, count in found}


async def next_number(session: AsyncSession, incident_id: UUID) -> int:
    """The number of the next casualty; the incident must be locked."""
    taken = select(sa.func.max(C.number)).where(C.incident_id == incident_id)
    return ((await session.exec(taken)).one() or 0) + 1


async def page_json(
    session: AsyncSession, grant: Grant, ask: pages.Ask, only: Mapping[str, str | None], year: int | None
) -> bytes:
    """Incidents, oldest entry first: a Page[IncidentRow] as JSON. `only`: values of columns, none for any."""
    occurred = sa.func.json_build_object(
        *("date", I.occurred_on, "precision", I.occurred_precision, "estimated", I.occurred_estimated)
    )
    rows = _visible(grant, I).with_only_columns(
        *(col(I.id), col(I.version), col(I.code), occurred.label("occurred")),
        *(col(I.district_code), col(I.device_code), col(I.accident_type_code)),
        *(_count("killed"), _count("injured")),
        *(col(I.killed_without_rows), col(I.injured_without_rows)),
    )
    rows = rows.where(*(getattr(I, name) == value for name, value in only.items() if value is not None))
    if year is not None:
        rows = rows.where(col(I.occurred_on).between(date(year, 1, 1), date(year, 12, 31)))
    return await pages.fetch(session, rows, ask)


def _count(outcome: str) -> sa.Label[int]:
    counted = sa.select(sa.func.count()).where(
        col(C.incident_id) == col(I.id), col(C.outcome_code) == outcome
    )
    return counted.scalar_subquery().label(outcome)


V = TypeVar("V", Incident, Casualty, IncidentSource)


def _visible(grant: Grant, kind: type[V]) -> SelectOfScalar[V]:
    """All of them, or none: incidents name nobody, and every worker needs them; the exact place is sealed."""
    return select(kind).where(sa.true() if grant.reach is Reach.ALL else sa.false())

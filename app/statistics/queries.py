"""Every SELECT of statistics. The API's take a Grant and see artefacts; only the release job counts."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.audit import reading
from app.audit.actions import FieldClass
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.statistics import artefact, tables
from app.statistics.counting import Group
from app.statistics.cube import Cube
from app.statistics.models import Artefact, BudgetEntry, Cohort, Release
from app.statistics.states import Status

FACT = sa.table(
    "statistics_fact",
    *map(sa.column, ("sex", "age", "district", "victim_type", "registered_on")),
    schema="stats",
)
_cubes: dict[tuple[str, ...], Cube] = {}  # the one that is current, by the fingerprints of its releases


async def releases(session: AsyncSession, grant: Grant) -> Sequence[Release]:
    """Every release that may be read, oldest first. All of them are everybody's who may ask at all."""
    assert grant.actor
    rows = select(Release).where(Release.status == Status.PUBLISHED).order_by(col(Release.last_day))
    return (await session.exec(rows)).all()


async def table_names(session: AsyncSession, grant: Grant) -> dict[UUID, list[str]]:
    """The tables of each release, in the order of their names."""
    assert grant.actor
    rows = select(Artefact.release_id, Artefact.name).order_by(Artefact.name)
    names: dict[UUID, list[str]] = {}
    for release_id, name in (await session.exec(rows)).all():
        names.setdefault(release_id, []).append(name)
    return names


async def table(session: AsyncSession, grant: Grant, release_id: UUID, name: str) -> Artefact:
    """One released table, or NotFound."""
    assert grant.actor
    wanted = (
        select(Artefact)
        .join(Release, col(Release.id) == Artefact.release_id)
        .where(Artefact.release_id == release_id, Artefact.name == name, Release.status == Status.PUBLISHED)
    )
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found


class Published(NamedTuple):
    """A release that counts, as answers name it."""

    id: UUID
    cohort: str
    sha256: str


async def published(hot: Hot, grant: Grant, action: str) -> list[Published]:
    """The releases that count, oldest first, and the event that they were asked: one statement."""
    event = reading.event_of(grant.actor, action, FieldClass.OPERATIONAL)
    return [Published(*row) for row in await hot.rows(prepare("published", _published), **event)]


def _published() -> Any:
    shown = (col(Release.id), col(Release.cohort), col(Release.sha256), col(Release.last_day))
    found = sa.select(*shown).where(col(Release.status) == Status.PUBLISHED).cte("found")
    ids = sa.select(sa.func.coalesce(sa.func.array_agg(found.c.id), sa.text("'{}'::uuid[]")))
    rows = sa.select(found.c.id, found.c.cohort, found.c.sha256).order_by(found.c.last_day)
    return rows.add_cte(reading.logged(ids.scalar_subquery()))


async def cube(hot: Hot, every: Sequence[Published]) -> Cube:
    """These releases as one, read and checked once and kept; NothingReleased where there is none."""
    key = tuple(one.sha256 for one in every)
    if key not in _cubes:
        parts = await hot.rows(prepare("artefacts", _artefacts), ids=[one.id for one in every])
        made = await asyncio.to_thread(_read, every, parts)
        _cubes.clear()
        _cubes[key] = made
    return _cubes[key]


def _artefacts() -> Any:
    wanted = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid()))
    rows = sa.select(col(Artefact.release_id), col(Artefact.name), col(Artefact.body))
    return rows.where(col(Artefact.release_id) == sa.any_(wanted))


def _read(every: Sequence[Published], parts: Sequence[Any]) -> Cube:
    """Releases from their artefacts; ValueError where one is not what was published."""
    read = []
    for one in every:
        mine = [artefact.Artefact(p["name"], p["body"].encode()) for p in parts if p["release_id"] == one.id]
        if artefact.fingerprint(mine) != one.sha256:
            raise ValueError("an artefact is not the one that was published")
        read.append(artefact.released({part.name: part.body for part in mine}))
    cube = Cube(read)
    cube.warm()
    return cube


async def groups(session: AsyncSession, cohort: tables.Cohort) -> list[Group]:
    """How many files are alike in all that is counted: true counts, for the release job's role alone."""
    year = sa.cast(sa.extract("year", FACT.c.registered_on), sa.Integer).label("year")
    alike = [FACT.c.sex, FACT.c.age, FACT.c.district, FACT.c.victim_type, year]
    counted = sa.select(*alike, sa.func.count().label("files")).where(
        FACT.c.registered_on <= cohort.last_day,
        FACT.c.registered_on >= cohort.first_day if cohort.first_day else sa.true(),
    )
    rows = await (await session.connection()).execute(counted.group_by(*alike))
    return [dict(row) for row in rows.mappings()]


async def latest_cohort(session: AsyncSession) -> Cohort | None:
    """The cohort registered last, if there is one."""
    newest = select(Cohort).order_by(sa.func.upper(Cohort.days).desc()).limit(1)
    return (await session.exec(newest)).one_or_none()


async def release_of(session: AsyncSession, cohort: str) -> Release | None:
    """The release of a cohort that was drawn and has not been withdrawn, if there is one."""
    drawn = select(Release).where(Release.cohort == cohort, col(Release.sha256).is_not(None))
    return (await session.exec(drawn.where(Release.status != Status.WITHDRAWN))).one_or_none()


async def draft(session: AsyncSession) -> Release | None:
    """The draft that waits to be prepared, if there is one."""
    return (await session.exec(select(Release).where(Release.status == Status.DRAFT))).one_or_none()


async def every(session: AsyncSession, grant: Grant) -> Sequence[Release]:
    """Every release at whatever status, newest first, for who prepares and checks them."""
    assert grant.reach is Reach.ALL
    return (await session.exec(select(Release).order_by(col(Release.last_day).desc(), col(Release.id)))).all()


async def take(session: AsyncSession, grant: Grant, release_id: UUID) -> Release:
    """One release at whatever status, locked for this transaction, or NotFound."""
    assert grant.reach is Reach.ALL
    found = (
        await session.exec(select(Release).where(Release.id == release_id).with_for_update())
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


async def artefacts(session: AsyncSession, release: Release) -> Sequence[Artefact]:
    """The tables of one release, by name."""
    mine = select(Artefact).where(Artefact.release_id == release.id).order_by(Artefact.name)
    return (await session.exec(mine)).all()


async def last_charge(session: AsyncSession, cohort: str) -> BudgetEntry | None:
    """The newest line of a cohort's ledger."""
    newest = select(BudgetEntry).where(BudgetEntry.cohort == cohort).order_by(col(BudgetEntry.number).desc())
    return (await session.exec(newest.limit(1))).one_or_none()

"""Every SELECT of statistics. The API's take a Grant and see artefacts; only the release job counts."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.audit import reading
from app.audit.actions import FieldClass
from app.core.config import settings
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.statistics import artefact, care, tables
from app.statistics.counting import Group
from app.statistics.cube import Cube
from app.statistics.errors import NothingReleased
from app.statistics.models import Artefact, BudgetEntry, Cohort, Quarter, Release
from app.statistics.states import Kind, Status

FACT = sa.table(
    "statistics_fact",
    *map(sa.column, ("sex", "age", "district", "victim_type", "registered_on")),
    schema="stats",
)
CARE = sa.text(
    "select counts, pillar, state, files"
    " from stats.care_counted(:year, cast(:zone as text), cast(:pillar_of as jsonb))"
)
PROGRAMMES = sa.text(
    "select counts, programme, state, people from stats.programme_fact(:year, cast(:zone as text))"
)
INVENTED = sa.text("select stats.people_invented()")
ACCOUNT = sa.table(
    "account",
    *map(sa.column, ("cohort", "first_day", "last_day", "spent", "kept", "cap")),
    *map(sa.column, ("left_this_year", "left_beside_the_plan")),
    schema="stats",
)
WHO = (Kind.REGISTRATIONS, Kind.REBASE)
"""Kinds of release that are read as one cube: cohorts of registration."""
PUBLIC = (Status.PUBLISHED, Status.SUPERSEDED)
_cubes: dict[tuple[str, ...], Cube] = {}  # the one that is current, by the fingerprints of its releases
_reading: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def releases(session: AsyncSession, grant: Grant) -> Sequence[Release]:
    """Every release that may be read, oldest first. All of them are everybody's who may ask at all."""
    assert grant.actor
    rows = select(Release).where(col(Release.status).in_(PUBLIC))
    rows = rows.order_by(col(Release.last_day), col(Release.kind), col(Release.id))
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
        .where(Artefact.release_id == release_id, Artefact.name == name, col(Release.status).in_(PUBLIC))
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
    of_people = sa.or_(*(col(Release.kind) == kind for kind in WHO))
    counts = (col(Release.status) == Status.PUBLISHED, of_people)
    found = sa.select(*shown).where(*counts).cte("found")
    ids = sa.select(sa.func.coalesce(sa.func.array_agg(found.c.id), sa.text("'{}'::uuid[]")))
    rows = sa.select(found.c.id, found.c.cohort, found.c.sha256).order_by(found.c.last_day)
    return rows.add_cte(reading.logged(ids.scalar_subquery()))


async def cube(hot: Hot, every: Sequence[Published]) -> Cube:
    """These releases as one, read and checked once and kept; NothingReleased where there is none."""
    key = tuple(one.sha256 for one in every)
    if key in _cubes:
        return _cubes[key]
    async with _reading.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        if key not in _cubes:  # whoever came meanwhile waits, and finds it read
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


class Account(NamedTuple):
    """What a cohort's files have cost, what their planned releases will, and what questions may: all rho."""

    cohort: str
    first_day: date | None
    last_day: date
    spent: float
    kept: float
    cap: float
    left_this_year: float
    left_beside_the_plan: float

    @property
    def left_for_questions(self) -> float:
        """What a question of this year may cost."""
        return min(self.left_this_year, self.left_beside_the_plan)


async def accounts(hot: Hot, grant: Grant) -> list[Account]:
    """Every cohort's account, oldest first: it follows from the calendar and from what was asked."""
    assert grant.actor
    return [_account(row) for row in await hot.rows(prepare("accounts", _accounts))]


async def accounts_paying(session: AsyncSession) -> list[Account]:
    """The same for the nightly job."""
    return [_account(row) for row in await (await session.connection()).execute(_accounts())]


def _accounts() -> Any:
    return sa.select(*ACCOUNT.c).order_by(ACCOUNT.c.last_day)


def _account(row: Iterable[Any]) -> Account:
    cohort, first_day, last_day, *rho = row
    return Account(cohort, first_day, last_day, *map(float, rho))


async def care_year(session: AsyncSession, grant: Grant, year: int) -> tuple[Release, artefact.Released]:
    """The release of a year of care, read back; NothingReleased, which names the years there are."""
    assert grant.actor
    rows = select(Release).where(Release.status == Status.PUBLISHED, Release.kind == Kind.CARE)
    every = (await session.exec(rows.order_by(col(Release.last_day)))).all()
    found = next((one for one in every if one.last_day.year == year), None)
    if found is None:
        raise NothingReleased(years=[one.last_day.year for one in every])
    bodies = {part.name: part.body for part in await artefacts(session, found)}
    return found, artefact.released(bodies)


class Bulletin(NamedTuple):
    """The bulletin of a quarter, read back, and its fingerprint."""

    released: artefact.Released
    sha256: str


async def quarters(session: AsyncSession, grant: Grant, year: int) -> list[Bulletin]:
    """The bulletins of a year that are published, in order."""
    assert grant.actor
    days = col(Release.last_day).between(date(year, 1, 1), date(year, 12, 31))
    rows = select(Release).where(Release.status == Status.PUBLISHED, Release.kind == Kind.BULLETIN, days)
    found = []
    for release in (await session.exec(rows.order_by(col(Release.last_day)))).all():
        bodies = {part.name: part.body for part in await artefacts(session, release)}
        found.append(Bulletin(artefact.released(bodies), release.sha256 or ""))
    return found


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


async def care_groups(session: AsyncSession, plan: tables.Plan) -> dict[str, list[Group]]:
    """How many files stand in each cell of a year of care: true counts, for the release job's role alone."""
    year = plan.cohort.last_day.year
    given = {"year": year, "zone": settings().time_zone, "pillar_of": json.dumps(care.pillar_of())}
    connection = await session.connection()
    groups: dict[str, list[Group]] = {table.counts: [] for table in plan.tables}
    for row in await connection.execute(CARE, given):
        groups[row.counts].append({"pillar": row.pillar, **_state(row), "files": row.files})
    for row in await connection.execute(PROGRAMMES, {name: given[name] for name in ("year", "zone")}):
        groups[row.counts].append({"programme": row.programme, **_state(row), "files": row.people})
    return groups


def _state(row: Any) -> dict[str, str]:
    return {care.STATES[row.counts]: row.state} if row.counts in care.STATES else {}


async def invented(session: AsyncSession) -> bool:
    """Whether the people here are those of the demo."""
    return bool((await (await session.connection()).execute(INVENTED)).scalar_one())


async def cohorts(session: AsyncSession) -> Sequence[Cohort]:
    """Every cohort that the ledger knows, oldest first."""
    return (await session.exec(select(Cohort).order_by(sa.func.upper(Cohort.days)))).all()


async def charges(session: AsyncSession, cohort: str, kind: Kind, asked: str = "") -> int:
    """How often a cohort was charged for a kind of release, for one occasion where it is named."""
    lines = select(sa.func.count()).select_from(BudgetEntry)
    lines = lines.where(BudgetEntry.cohort == cohort, BudgetEntry.kind == kind)
    return (await session.exec(lines.where(col(BudgetEntry.request_id).startswith(asked)))).one()


async def bulletins_paid(session: AsyncSession, first_day: date | None) -> int:
    """How often the bulletin of a quarter was paid for."""
    lines = select(sa.func.count()).select_from(Quarter).where(Quarter.first_day == first_day)
    return (await session.exec(lines)).one()


async def line_for_quarter(session: AsyncSession, cohort: str, first_day: date) -> BudgetEntry | None:
    """A line of a cohort's ledger that pays for bulletins and has not yet paid for this quarter."""
    used = select(Quarter).where(
        Quarter.budget_entry_id == col(BudgetEntry.id), Quarter.first_day == first_day
    )
    lines = select(BudgetEntry).where(BudgetEntry.cohort == cohort, BudgetEntry.kind == Kind.BULLETIN)
    lines = lines.where(~used.exists()).order_by(col(BudgetEntry.number)).limit(1)
    return (await session.exec(lines)).one_or_none()


async def release_of(session: AsyncSession, kind: Kind, period: str) -> Release | None:
    """The release of this kind and period that was drawn and has not been withdrawn, if there is one."""
    drawn = select(Release).where(
        Release.kind == kind, Release.cohort == period, col(Release.sha256).is_not(None)
    )
    return (await session.exec(drawn.where(Release.status != Status.WITHDRAWN))).one_or_none()


async def draft(session: AsyncSession, kind: Kind) -> Release | None:
    """The draft of this kind that waits to be prepared, if there is one."""
    waits = select(Release).where(Release.status == Status.DRAFT, Release.kind == kind)
    return (await session.exec(waits)).one_or_none()


async def replaced(session: AsyncSession, grant: Grant, rebase: Release, *, comes: bool) -> Sequence[Release]:
    """What a rebase takes the place of: cohorts that count as it comes, or that counted until it came."""
    assert grant.reach is Reach.ALL
    counted = sa.and_(
        col(Release.kind).in_(WHO),
        col(Release.id) != rebase.id,
        col(Release.status) == Status.PUBLISHED,
        col(Release.last_day) <= rebase.last_day,
    )
    its = counted if comes else col(Release.superseded_by_id) == rebase.id
    return (await session.exec(select(Release).where(its).with_for_update())).all()


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

"""Every read of a competition. Whoever may read programmes may read all of it: it names no player."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.competitions.models import Competition, Contender, Division, Edition, Entry, Fixture, Protest
from app.core import pages
from app.core.errors import NotFound

C, F = Competition, Fixture
K = TypeVar("K", Competition, Contender, Edition, Division, Entry, Fixture, Protest)
MOST, FED = 200, 1000  # parts of one record that are shown; fixtures in a calendar
MATCHES = 2000  # of one division, for its table: 24 teams twice are 552
ROW: tuple[sa.SQLColumnExpression[Any], ...] = (
    *(col(C.id), col(C.version), col(C.facility_id), col(C.sport_code), col(C.name)),
)
SHOWN: tuple[sa.SQLColumnExpression[Any], ...] = (
    *(col(F.id), col(F.version), col(F.division_id), col(F.stage_code), col(F.round)),
    *(col(F.home_id), col(F.away_id), col(F.home_from_id), col(F.away_from_id), col(F.starts_at)),
    *(col(F.place), col(F.home_goals), col(F.away_goals), col(F.home_penalties), col(F.away_penalties)),
    *(col(F.home_fair_play), col(F.away_fair_play), col(F.result_code)),
    *(col(F.cancelled_at), col(F.cancel_reason_code)),
)


class Named(NamedTuple):
    """A team in a division, with its name."""

    entry: Entry
    name: str


class Match(NamedTuple):
    """A fixture as a calendar shows it: what it belongs to and who plays."""

    fixture: Fixture
    competition: str
    division: str
    home: str | None
    away: str | None


async def get(session: AsyncSession, grant: Grant, kind: type[K], record_id: UUID, lock: bool = False) -> K:
    """One record, or NotFound. `lock`: nobody else changes it until this transaction ends."""
    wanted = select(kind).where(_within(grant), kind.id == record_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def competition(session: AsyncSession, grant: Grant, competition_id: UUID) -> Competition:
    """One competition, or NotFound."""
    return await get(session, grant, Competition, competition_id)


async def edition(session: AsyncSession, grant: Grant, edition_id: UUID) -> Edition:
    """One edition, or NotFound."""
    return await get(session, grant, Edition, edition_id)


async def division(session: AsyncSession, grant: Grant, division_id: UUID) -> Division:
    """One division, or NotFound."""
    return await get(session, grant, Division, division_id)


async def fixture(session: AsyncSession, grant: Grant, fixture_id: UUID) -> Fixture:
    """One match, or NotFound."""
    return await get(session, grant, Fixture, fixture_id)


async def find(session: AsyncSession, kind: type[K], record_id: UUID) -> K | None:
    """One record, if there is one."""
    return await session.get(kind, record_id)


async def page_json(session: AsyncSession, grant: Grant, ask: pages.Ask, **only: Any) -> bytes:
    """Competitions, oldest first: a Page[CompetitionRow]."""
    rows = sa.select(*ROW).where(_within(grant))
    rows = rows.where(*(getattr(C, name) == value for name, value in only.items() if value is not None))
    return await pages.fetch(session, rows, ask)


async def contenders(session: AsyncSession, competition: Competition) -> Sequence[Contender]:
    """The teams of a competition, by name."""
    rows = select(Contender).where(Contender.competition_id == competition.id)
    return (await session.exec(rows.order_by(col(Contender.name)).limit(MOST))).all()


async def editions(session: AsyncSession, competition: Competition) -> Sequence[Edition]:
    """Its editions, the latest first."""
    rows = select(Edition).where(Edition.competition_id == competition.id)
    return (await session.exec(rows.order_by(col(Edition.starts_on).desc()).limit(MOST))).all()


async def divisions(session: AsyncSession, edition: Edition) -> Sequence[Division]:
    """The divisions of an edition, the highest first."""
    rows = select(Division).where(Division.edition_id == edition.id)
    return (await session.exec(rows.order_by(col(Division.level), col(Division.name)).limit(MOST))).all()


async def entries(session: AsyncSession, division_id: UUID) -> list[Named]:
    """The teams of a division with their names, in the order in which they were entered."""
    rows = (
        select(Entry, Contender.name)
        .join(Contender, col(Contender.id) == col(Entry.contender_id))
        .where(Entry.division_id == division_id)
        .order_by(col(Entry.id))
    )
    return [Named(*row) for row in await session.exec(rows.limit(MOST))]


async def fixtures(session: AsyncSession, division: Division) -> Sequence[Fixture]:
    """Every match of a division, round by round."""
    rows = select(F).where(F.division_id == division.id).order_by(col(F.round), col(F.id)).limit(MATCHES)
    return (await session.exec(rows)).all()


async def fixtures_json(session: AsyncSession, division: Division, ask: pages.Ask) -> bytes:
    """The matches of a division in order of entry: a Page[FixtureOut]."""
    return await pages.fetch(session, sa.select(*SHOWN).where(col(F.division_id) == division.id), ask)


async def drawn(session: AsyncSession, division: Division, stage_code: str) -> bool:
    """Whether any match of this stage stands."""
    rows = select(F.id).where(F.division_id == division.id, F.stage_code == stage_code).limit(1)
    return (await session.exec(rows)).first() is not None


async def following(session: AsyncSession, fixture: Fixture) -> Sequence[Fixture]:
    """The matches that wait for this one's winner, held until the transaction ends."""
    waits = sa.or_(col(F.home_from_id) == fixture.id, col(F.away_from_id) == fixture.id)
    return (await session.exec(select(F).where(waits).with_for_update())).all()


async def protests(session: AsyncSession, fixture: Fixture) -> Sequence[Protest]:
    """The protests against a result, oldest first."""
    rows = select(Protest).where(Protest.fixture_id == fixture.id).order_by(col(Protest.id)).limit(MOST)
    return (await session.exec(rows)).all()


async def lowest(session: AsyncSession, division: Division) -> int:
    """The level of the lowest division of the same edition."""
    rows = select(sa.func.max(Division.level)).where(Division.edition_id == division.edition_id)
    return int((await session.exec(rows)).one() or division.level)


async def of_division(session: AsyncSession, division: Division) -> list[Match]:
    """The matches of a division as a calendar shows them."""
    return await _matches(session, col(F.division_id) == division.id)


async def of_programme(session: AsyncSession, programme_id: UUID, since: datetime) -> list[Match]:
    """The matches of a programme's own teams from a moment on; asked by nobody who is signed in."""
    mine = (
        select(Entry.id)
        .join(Contender, col(Contender.id) == col(Entry.contender_id))
        .where(Contender.programme_id == programme_id)
    )
    plays = sa.or_(col(F.home_id).in_(mine), col(F.away_id).in_(mine))
    return await _matches(session, sa.and_(plays, col(F.starts_at) >= since))


async def _matches(session: AsyncSession, which: sa.ColumnElement[bool]) -> list[Match]:
    rows = (
        select(F, C.name, Division.name)
        .join(Division, col(Division.id) == col(F.division_id))
        .join(C, col(C.id) == col(Division.competition_id))
        .where(which, col(F.starts_at).is_not(None))
        .order_by(col(F.starts_at), col(F.id))
    )
    found = (await session.exec(rows.limit(FED))).all()
    sides = {side for fixture, _, _ in found for side in (fixture.home_id, fixture.away_id) if side}
    named = select(Entry.id, Contender.name).join(Contender, col(Contender.id) == col(Entry.contender_id))
    names = dict((await session.exec(named.where(col(Entry.id).in_(sides)))).all())
    return [
        Match(
            fixture,
            competition,
            division,
            *(names.get(x) if x else None for x in (fixture.home_id, fixture.away_id)),
        )
        for fixture, competition, division in found
    ]


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    return sa.true() if grant.reach in (Reach.FACILITY, Reach.ALL) else sa.false()

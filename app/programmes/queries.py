"""Every read of a programme. Whoever may read one may read all: it names nobody who is helped."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.accounts.models import Membership, User
from app.core import clock, pages
from app.core.errors import NotFound
from app.programmes.models import Group, Programme, Reached, Season, Session, Staff

P, S = Programme, Session
K = TypeVar("K", Season, Group, Staff, Session)
MOST = 200  # seasons, groups or staff of one programme that are shown
FED = 1000  # sessions in a calendar
SHOWN: tuple[sa.SQLColumnExpression[Any], ...] = (
    *(col(P.id), col(P.version), col(P.facility_id), col(P.kind_code), col(P.name), col(P.sport_code)),
    *(col(P.level_code), col(P.place), col(P.district_code), col(P.capacity), col(P.minimum_age)),
    col(P.closed_on),
)
HELD: tuple[sa.SQLColumnExpression[Any], ...] = (
    *(col(S.id), col(S.version), col(S.programme_id), col(S.season_id), col(S.group_id), col(S.kind_code)),
    *(col(S.starts_at), col(S.minutes), col(S.place), col(S.repeats), col(S.guests), col(S.noted_at)),
    *(col(S.cancelled_at), col(S.cancel_reason_code), col(S.topic_codes), col(S.material_codes)),
    *(col(S.partner_id), col(S.village)),
)


class Around(NamedTuple):
    """What belongs to a programme: its seasons, groups and staff."""

    seasons: Sequence[Season]
    groups: Sequence[Group]
    staff: Sequence[tuple[Staff, str]]


async def get(session: AsyncSession, grant: Grant, programme_id: UUID, lock: bool = False) -> Programme:
    """One programme, or NotFound. `lock`: nobody else changes it until this transaction ends."""
    wanted = select(P).where(_within(grant), P.id == programme_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return _found((await session.exec(wanted)).one_or_none())


async def find(session: AsyncSession, grant: Grant, programme_id: UUID) -> Programme | None:
    """One programme, if there is one."""
    return (await session.exec(select(P).where(_within(grant), P.id == programme_id))).one_or_none()


async def page_json(session: AsyncSession, grant: Grant, ask: pages.Ask, closed: bool, **only: Any) -> bytes:
    """Programmes, oldest first: a Page[ProgrammeRow]. `only`: values that columns of these names have."""
    rows = sa.select(*SHOWN).where(_within(grant))
    rows = rows.where(*(getattr(P, name) == value for name, value in only.items() if value is not None))
    if not closed:
        rows = rows.where(sa.or_(col(P.closed_on).is_(None), col(P.closed_on) > clock.today()))
    return await pages.fetch(session, rows, ask)


async def around(session: AsyncSession, programme: Programme) -> Around:
    """What belongs to a programme."""
    seasons = select(Season).where(Season.programme_id == programme.id).order_by(col(Season.starts_on))
    groups = select(Group).where(Group.programme_id == programme.id).order_by(col(Group.name))
    staff = (
        select(Staff, User.display_name)
        .join(User, col(User.id) == col(Staff.user_id))
        .where(Staff.programme_id == programme.id)
        .order_by(col(Staff.id))
    )
    return Around(
        (await session.exec(seasons.limit(MOST))).all(),
        (await session.exec(groups.limit(MOST))).all(),
        (await session.exec(staff.limit(MOST))).all(),
    )


async def part(session: AsyncSession, programme: Programme, kind: type[K], record_id: UUID) -> K:
    """One season, group, session or member of the staff of this programme, or NotFound."""
    wanted = select(kind).where(kind.programme_id == programme.id, kind.id == record_id)
    return _found((await session.exec(wanted)).one_or_none())


async def held(session: AsyncSession, grant: Grant, session_id: UUID) -> tuple[Session, Season]:
    """One session with its season, or NotFound."""
    wanted = select(S, Season).join(Season, col(Season.id) == col(S.season_id)).where(S.id == session_id)
    found = (await session.exec(wanted.where(_within(grant)))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def to_note(session: AsyncSession, grant: Grant, session_id: UUID) -> tuple[Session, Season, Programme]:
    """One session with its season and programme, the session locked; or NotFound."""
    wanted = (
        select(S, Season, P)
        .join(Season, col(Season.id) == col(S.season_id))
        .join(P, col(P.id) == col(S.programme_id))
        .where(_within(grant), S.id == session_id)
    )
    held = wanted.with_for_update(of=S).execution_options(populate_existing=True)
    found = (await session.exec(held)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def sessions_json(
    session: AsyncSession, programme: Programme, ask: pages.Ask, since: date | None, until: date | None
) -> bytes:
    """The sessions of a programme in order of entry, from one day to another: a Page[HeldOut]."""
    rows = sa.select(*HELD).where(col(S.programme_id) == programme.id)
    if since:
        rows = rows.where(col(S.starts_at) >= clock.beginning(since))
    if until:
        rows = rows.where(col(S.starts_at) < clock.beginning(until + timedelta(days=1)))
    return await pages.fetch(session, rows, ask)


async def reached(session: AsyncSession, one: Session) -> Sequence[Reached]:
    """Whom a community session reached, by sex and age band."""
    rows = select(Reached).where(Reached.session_id == one.id)
    return (await session.exec(rows.order_by(col(Reached.sex_code), col(Reached.age_band_code)))).all()


async def by_feed(session: AsyncSession, feed_hash: bytes) -> Programme | None:
    """The programme whose calendar has this secret in its address; asked by nobody who is signed in."""
    return (await session.exec(select(P).where(P.feed_hash == feed_hash))).one_or_none()


async def fed(session: AsyncSession, programme: Programme, since: datetime) -> Sequence[Session]:
    """What a calendar shows: sessions from a moment on."""
    rows = select(S).where(S.programme_id == programme.id, col(S.starts_at) >= since)
    return (await session.exec(rows.order_by(col(S.starts_at), col(S.id)).limit(FED))).all()


async def works_at(session: AsyncSession, user_id: UUID, facility_id: UUID) -> bool:
    """Whether this person works at a facility now."""
    rows = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.facility_id == facility_id,
        col(Membership.ended_at).is_(None),
    )
    return (await session.exec(rows.limit(1))).first() is not None


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    return sa.true() if grant.reach in (Reach.FACILITY, Reach.ALL) else sa.false()


T = TypeVar("T")


def _found(record: T | None) -> T:
    if record is None:
        raise NotFound
    return record

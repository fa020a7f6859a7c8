"""Every read of support and of peers. Each takes a grant, or a file that a grant has opened."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.codelists.ages import UNKNOWN, band_on
from app.core.errors import NotFound
from app.injuries.models import Amputation, Injury
from app.records.queries import File
from app.support import matching
from app.support.matching import Wanted
from app.support.models import Peer, PeerPair, PsychosocialMove, SupportSession
from app.survivors.models import Survivor

MOST = 500  # peers of a facility, pairs of a peer, steps of an episode


async def moves(session: AsyncSession, episode_id: UUID) -> Sequence[PsychosocialMove]:
    """Every step of an episode, newest first."""
    rows = select(PsychosocialMove).where(PsychosocialMove.episode_id == episode_id)
    newest = rows.order_by(col(PsychosocialMove.created_at).desc(), col(PsychosocialMove.id).desc())
    return (await session.exec(newest.limit(MOST))).all()


async def sessions_of(session: AsyncSession, episode_id: UUID) -> Sequence[SupportSession]:
    """Every session of an episode."""
    rows = select(SupportSession).where(SupportSession.episode_id == episode_id)
    return (await session.exec(rows.limit(MOST))).all()


async def peers(session: AsyncSession, grant: Grant) -> Sequence[tuple[Peer, int]]:
    """The peers of the caller's facility, each with how many people they accompany now."""
    rows = select(Peer, _load()).where(_own(grant)).order_by(col(Peer.id)).limit(MOST)
    return (await session.exec(rows)).all()


async def find_peer(session: AsyncSession, grant: Grant, peer_id: UUID) -> Peer | None:
    """A peer of the caller's facility, if there is one."""
    return (await session.exec(select(Peer).where(_own(grant), Peer.id == peer_id))).one_or_none()


async def take_peer(session: AsyncSession, grant: Grant, peer_id: UUID) -> tuple[Peer, int]:
    """The same with the load, locked: two decisions about one peer come one after the other. Or NotFound."""
    one = select(Peer).where(_own(grant), Peer.id == peer_id).with_for_update()
    peer = (await session.exec(one.execution_options(populate_existing=True))).one_or_none()
    if peer is None:
        raise NotFound
    return peer, (await session.exec(select(_load()).where(Peer.id == peer_id))).one()


async def pairs_of(session: AsyncSession, peer: Peer) -> Sequence[PeerPair]:
    """Whom a peer accompanies and has accompanied, oldest first."""
    rows = select(PeerPair).where(PeerPair.peer_id == peer.id, PeerPair.facility_id == peer.facility_id)
    return (await session.exec(rows.order_by(col(PeerPair.id)).limit(MOST))).all()


async def pairs_now(session: AsyncSession, case_id: UUID) -> Sequence[PeerPair]:
    """Who accompanies this person now."""
    rows = select(PeerPair).where(PeerPair.case_id == case_id, col(PeerPair.ended_on).is_(None))
    return (await session.exec(rows)).all()


async def take_pair(session: AsyncSession, grant: Grant, pair_id: UUID) -> PeerPair:
    """A pair of the caller's facility, locked, or NotFound."""
    wanted = select(PeerPair).where(PeerPair.id == pair_id, _theirs(grant)).with_for_update()
    found = (await session.exec(wanted.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def wanted(session: AsyncSession, file: File, today: date, *, identity: bool, injuries: bool) -> Wanted:
    """What is known of the person who is to be accompanied, of what the referral shares."""
    rows = select(Survivor).where(Survivor.id == file.survivor_id)
    person = (await session.exec(rows)).one()
    limbs = await _said(session, file, Amputation, col(Amputation.limb_code)) if injuries else []
    natures = await _said(session, file, Injury, col(Injury.nature_code)) if injuries else []
    category = person.category_code if injuries else UNKNOWN
    return Wanted(
        experiences=matching.experiences(category, limbs, natures),
        sex_code=person.sex_code if identity else UNKNOWN,
        age_band=band_on(file.birth, today) if identity else UNKNOWN,
        language_code=person.language_code if identity else UNKNOWN,
    )


async def _said(
    session: AsyncSession,
    file: File,
    table: type[Injury] | type[Amputation],
    column: sa.SQLColumnExpression[str],
) -> Sequence[str]:
    rows = select(column).where(table.survivor_id == file.survivor_id, col(table.in_error).is_(False))
    return (await session.exec(rows.distinct())).all()


def _own(grant: Grant) -> sa.ColumnElement[bool]:
    """Peers are their facility's own."""
    mine = grant.reach is Reach.FACILITY and grant.actor.facility_id is not None
    return col(Peer.facility_id) == grant.actor.facility_id if mine else sa.false()


def _theirs(grant: Grant) -> sa.ColumnElement[bool]:
    mine = grant.reach is Reach.FACILITY and grant.actor.facility_id is not None
    return col(PeerPair.facility_id) == grant.actor.facility_id if mine else sa.false()


def _load() -> sa.ScalarSelect[int]:
    now = sa.select(sa.func.count()).where(col(PeerPair.peer_id) == Peer.id, col(PeerPair.ended_on).is_(None))
    return now.correlate(Peer).scalar_subquery()

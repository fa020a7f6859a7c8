"""What can be done about peers: the list of a facility, suggestions, and the decision that a person takes."""

from typing import NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import filing
from app.cases.filing import CaseAt
from app.core import clock, vault
from app.core.errors import Clash, Forbidden, Stale
from app.core.ids import new_id
from app.records import queries as records
from app.support import matching, queries, rules
from app.support.models import Peer, PeerPair
from app.support.schemas import (
    AddPeer,
    AmendPeer,
    EndPair,
    PairPeer,
    PeerOut,
    PeerPairOut,
    SuggestionOut,
)

MANAGE = Permission.PEER_MANAGE


class Told(NamedTuple):
    """A case that is shared, and what else of it is: who the person is, and what happened to them."""

    at: CaseAt
    identity: bool
    injuries: bool


async def add_peer(session: AsyncSession, actor: Actor, given: AddPeer) -> tuple[PeerOut, bool]:
    """Put somebody on the facility's list of peers; False beside it when they were there already."""
    grant = actor.grant(MANAGE)
    if actor.facility_id is None:
        raise Forbidden(permission=MANAGE.value)
    if given.id and (known := await queries.find_peer(session, grant, given.id)):
        return _same(known, given), False
    rules.need_grown_up(given.birth_year, clock.today())
    columns = given.model_dump(exclude={"id", "name"})
    peer_id = given.id or new_id()
    name = vault.seal_envelope("peer", "name", peer_id, given.name)
    peer = Peer.model_validate(columns | {"id": peer_id, "facility_id": actor.facility_id, "name": name})
    session.add(peer)
    audit.record(session, actor, "peer.add", peer.id, FieldClass.IDENTITY)
    await session.flush()
    return PeerOut.of(peer, 0), True


async def amend_peer(
    session: AsyncSession, actor: Actor, peer_id: UUID, version: int, given: AmendPeer
) -> PeerOut:
    """Change what is said of a peer, or let them go."""
    peer, load = await queries.take_peer(session, actor.grant(MANAGE), peer_id)
    if version != peer.version:
        raise Stale(current=PeerOut.of(peer, load).model_dump(mode="json"))
    for name in given.model_fields_set:
        if (value := getattr(given, name)) is not None:
            setattr(peer, name, value)
    audit.record(session, actor, "peer.amend", peer.id, FieldClass.IDENTITY)
    await session.flush()
    return PeerOut.of(peer, load)


async def read_peers(session: AsyncSession, actor: Actor) -> list[PeerOut]:
    """The facility's peers, with how many people each accompanies."""
    found = await queries.peers(session, actor.grant(MANAGE))
    audit.record(session, actor, "peer.list", [peer.id for peer, _ in found], FieldClass.IDENTITY)
    return [PeerOut.of(peer, load) for peer, load in found]


async def read_pairs(session: AsyncSession, actor: Actor, peer_id: UUID) -> list[PeerPairOut]:
    """Whom a peer accompanies and has accompanied."""
    peer, _ = await queries.take_peer(session, actor.grant(MANAGE), peer_id)
    found = await queries.pairs_of(session, peer)
    audit.record(
        session, actor, "peer_pair.list", [peer.id, *(pair.id for pair in found)], FieldClass.MENTAL_HEALTH
    )
    return [PeerPairOut.of(pair) for pair in found]


async def suggest(session: AsyncSession, actor: Actor, told: Told) -> list[SuggestionOut]:
    """Peers who could accompany this person, best first, each with the reasons."""
    file = await filing.open_file(session, actor.grant(Permission.PSYCHOSOCIAL_READ), told.at)
    today = clock.today()
    wanted = await queries.wanted(session, file, today, identity=told.identity, injuries=told.injuries)
    found = matching.suggest(wanted, await queries.peers(session, actor.grant(MANAGE)), today)
    ids = [*(one.peer.id for one in found), *file.trail]
    audit.record(session, actor, "peer.suggest", ids, FieldClass.MENTAL_HEALTH)
    return [SuggestionOut.of(one) for one in found]


async def pair(session: AsyncSession, actor: Actor, told: Told, given: PairPeer) -> tuple[PeerPairOut, bool]:
    """Decide that this peer accompanies the person; what spoke for it then is kept beside who decided."""
    file = await filing.open_to_write(session, actor.grant(Permission.PSYCHOSOCIAL_WRITE), told.at)
    if given.id and (known := await records.find(session, file, PeerPair, given.id)):
        return _same_pair(known, given), False
    peer, load = await queries.take_peer(session, actor.grant(MANAGE), given.peer_id)
    others = await queries.pairs_now(session, file.held["case_id"])
    rules.need_fit(peer, load, others, given.started_on)
    today = clock.today()
    wanted = await queries.wanted(session, file, today, identity=told.identity, injuries=told.injuries)
    reasons = list(matching.compare(wanted, peer, load, today).reasons)
    columns = {**given.model_dump(exclude_none=True), **file.held, "facility_id": peer.facility_id}
    made = PeerPair.model_validate(columns | {"reason_codes": reasons, "by_id": actor.user_id})
    session.add(made)
    audit.record(session, actor, "peer_pair.add", [made.id, peer.id, *file.trail], FieldClass.MENTAL_HEALTH)
    await session.flush()
    return PeerPairOut.of(made), True


async def end_pair(
    session: AsyncSession, actor: Actor, pair_id: UUID, version: int, given: EndPair
) -> PeerPairOut:
    """A peer accompanies a person no more; also after the referral that brought them together is over."""
    found = await queries.take_pair(session, actor.grant(MANAGE), pair_id)
    if version != found.version:
        raise Stale(current=PeerPairOut.of(found).model_dump(mode="json"))
    rules.need_end(found, given.ended_on)
    found.ended_on, found.end_reason_code = given.ended_on, given.end_reason_code
    ids = [found.id, found.peer_id, found.case_id]
    audit.record(session, actor, "peer_pair.end", ids, FieldClass.MENTAL_HEALTH)
    await session.flush()
    return PeerPairOut.of(found)


def _same(known: Peer, given: AddPeer) -> PeerOut:
    """Who exists under the client's id, if it is who was sent."""
    shown = PeerOut.of(known, 0)
    sent = given.model_dump(exclude_unset=True, exclude={"id"})
    if any(getattr(shown, name) != value for name, value in sent.items()):
        raise Clash
    return shown


def _same_pair(known: PeerPair, given: PairPeer) -> PeerPairOut:
    sent = given.model_dump(exclude_unset=True, exclude={"id"})
    if any(getattr(known, name) != value for name, value in sent.items()):
        raise Clash
    return PeerPairOut.of(known)

"""Routes of psychosocial support: the compartment of a case, what others may know of it, and peers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from app.access.actor import Actor
from app.access.table import Permission
from app.cases.errors import CaseNotOpen, ConsentMissing
from app.cases.filing import CaseAt
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.overview import queries as overview
from app.referrals.rules import ShareItem
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._moves import Moves
from app.routers._moves import register as register_moves
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._records import EXISTS, Records, register
from app.routers._rooms import Room
from app.routers._sharing import case_at
from app.support import actions, pairing, schemas
from app.support.actions import EpisodeAt
from app.support.errors import PairOver, PairThere, PeerFull, PeerUnfit
from app.support.kinds import EPISODE, NOTE, SESSION
from app.support.pairing import Told
from app.support.states import SUPPORT, Action, Party

router = Room("psychosocial support")
CASE = "/cases/{case_id}"
READ, WRITE, STATUS = (
    *(Permission.PSYCHOSOCIAL_READ, Permission.PSYCHOSOCIAL_WRITE),
    Permission.PSYCHOSOCIAL_STATUS,
)
GET = problems(Forbidden, NotFound)
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
compartment = case_at(READ, WRITE, ShareItem.PSYCHOSOCIAL)
CompartmentDep = Annotated[Any, Depends(compartment)]
StatusDep = Annotated[Any, Depends(case_at(STATUS, STATUS, ShareItem.PSYCHOSOCIAL))]
KINDS = (
    (EPISODE, schemas.CorrectPsychosocialEpisode, "psychosocial_episode"),
    (SESSION, schemas.CorrectSupportSession, "support_session"),
    (NOTE, schemas.CorrectSupportNote, "support_note"),
)

for kind, correction, one in KINDS:
    register(
        router,
        CASE,
        Records(
            kind=kind,
            correction=correction,
            act=actions,
            where=compartment,
            one=one,
            many=f"{one}s",
            refusals=(ConsentMissing, CaseNotOpen),
        ),
    )


async def _episode(record_id: UUID, at: CompartmentDep) -> EpisodeAt:
    return EpisodeAt(at, record_id)


async def _as_it_is(_: Any, __: Actor, out: Any) -> Any:
    return out


register_moves(
    router,
    f"{CASE}/psychosocial-episodes/{{record_id}}",
    Moves(
        table=SUPPORT,
        act=actions,
        where=_episode,
        out=schemas.PsychosocialEpisodeOut,
        answer=_as_it_is,
        by=tuple(Party),
        bodies={**dict.fromkeys(Action, schemas.MoveEpisode), Action.CLOSE: schemas.CloseEpisode},
        refusals=dict.fromkeys(Action, (ConsentMissing, CaseNotOpen)),
    ),
)


@router.get(f"{CASE}/psychosocial-episodes/{{record_id}}/history", responses=GET)
async def list_psychosocial_episode_moves(
    record_id: UUID, at: CompartmentDep, session: SessionDep, actor: ActorDep
) -> Page[schemas.EpisodeMoveOut]:
    """Every step of an episode of support, newest first, with what came of it."""
    found = await actions.read_history(session, actor, at, record_id)
    return Page(items=found, next_cursor=None)


@router.get(f"{CASE}/support", responses=GET)
async def get_support_status(at: StatusDep, session: SessionDep, actor: ActorDep) -> schemas.SupportStatusOut:
    """Whether the person is in support, and to which sessions they came; not what was done or said."""
    return await actions.read_status(session, actor, at)


async def _told(case_id: UUID, request: Request, session: SessionDep, actor: ActorDep) -> Told:
    grant = actor.grant(READ if request.method == "GET" else WRITE)
    shared = {
        item: await overview.shared_cases(session, grant, case_id, item)
        for item in (ShareItem.PSYCHOSOCIAL, ShareItem.IDENTITY, ShareItem.INJURY)
    }
    at = CaseAt(case_id, shared[ShareItem.PSYCHOSOCIAL])
    return Told(at, bool(shared[ShareItem.IDENTITY]), bool(shared[ShareItem.INJURY]))


ToldDep = Annotated[Any, Depends(_told)]


@router.get(f"{CASE}/peer-suggestions", responses=GET)
async def list_peer_suggestions(
    told: ToldDep, session: SessionDep, actor: ActorDep
) -> Page[schemas.SuggestionOut]:
    """Peers of your facility who could accompany this person, best first, each with the reasons.

    Compared by what they lived through, language, sex, age band and load, as far as the referral shares it.
    """
    return Page(items=await pairing.suggest(session, actor, told), next_cursor=None)


@router.post(
    f"{CASE}/peer-pairs",
    status_code=201,
    dependencies=[Once],
    responses=problems(
        *(Forbidden, NotFound, Clash, KeyReused, Busy, ConsentMissing, CaseNotOpen),
        *(PeerFull, PeerUnfit, PairThere),
    )
    | EXISTS,
)
async def add_peer_pair(
    told: ToldDep, body: schemas.PairPeer, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.PeerPairOut:
    """Decide that a peer accompanies this person. Who decided it, and what spoke for it, is kept."""
    made, is_new = await pairing.pair(session, actor, told, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, made)


@router.post("/peer-pairs/{pair_id}/end", dependencies=[Once], responses=problems(*CHANGE, PairOver))
async def end_peer_pair(
    pair_id: UUID,
    version: VersionDep,
    body: schemas.EndPair,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> schemas.PeerPairOut:
    """A peer accompanies a person no more; also after the referral that brought them together is over."""
    return tagged(response, await pairing.end_pair(session, actor, pair_id, version, body))


@router.get("/peers", responses=problems(Forbidden))
async def list_peers(session: SessionDep, actor: ActorDep) -> Page[schemas.PeerOut]:
    """The peers of your facility, with how many people each accompanies now."""
    return Page(items=await pairing.read_peers(session, actor), next_cursor=None)


@router.post(
    "/peers",
    status_code=201,
    dependencies=[Once],
    responses=problems(Forbidden, Clash, KeyReused, Busy) | EXISTS,
)
async def add_peer(
    body: schemas.AddPeer, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.PeerOut:
    """Put somebody who accompanies others on the list of your facility."""
    made, is_new = await pairing.add_peer(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, made)


@router.patch("/peers/{peer_id}", dependencies=[Once], responses=problems(*CHANGE))
async def amend_peer(
    peer_id: UUID,
    version: VersionDep,
    body: schemas.AmendPeer,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> schemas.PeerOut:
    """Change what is said of a peer; with `ended_on` they accompany nobody new."""
    return tagged(response, await pairing.amend_peer(session, actor, peer_id, version, body))


@router.get("/peers/{peer_id}/pairs", responses=GET)
async def list_peer_pairs(peer_id: UUID, session: SessionDep, actor: ActorDep) -> Page[schemas.PeerPairOut]:
    """Whom a peer of your facility accompanies and has accompanied."""
    return Page(items=await pairing.read_pairs(session, actor, peer_id), next_cursor=None)

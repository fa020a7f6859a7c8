"""Routes under /referrals."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.errors import ConsentMissing
from app.core.errors import Clash, Forbidden, IllegalMove, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.organisations.errors import CannotReceive
from app.referrals import actions, queries, rules
from app.referrals.errors import CaseNotOpen
from app.referrals.queries import Box
from app.referrals.schemas import (
    AmendReferral,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    DiscontinueReferral,
    DraftReferral,
    InboxRow,
    OutboxRow,
    ReceivedReferralOut,
    ReferralMoveOut,
    ReferralOut,
    ScheduleReferral,
    SharedRecordOut,
    WaitlistReferral,
    seen_by,
)
from app.referrals.states import REFERRAL, Action, Party, Status
from app.routers._deps import (
    ActorDep,
    PageDep,
    SessionDep,
    ShortPageDep,
    VersionDep,
    tagged,
)
from app.routers._moves import Moves, register
from app.routers._once import Once, Route
from app.routers._problems import problems

router = APIRouter(prefix="/referrals", tags=["referrals"], route_class=Route)
SEEN: Any = ReferralOut | ReceivedReferralOut
GET = problems(Forbidden, NotFound)
DRAFT = problems(Forbidden, NotFound, Clash, CannotReceive, CaseNotOpen, KeyReused)
AMEND = problems(Forbidden, NotFound, IllegalMove, Stale, VersionMissing, CannotReceive, KeyReused)
EXISTS: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already, under the same id"}}
JSON = "application/json"


@router.post("", status_code=201, dependencies=[Once], responses=DRAFT | EXISTS)
async def draft_referral(
    body: DraftReferral, response: Response, session: SessionDep, actor: ActorDep
) -> ReferralOut:
    """Begin a referral for a case within your reach. The facility learns of it when it is sent."""
    referral, is_new = await actions.draft(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ReferralOut.of(referral, rules.parties(referral, actor)))


@router.get("", response_model=Page[InboxRow] | Page[OutboxRow], responses=problems(Forbidden))
async def list_referrals(
    short: ShortPageDep,
    box: Annotated[Box, Query(description="What came to your facility, or what goes out within your reach")],
    status: Annotated[Status | None, Query()] = None,
) -> Response:
    """Referrals in order of drafting. Drafts are in no inbox."""
    grant = short.actor.grant(Permission.REFERRAL_READ)
    found = await queries.page_json(short.hot, grant, short.page, box, status)
    return Response(found, media_type=JSON)


@router.get("/{referral_id}", response_model=SEEN, responses=GET)
async def get_referral(
    referral_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> ReferralOut | ReceivedReferralOut:
    """One referral as your side sees it, with the actions open to you."""
    referral = await queries.get(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    audit.record(session, actor, "referral.read", rules.trail(referral), FieldClass.HEALTH)
    return tagged(response, seen_by(referral, actor))


@router.patch("/{referral_id}", dependencies=[Once], responses=AMEND)
async def amend_referral(
    referral_id: UUID,
    version: VersionDep,
    body: AmendReferral,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ReferralOut:
    """Change a draft; what is not sent stays."""
    referral = await actions.amend(session, actor, referral_id, version, body)
    return tagged(response, ReferralOut.of(referral, rules.parties(referral, actor)))


@router.get("/{referral_id}/history", response_model=Page[ReferralMoveOut], responses=GET)
async def list_referral_moves(
    referral_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep
) -> Response:
    """The steps of a referral and which side took each, in order; for both sides."""
    referral = await queries.get(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    audit.record(session, actor, "referral.read", rules.trail(referral))
    by = rules.parties(referral, actor)
    return Response(await queries.history_json(session, referral, by, page), media_type=JSON)


@router.get("/{referral_id}/shared-record", responses=GET)
async def get_shared_record(
    referral_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> SharedRecordOut:
    """Exactly what the sender chose to share: for the facility while referral and consent are live."""
    return tagged(response, await actions.read_shared(session, actor, referral_id))


def _referral_id(referral_id: UUID) -> UUID:
    return referral_id


async def _seen(_: Any, actor: Actor, record: Any) -> Any:
    return seen_by(record, actor)


register(
    router,
    "/{referral_id}",
    Moves(
        table=REFERRAL,
        act=actions,
        where=_referral_id,
        out=SEEN,
        answer=_seen,
        by=(Party.SENDER, Party.RECEIVER),
        bodies={
            Action.DECLINE: DeclineReferral,
            Action.WAITLIST: WaitlistReferral,
            Action.SCHEDULE: ScheduleReferral,
            Action.COMPLETE: CompleteReferral,
            Action.CANCEL: CancelReferral,
            Action.DISCONTINUE: DiscontinueReferral,
        },
        refusals={Action.SEND: (ConsentMissing, CannotReceive, CaseNotOpen)},
        short={move.action for move in REFERRAL.moves if move.by is Party.RECEIVER},
    ),
)

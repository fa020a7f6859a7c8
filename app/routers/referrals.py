"""Routes under /referrals."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from app.access.actor import Actor
from app.access.table import Permission
from app.appointments.errors import BeforeItsTime
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.errors import CaseNotOpen, ConsentMissing
from app.core.errors import Clash, Forbidden, IllegalMove, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.organisations.errors import CannotReceive
from app.referrals import actions, escalation, messages, queries, rules, showing
from app.referrals.errors import NotByHand, NotLive, NotUnserved
from app.referrals.queries import Box
from app.referrals.schemas import (
    AmendReferral,
    ByHand,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    DiscontinueReferral,
    DraftReferral,
    EscalationOut,
    InboxRow,
    NoShowReferral,
    OutboxRow,
    PrioritiseReferral,
    ReceivedReferralOut,
    ReferralMessageOut,
    ReferralMoveOut,
    ReferralOut,
    ScheduleReferral,
    SendOnReferral,
    WaitlistReferral,
    WriteMessage,
    seen_by,
)
from app.referrals.sharing import PreviewOut, SharedRecordOut
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
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("referrals", prefix="/referrals")
SEEN: Any = ReferralOut | ReceivedReferralOut
GET = problems(Forbidden, NotFound)
DRAFT = problems(Forbidden, NotFound, Clash, CannotReceive, CaseNotOpen, KeyReused)
AMEND = problems(Forbidden, NotFound, IllegalMove, Stale, VersionMissing, CannotReceive, KeyReused)
EXISTS: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already, under the same id"}}
SEND_ON = problems(
    *(Forbidden, NotFound, Clash, Stale, VersionMissing, KeyReused),
    *(NotUnserved, ConsentMissing, CannotReceive, CaseNotOpen),
)
BY_HAND = problems(
    Forbidden, NotFound, IllegalMove, Stale, VersionMissing, KeyReused, NotByHand, BeforeItsTime
)
WRITE = problems(Forbidden, NotFound, Clash, KeyReused, NotLive)
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
    return tagged(response, await showing.read_shared(session, actor, referral_id))


@router.get("/{referral_id}/preview", responses=problems(Forbidden, NotFound, IllegalMove))
async def preview_referral(
    referral_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> PreviewOut:
    """A draft exactly as the facility will see it, and what would refuse the sending today."""
    return tagged(response, await showing.preview(session, actor, referral_id))


@router.post("/{referral_id}/send-on", status_code=201, dependencies=[Once], responses=SEND_ON | EXISTS)
async def send_on_referral(
    referral_id: UUID,
    version: VersionDep,
    body: SendOnReferral,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ReferralOut:
    """Send what was declined, expired or discontinued to another facility: a new referral, linked, sent."""
    referral, is_new = await actions.send_on(session, actor, referral_id, version, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ReferralOut.of(referral, rules.parties(referral, actor)))


@router.post("/{referral_id}/by-hand", dependencies=[Once], responses=BY_HAND)
async def write_referral_by_hand(
    referral_id: UUID,
    version: VersionDep,
    body: ByHand,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ReferralOut:
    """Write down what a facility without accounts said or did, in its place."""
    referral = await actions.write_by_hand(session, actor, referral_id, version, body)
    return tagged(response, ReferralOut.of(referral, rules.parties(referral, actor)))


@router.get("/{referral_id}/escalations", responses=GET)
async def list_referral_escalations(
    referral_id: UUID, session: SessionDep, actor: ActorDep
) -> list[EscalationOut]:
    """Who was told, and when, that an answer is late; for both sides."""
    return await escalation.shown(session, actor, referral_id)


@router.get("/{referral_id}/messages", responses=GET)
async def list_referral_messages(
    referral_id: UUID, session: SessionDep, actor: ActorDep
) -> list[ReferralMessageOut]:
    """What the two sides wrote to each other, oldest first; for the facility while the referral is live."""
    return await messages.shown(session, actor, referral_id)


@router.post("/{referral_id}/messages", status_code=201, dependencies=[Once], responses=WRITE | EXISTS)
async def write_referral_message(
    referral_id: UUID, body: WriteMessage, response: Response, session: SessionDep, actor: ActorDep
) -> ReferralMessageOut:
    """Write to the other side of a live referral. The same again under the same id is the one that exists."""
    message, is_new = await messages.write(session, actor, referral_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, message)


@router.post(
    "/{referral_id}/messages/{message_id}/read",
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, KeyReused),
)
async def read_referral_message(
    referral_id: UUID, message_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> ReferralMessageOut:
    """Mark a message of the other side as read."""
    return tagged(response, await messages.read(session, actor, referral_id, message_id))


async def _referral_id(referral_id: UUID) -> UUID:
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
            Action.PRIORITISE: PrioritiseReferral,
            Action.SCHEDULE: ScheduleReferral,
            Action.NO_SHOW: NoShowReferral,
            Action.COMPLETE: CompleteReferral,
            Action.CANCEL: CancelReferral,
            Action.DISCONTINUE: DiscontinueReferral,
        },
        refusals={
            Action.SEND: (ConsentMissing, CannotReceive, CaseNotOpen),
            Action.NO_SHOW: (BeforeItsTime,),
        },
        short={move.action for move in REFERRAL.moves if move.by is Party.RECEIVER},
    ),
)

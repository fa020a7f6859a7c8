"""Routes under /transfers and /cases/{id}/transfers: a case is offered to somebody else."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.errors import CaseNotOpen, ConsentMissing, SomebodyElseNeeded
from app.core import pages
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.core.pages import Page
from app.routers._deps import ActorDep, PageDep, SessionDep, tagged
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS
from app.transfers import actions, queries, rules
from app.transfers.errors import TakerUnfit, TransferPending
from app.transfers.queries import Side
from app.transfers.schemas import AcceptTransfer, DeclineTransfer, OfferTransfer, TransferOut, show
from app.transfers.states import TRANSFER, Action, Party, Status

router = Room("transfers")
OFFER = (
    Forbidden,
    NotFound,
    Clash,
    KeyReused,
    Busy,
    CaseNotOpen,
    ConsentMissing,
    TransferPending,
    TakerUnfit,
)


@router.post(
    "/cases/{case_id}/transfers",
    status_code=201,
    dependencies=[Once],
    responses=problems(*OFFER) | EXISTS,
)
async def offer_transfer(
    case_id: UUID, body: OfferTransfer, response: Response, session: SessionDep, actor: ActorDep
) -> TransferOut:
    """Offer the case to another team, or to somebody of it. You stay responsible until it is accepted.

    To another organisation a supervisor offers, once the person has agreed to it (purpose `case_transfer`).
    """
    transfer, is_new = await actions.offer(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await show(session, actor, transfer))


@router.get("/transfers", responses=problems(Forbidden))
async def list_transfers(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    side: Annotated[Side, Query(description="What was offered to your side, or what your side offered")],
    status: Annotated[Status | None, Query()] = None,
) -> Page[TransferOut]:
    """Transfers, newest first. What came to you says no more than you need to answer."""
    found = await queries.page(session, actor.grant(Permission.CASE_TRANSFER), page, side, status)
    shown = found[: page.limit]
    ids = [each for one in shown for each in rules.trail(one)]
    audit.record(session, actor, "transfer.list", dict.fromkeys(ids), FieldClass.LOCATION)
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[TransferOut.of(one, actor) for one in shown], next_cursor=following)


@router.get("/transfers/{transfer_id}", responses=problems(Forbidden, NotFound))
async def get_transfer(
    transfer_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> TransferOut:
    """One transfer, who is responsible by it, and what you may do about it."""
    transfer = await queries.get(session, actor.grant(Permission.CASE_TRANSFER), transfer_id)
    audit.record(session, actor, "transfer.read", rules.trail(transfer), FieldClass.LOCATION)
    return tagged(response, await show(session, actor, transfer))


async def _transfer_id(transfer_id: UUID) -> UUID:
    return transfer_id


register(
    router,
    "/transfers/{transfer_id}",
    Moves(
        table=TRANSFER,
        act=actions,
        where=_transfer_id,
        out=TransferOut,
        answer=show,
        by=tuple(Party),
        bodies={Action.ACCEPT: AcceptTransfer, Action.DECLINE: DeclineTransfer},
        refusals={
            Action.ACCEPT: (CaseNotOpen, ConsentMissing, TakerUnfit, SomebodyElseNeeded),
        },
    ),
)

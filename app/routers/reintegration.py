"""Routes of reintegration: records, grants for a livelihood, follow-ups."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from app.access.actor import Actor
from app.access.table import Permission
from app.cases.errors import CaseNotOpen, ConsentMissing, SomebodyElseNeeded
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.errors import IllegalMove as Illegal
from app.core.pages import Page
from app.referrals.rules import ShareItem
from app.reintegration import actions, returning, schemas
from app.reintegration.actions import GrantAt
from app.reintegration.errors import FollowUpOver, MoreThanGranted, NotToBePaid
from app.reintegration.kinds import RECORD
from app.reintegration.states import GRANT, Action, Party
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._moves import Moves
from app.routers._moves import register as register_moves
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._records import EXISTS, Records, register
from app.routers._rooms import Room
from app.routers._sharing import case_at

router = Room("reintegration")
CASE = "/cases/{case_id}"
GRANTS, FOLLOW_UPS = f"{CASE}/livelihood-grants", f"{CASE}/follow-ups"
ONE = f"{GRANTS}/{{grant_id}}"
GET = problems(Forbidden, NotFound)
CLOSED = (ConsentMissing, CaseNotOpen)
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
where = case_at(Permission.REINTEGRATION_READ, Permission.REINTEGRATION_WRITE, ShareItem.REINTEGRATION)
CaseDep = Annotated[Any, Depends(where)]

register(
    router,
    CASE,
    Records(
        kind=RECORD,
        correction=schemas.CorrectReintegrationRecord,
        act=returning,
        where=where,
        one="reintegration_record",
        many="reintegration_records",
        refusals=CLOSED,
    ),
)


async def _grant(grant_id: UUID, at: CaseDep) -> GrantAt:
    return GrantAt(at, grant_id)


GrantDep = Annotated[Any, Depends(_grant)]


async def _as_it_is(_: Any, __: Actor, out: Any) -> Any:
    return out


register_moves(
    router,
    ONE,
    Moves(
        table=GRANT,
        act=actions,
        where=_grant,
        out=schemas.GrantOut,
        answer=_as_it_is,
        by=(Party.WORKER,),
        bodies={
            **dict.fromkeys(Action, schemas.MoveGrant),
            Action.PLAN: schemas.PlanGrant,
            Action.FINISH: schemas.FinishGrant,
            **dict.fromkeys((Action.REFUSE, Action.CANCEL, Action.STOP), schemas.EndGrant),
        },
        refusals={
            **dict.fromkeys(Action, CLOSED),
            Action.REFUSE: (*CLOSED, SomebodyElseNeeded),
        },
    ),
)


approver = case_at(Permission.CASE_APPROVE, Permission.CASE_APPROVE, ShareItem.REINTEGRATION)


@router.post(
    f"{ONE}/approve", dependencies=[Once], responses=problems(*CHANGE, *CLOSED, Illegal, SomebodyElseNeeded)
)
async def approve_livelihood_grant(
    grant_id: UUID,
    at: Annotated[Any, Depends(approver)],
    version: VersionDep,
    body: schemas.MoveGrant,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> schemas.GrantOut:
    """Agree to the amount: somebody else than who asked for it, or than who works on the case."""
    return tagged(response, await actions.approve(session, actor, GrantAt(at, grant_id), version, body))


@router.get(GRANTS, responses=GET)
async def list_livelihood_grants(at: CaseDep, session: SessionDep, actor: ActorDep) -> Page[schemas.GrantRow]:
    """The grants of a case, in the order in which they were asked for, with what may still be paid."""
    return Page(items=await actions.read_all(session, actor, at), next_cursor=None)


@router.post(
    GRANTS,
    status_code=201,
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, Clash, KeyReused, Busy, *CLOSED) | EXISTS,
)
async def ask_livelihood_grant(
    at: CaseDep, body: schemas.AskGrant, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.GrantOut:
    """Ask for a grant, an asset or a micro-credit with which the person can earn a living."""
    made, is_new = await actions.ask(session, actor, at, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, made)


@router.get(ONE, responses=GET)
async def get_livelihood_grant(
    grant: GrantDep, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.GrantOut:
    """One grant with its steps, tranches and visits."""
    return tagged(response, await actions.read(session, actor, grant))


@router.post(
    f"{ONE}/pay", dependencies=[Once], responses=problems(*CHANGE, *CLOSED, NotToBePaid, MoreThanGranted)
)
async def pay_livelihood_grant(
    grant: GrantDep,
    version: VersionDep,
    body: schemas.PayTranche,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> schemas.GrantOut:
    """Note a tranche that was paid or handed over. Never more in all than was granted."""
    return tagged(response, await actions.pay(session, actor, grant, version, body))


@router.post(f"{ONE}/visits", dependencies=[Once], responses=problems(*CHANGE, *CLOSED, Illegal))
async def add_grant_visit(
    grant: GrantDep,
    version: VersionDep,
    body: schemas.AddVisit,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> schemas.GrantOut:
    """Note a monitoring visit. A business that is active after 6 or 12 months reaches its milestone."""
    return tagged(response, await actions.visit(session, actor, grant, version, body))


@router.get(FOLLOW_UPS, responses=GET)
async def list_follow_ups(at: CaseDep, session: SessionDep, actor: ActorDep) -> Page[schemas.FollowUpOut]:
    """When it is looked at whether what was reached lasts: 3, 6, 12 and 24 months on; first due first."""
    return Page(items=await returning.read_follow_ups(session, actor, at), next_cursor=None)


@router.post(
    f"{FOLLOW_UPS}/{{follow_up_id}}/answer", dependencies=[Once], responses=problems(*CHANGE, FollowUpOver)
)
async def answer_follow_up(
    at: CaseDep,
    follow_up_id: UUID,
    version: VersionDep,
    body: schemas.AnswerFollowUp,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> schemas.FollowUpOut:
    """Say whether it is still so: sustained, lost, or that the person was not found."""
    return tagged(response, await returning.answer_follow_up(session, actor, at, follow_up_id, version, body))

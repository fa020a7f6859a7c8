"""Routes under /cases/{id} of physical rehabilitation: courses of therapy, and devices stage by stage."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from app.access.actor import Actor
from app.access.table import Permission
from app.cases.errors import CaseNotOpen
from app.cases.filing import CaseAt
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.referrals.rules import ShareItem
from app.rehabilitation import actions, schemas, therapy
from app.rehabilitation.devices import (
    AmendDevice,
    DeviceOrderOut,
    DeviceOrderRow,
    MoveDevice,
    OrderDevice,
    ReplaceDevice,
    StopDevice,
)
from app.rehabilitation.errors import MadeToMeasure
from app.rehabilitation.kinds import EPISODE, GOAL, SESSION
from app.rehabilitation.queries import DeviceAt
from app.rehabilitation.states import DEVICE_ORDER, Action, Party
from app.routers import _moves
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._moves import Moves
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._records import EXISTS, Records, register
from app.routers._rooms import Room
from app.routers._sharing import facility_at

router = Room("rehabilitation")
CASE = "/cases/{case_id}"
OF_CASE = f"{CASE}/device-orders"
ONE = f"{OF_CASE}/{{order_id}}"
GET = problems(Forbidden, NotFound)
ADD = problems(Forbidden, NotFound, Clash, KeyReused, Busy, CaseNotOpen) | EXISTS
CHANGE = problems(Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
BODIES: dict[Action, type[MoveDevice]] = {
    **dict.fromkeys(Action, MoveDevice),
    Action.STOP: StopDevice,
    Action.REPLACE: ReplaceDevice,
}
KINDS = (
    (EPISODE, schemas.CorrectRehabilitationEpisode, "rehabilitation_episode"),
    (SESSION, schemas.CorrectTherapySession, "therapy_session"),
    (GOAL, schemas.CorrectTherapyGoal, "therapy_goal"),
)
where = facility_at(
    *(Permission.REHABILITATION_READ, Permission.REHABILITATION_WRITE),
    pillar="rehabilitation",
    rest=ShareItem.DEVICE_HISTORY,
)
CaseDep = Annotated[CaseAt, Depends(where)]

for kind, correction, one in KINDS:
    register(
        router,
        CASE,
        Records(
            kind=kind,
            correction=correction,
            act=therapy,
            where=where,
            one=one,
            many=f"{one}s",
            refusals=(CaseNotOpen,),
            paged=kind is SESSION,
        ),
    )


@router.get(OF_CASE, responses=GET)
async def list_device_orders(at: CaseDep, session: SessionDep, actor: ActorDep) -> Page[DeviceOrderRow]:
    """The devices of a case in the order of entry, each with its stage and when the next one is due.

    A facility sees its own while a referral to it is live, and those of others where that shares them.
    """
    found = await actions.read_devices(session, actor, at)
    return Page(items=found, next_cursor=None)


@router.post(OF_CASE, status_code=201, dependencies=[Once], responses=ADD)
async def order_device(
    at: CaseDep, body: OrderDevice, response: Response, session: SessionDep, actor: ActorDep
) -> DeviceOrderRow:
    """Begin a device for somebody who was referred to the facility for it."""
    made, is_new = await actions.order(session, actor, at, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, made)


@router.get(ONE, responses=GET)
async def get_device_order(
    at: CaseDep, order_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> DeviceOrderOut:
    """One device with every step of its way, oldest first, and the days between any two stages."""
    return tagged(response, await actions.read_device(session, actor, DeviceAt(at, order_id)))


@router.patch(ONE, dependencies=[Once], responses=CHANGE)
async def amend_device_order(
    at: CaseDep,
    order_id: UUID,
    version: VersionDep,
    body: AmendDevice,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> DeviceOrderRow:
    """Say its technology, serial number, cost, or who pays for it."""
    return tagged(response, await actions.amend(session, actor, DeviceAt(at, order_id), version, body))


async def _place(at: CaseDep, order_id: UUID) -> DeviceAt:
    return DeviceAt(at, order_id)


async def _answer(_: Any, __: Actor, row: Any) -> Any:
    return row


_moves.register(
    router,
    ONE,
    Moves(
        table=DEVICE_ORDER,
        act=actions,
        where=_place,
        out=DeviceOrderRow,
        answer=_answer,
        by=(Party.WORKSHOP,),
        bodies=BODIES,
        refusals={Action.FIT: (MadeToMeasure,), Action.REPLACE: (CaseNotOpen, Clash)},
    ),
)

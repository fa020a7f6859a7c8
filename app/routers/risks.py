"""Routes under /cases/{id}/risk-flags."""

from uuid import UUID

from fastapi import Response

from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.rules import trail
from app.cases.states import Party
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.psychosocial import queries as psychosocial
from app.risks import actions, queries
from app.risks.actions import Place
from app.risks.schemas import CloseRiskFlag, RaiseRiskFlag, RiskFlagOut, RiskFlagsOut, show
from app.risks.states import RISK_FLAG, Action
from app.routers._deps import ActorDep, SessionDep, tagged
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS
from app.survivors import queries as survivors

router = Room("risk flags")
OF_CASE = "/cases/{case_id}/risk-flags"
ADD = problems(Forbidden, NotFound, Clash, KeyReused, Busy) | EXISTS


@router.post(OF_CASE, status_code=201, dependencies=[Once], responses=ADD)
async def raise_risk_flag(
    case_id: UUID, body: RaiseRiskFlag, response: Response, session: SessionDep, actor: ActorDep
) -> RiskFlagOut:
    """Raise a flag for a danger that you saw. It is a task of today, and the supervisor is told."""
    flag, is_new = await actions.raise_flag(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await show(session, actor, flag))


@router.get(OF_CASE, responses=problems(Forbidden, NotFound))
async def list_risk_flags(case_id: UUID, session: SessionDep, actor: ActorDep) -> RiskFlagsOut:
    """The flags of a case, newest first. A counsellor sees them while a live referral shares the case."""
    case = await psychosocial.case(session, actor.grant(Permission.PSYCHOSOCIAL_STATUS), case_id)
    found = await queries.of_case(session, case)
    box = await survivors.box(session, case.survivor_id)
    ids = trail(case, *(flag.id for flag in found))
    audit.record(session, actor, "risk_flag.list", ids, FieldClass.MENTAL_HEALTH)
    return RiskFlagsOut(items=[RiskFlagOut.of(flag, case, actor, box) for flag in found])


async def _place(case_id: UUID, flag_id: UUID) -> Place:
    return Place(case_id, flag_id)


register(
    router,
    f"{OF_CASE}/{{flag_id}}",
    Moves(
        table=RISK_FLAG,
        act=actions,
        where=_place,
        out=RiskFlagOut,
        answer=show,
        by=tuple(Party),
        bodies={Action.CLOSE: CloseRiskFlag},
    ),
)

"""Routes under /cases/{id}/wellbeing-consents: a person lets the WHO-5 score be seen, and takes that back."""

from uuid import UUID

from fastapi import Response

from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.psychosocial import showing
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS
from app.wellbeing.errors import WellbeingOpen, WellbeingOver
from app.wellbeing.schemas import OpenWellbeing, WellbeingConsentOut, WellbeingConsentsOut

router = Room("psychosocial support")
OF_CASE = "/cases/{case_id}/wellbeing-consents"
OPEN = problems(Forbidden, NotFound, Clash, KeyReused, Busy, WellbeingOpen) | EXISTS
WITHDRAW = problems(Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy, WellbeingOver)


@router.post(OF_CASE, status_code=201, dependencies=[Once], responses=OPEN)
async def open_wellbeing(
    case_id: UUID, body: OpenWellbeing, response: Response, session: SessionDep, actor: ActorDep
) -> WellbeingConsentOut:
    """Record, with the person, that their WHO-5 score may be seen by who works on the case; no answer is."""
    consent, is_new = await showing.open_wellbeing(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, WellbeingConsentOut.of(consent))


@router.get(OF_CASE, responses=problems(Forbidden, NotFound))
async def list_wellbeing_consents(
    case_id: UUID, session: SessionDep, actor: ActorDep
) -> WellbeingConsentsOut:
    """What the person agreed to about their score, newest first."""
    return await showing.read_wellbeing(session, actor, case_id)


@router.post(f"{OF_CASE}/{{consent_id}}/withdraw", dependencies=[Once], responses=WITHDRAW)
async def withdraw_wellbeing(
    case_id: UUID,
    consent_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> WellbeingConsentOut:
    """Take it back, whoever the person tells: from now on nobody sees a score, and no copy is left."""
    consent = await showing.withdraw_wellbeing(session, actor, case_id, consent_id, version)
    return tagged(response, WellbeingConsentOut.of(consent))

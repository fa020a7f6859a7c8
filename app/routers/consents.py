"""Routes under /survivors/{id}/consents: what a person agreed to, and took back."""

from uuid import UUID

from fastapi import Request, Response

from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.participants import actions as participants
from app.referrals import actions as referrals
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import answer, problems
from app.routers._rooms import Room
from app.routers._warnings import told
from app.survivors import actions
from app.survivors.errors import AlreadyWithdrawn
from app.survivors.schemas import ConsentOut, NewConsent, WithdrawConsent

router = Room("consents", prefix="/survivors/{survivor_id}/consents")


@router.get("", responses=problems(Forbidden, NotFound))
async def list_consents(survivor_id: UUID, session: SessionDep, actor: ActorDep) -> Page[ConsentOut]:
    """Everything a person agreed to, withdrawn or not, in the order of entry."""
    found = await actions.read_consents(session, actor, survivor_id)
    return Page(items=[told(actor, one, one.warnings) for one in found], next_cursor=None)


@router.post(
    "",
    status_code=201,
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, Clash, KeyReused, Busy)
    | {200: {"description": "It was there already, under the same id"}},
)
async def give_consent(
    survivor_id: UUID, body: NewConsent, response: Response, session: SessionDep, actor: ActorDep
) -> ConsentOut:
    """Record what a person agreed to, for one purpose. Who may give it follows from the person's age.

    Referrals under way stand on it from now on where it allows as much as the one before, for longer.
    """
    given, is_new = await actions.give_consent(session, actor, survivor_id, body)
    if is_new and body.facility_id:
        await referrals.renew_for(session, actor, given.id)
    response.status_code = 201 if is_new else 200
    return tagged(response, told(actor, given, given.warnings))


@router.post(
    "/{consent_id}/withdraw",
    response_model=ConsentOut,
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, AlreadyWithdrawn, Stale, VersionMissing, KeyReused, Busy),
)
async def withdraw_consent(
    survivor_id: UUID,
    consent_id: UUID,
    version: VersionDep,
    body: WithdrawConsent,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ConsentOut | Response:
    """Take a consent back. What stands on it ends at once, and referrals that were sent on it."""
    try:
        withdrawn = await actions.withdraw_consent(session, actor, survivor_id, consent_id, version, body)
    except Stale:
        current = await actions.read_consent(session, actor, survivor_id, consent_id)
        return answer(request, Stale(current=current.model_dump(mode="json")).document())
    await referrals.revoke_for(session, actor, consent_id)
    await participants.revoke_for(session, actor, consent_id)
    return tagged(response, told(actor, withdrawn, withdrawn.warnings))

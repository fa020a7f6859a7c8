"""Routes under /auth: signing in, sessions, and a person's own account."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Header, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts import gate, own, schemas, tokens
from app.accounts.errors import (
    CodeNeeded,
    CrossSite,
    FactorAbsent,
    FactorPresent,
    InvitationVoid,
    PasswordRefused,
    ProofRefused,
    SecondFactorNeeded,
    SignInRefused,
    SlowDown,
    TooBusy,
)
from app.accounts.gate import Gate, Visitor
from app.core.db import GATE, unit_of_work
from app.core.errors import NotFound, Stale, Unknown, VersionMissing
from app.core.pages import Page
from app.routers import _cookies
from app.routers._deps import CallerDep, VersionDep, bearer, tagged
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("auth", prefix="/auth")
SHOWN = 200  # characters of what a browser says it is


async def open_gate(request: Request) -> Gate:
    """Transactions for whoever is not known yet."""

    def opened() -> AbstractAsyncContextManager[AsyncSession]:
        return unit_of_work(request.app.state.database, GATE)

    return opened


async def open_own_gate(request: Request, caller: CallerDep) -> Gate:
    """Transactions on the caller's own account; each begins by looking the session up again."""
    keeper = replace(caller, rights=GATE.rights)

    def opened() -> AbstractAsyncContextManager[AsyncSession]:
        return unit_of_work(request.app.state.database, keeper)

    return opened


async def read_visitor(
    request: Request, user_agent: Annotated[str, Header(include_in_schema=False)] = ""
) -> Visitor:
    """What the request shows of who sends it."""
    device = "".join(letter for letter in user_agent if letter.isprintable())[:SHOWN]
    address = request.client.host if request.client else None
    return Visitor(address, device, request.state.request_id)


GateDep = Annotated[Gate, Depends(open_gate)]
OwnGateDep = Annotated[Gate, Depends(open_own_gate)]
VisitorDep = Annotated[Visitor, Depends(read_visitor)]
OurPages = Depends(_cookies.require_our_pages)
PROOF = (SecondFactorNeeded, ProofRefused, SlowDown)


def _handed(request: Request, response: Response, admitted: gate.Admitted) -> schemas.TokenOut:
    _cookies.give(request, response, admitted.refresh_token)
    return schemas.TokenOut(
        access_token=admitted.access_token,
        expires_in=admitted.seconds,
        second_factor_needed=admitted.second_factor_needed,
    )


@router.post("/token", responses=problems(SignInRefused, CodeNeeded, SlowDown, TooBusy))
async def sign_in(
    request: Request,
    response: Response,
    door: GateDep,
    visitor: VisitorDep,
    given: Annotated[schemas.SignIn, Form()],
) -> schemas.TokenOut:
    """Sign in with name and password, and the code of the second factor once one is enrolled."""
    return _handed(request, response, await gate.sign_in(door, visitor, given))


@router.post("/refresh", dependencies=[OurPages], responses=problems(CrossSite))
async def refresh_token(
    request: Request,
    response: Response,
    door: GateDep,
    visitor: VisitorDep,
) -> schemas.TokenOut:
    """Exchange the refresh cookie for a new access token and a new cookie."""
    return _handed(request, response, await gate.renew(door, visitor, _cookies.token(request)))


@router.post("/logout", status_code=204, dependencies=[OurPages], responses=problems(CrossSite))
async def sign_out(
    request: Request,
    door: GateDep,
    visitor: VisitorDep,
    access: Annotated[str | None, Depends(bearer)],
    wipe: Annotated[bool, Query(description="Also drop what this browser keeps offline")] = False,
) -> Response:
    """End this session, on this device; what it knows is void at once."""
    await gate.sign_out(door, visitor, _cookies.token(request), _session_of(access))
    stores = '"cache", "cookies", "storage"' if wipe else '"cache", "cookies"'
    response = Response(status_code=204, headers={"Clear-Site-Data": stores})
    _cookies.take(request, response)
    return response


def _session_of(access: str | None) -> UUID | None:
    try:
        return tokens.read(access).sid if access else None
    except Unknown:  # signing out with a token that has run out is no fault
        return None


@router.post(
    "/invitations/accept",
    status_code=204,
    responses=problems(InvitationVoid, PasswordRefused, SlowDown, TooBusy),
)
async def accept_invitation(door: GateDep, visitor: VisitorDep, given: schemas.AcceptInvitation) -> Response:
    """Set your password with the token that you were given; then sign in."""
    await gate.accept_invitation(door, visitor, given)
    return Response(status_code=204)


@router.get("/me", responses=problems())
async def get_me(response: Response, door: OwnGateDep) -> schemas.MeOut:
    """Who you are, and what you may do under the membership that acts."""
    return tagged(response, await own.me(door))


@router.patch("/me", responses=problems(SecondFactorNeeded, Stale, VersionMissing))
async def change_me(
    response: Response, version: VersionDep, door: OwnGateDep, given: schemas.ChangeMe
) -> schemas.MeOut:
    """Choose the language you read."""
    return tagged(response, await own.speak(door, version, given))


@router.get("/sessions", responses=problems(SecondFactorNeeded))
async def list_sessions(door: OwnGateDep) -> Page[schemas.SessionOut]:
    """The devices you are signed in on, the latest first; all on one page."""
    return Page(items=await own.sessions(door), next_cursor=None)


@router.delete("/sessions", status_code=204, responses=problems(SecondFactorNeeded))
async def end_other_sessions(door: OwnGateDep) -> Response:
    """Sign out every device but this one."""
    await own.end_other_sessions(door)
    return Response(status_code=204)


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(SecondFactorNeeded, NotFound))
async def end_session(session_id: UUID, door: OwnGateDep) -> Response:
    """Sign out one device."""
    await own.end_session(door, session_id)
    return Response(status_code=204)


@router.post("/password", status_code=204, responses=problems(*PROOF, PasswordRefused, TooBusy))
async def change_password(door: OwnGateDep, given: schemas.ChangePassword) -> Response:
    """Set another password. Every other device is signed out."""
    await own.change_password(door, given)
    return Response(status_code=204)


@router.post("/step-up", status_code=204, responses=problems(*PROOF, TooBusy))
async def step_up(door: OwnGateDep, given: schemas.StepUp) -> Response:
    """Show again that it is you, for what asks for it; good for five minutes."""
    await own.step_up(door, given)
    return Response(status_code=204)


@router.post("/mfa/totp", responses=problems(FactorPresent))
async def begin_totp(door: OwnGateDep) -> schemas.TotpOut:
    """Begin to enrol an authenticator app; confirm it with a first code."""
    return await own.begin_totp(door)


@router.post("/mfa/totp/confirm", responses=problems(FactorPresent, FactorAbsent, ProofRefused, SlowDown))
async def confirm_totp(door: OwnGateDep, given: schemas.GiveCode) -> schemas.RecoveryCodesOut:
    """Put the authenticator app in force. Every other device is signed out."""
    return await own.confirm_totp(door, given)


@router.post("/mfa/totp/remove", status_code=204, responses=problems(*PROOF, FactorAbsent))
async def remove_totp(door: OwnGateDep, given: schemas.GiveCode) -> Response:
    """Take the authenticator app away, to enrol another. Every other device is signed out."""
    await own.remove_totp(door, given)
    return Response(status_code=204)


@router.post("/mfa/recovery-codes", responses=problems(*PROOF, FactorAbsent))
async def renew_recovery_codes(door: OwnGateDep, given: schemas.GiveCode) -> schemas.RecoveryCodesOut:
    """Ten new recovery codes; the old ones are void."""
    return await own.renew_recovery_codes(door, given)

"""Routes under /users: who works here, and in which roles."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.accounts import actions, queries
from app.accounts.errors import (
    FactorAbsent,
    LastAdministrator,
    MembershipUnfit,
    OwnAccount,
    SecondFactorNeeded,
    StepUpNeeded,
)
from app.accounts.schemas import ChangeUser, InvitationOut, InviteUser, NewMembership, UserOut, UserRow
from app.accounts.states import Standing
from app.core.errors import Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("administration", prefix="/users")
ANY = (Forbidden, SecondFactorNeeded)
CHANGE = (*ANY, NotFound, Stale, VersionMissing, KeyReused)
RIGHTS = (*CHANGE, StepUpNeeded, OwnAccount)


@router.get("", response_model=Page[UserRow], responses=problems(*ANY))
async def list_users(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    standing: Annotated[Standing | None, Query(description="Only people of this standing")] = None,
) -> Response:
    """People who work with the service, in order of entry."""
    grant = actor.grant(Permission.USER_MANAGE)
    return Response(await queries.page_json(session, grant, page, standing), media_type="application/json")


@router.post(
    "",
    status_code=201,
    dependencies=[Once],
    responses=problems(*ANY, StepUpNeeded, MembershipUnfit, Clash, KeyReused),
)
async def invite_user(
    body: InviteUser, response: Response, session: SessionDep, actor: ActorDep
) -> InvitationOut:
    """Enter a new person. The token in the answer lets them set a password, once; it is not shown again."""
    return tagged(response, await actions.invite(session, actor, body))


@router.get("/{user_id}", responses=problems(*ANY, NotFound))
async def get_user(user_id: UUID, response: Response, session: SessionDep, actor: ActorDep) -> UserOut:
    """One person, with the roles they have and had."""
    return tagged(response, await actions.show(session, actor, user_id))


@router.patch("/{user_id}", dependencies=[Once], responses=problems(*CHANGE))
async def change_user(
    user_id: UUID,
    version: VersionDep,
    body: ChangeUser,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> UserOut:
    """Correct a person's name or language."""
    return tagged(response, await actions.change(session, actor, user_id, version, body))


@router.post("/{user_id}/invite", dependencies=[Once], responses=problems(*RIGHTS, Clash))
async def invite_user_again(
    user_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> InvitationOut:
    """A new token for a person who forgot the password, or whose invitation ran out."""
    return tagged(response, await actions.invite_again(session, actor, user_id, version))


@router.post(
    "/{user_id}/disable", dependencies=[Once], responses=problems(*CHANGE, OwnAccount, LastAdministrator)
)
async def disable_user(
    user_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> UserOut:
    """Shut a person out on every device, from the next request on."""
    return tagged(response, await actions.disable(session, actor, user_id, version))


@router.post("/{user_id}/enable", dependencies=[Once], responses=problems(*RIGHTS))
async def enable_user(
    user_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> UserOut:
    """Let a person in again."""
    return tagged(response, await actions.enable(session, actor, user_id, version))


@router.post("/{user_id}/remove-factor", dependencies=[Once], responses=problems(*RIGHTS, FactorAbsent))
async def remove_user_factor(
    user_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> UserOut:
    """Take away a second factor that was lost. The person is told and enrols another."""
    return tagged(response, await actions.remove_factor(session, actor, user_id, version))


@router.post("/{user_id}/memberships", dependencies=[Once], responses=problems(*RIGHTS, MembershipUnfit))
async def add_membership(
    user_id: UUID,
    version: VersionDep,
    body: NewMembership,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> UserOut:
    """Give a person one more role, from the next request on."""
    return tagged(response, await actions.add_membership(session, actor, user_id, version, body))


@router.post(
    "/{user_id}/memberships/{membership_id}/end",
    dependencies=[Once],
    responses=problems(*CHANGE, OwnAccount, LastAdministrator),
)
async def end_membership(
    user_id: UUID,
    membership_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> UserOut:
    """Take a role from a person; the next request under it is refused."""
    return tagged(response, await actions.end_membership(session, actor, user_id, membership_id, version))

"""Routes under /delegations: who looks after whose cases while they are away."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock, pages
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.delegations import actions, queries
from app.delegations.errors import DelegateUnfit, DelegationChained, DelegationOver, DelegationOverlaps
from app.delegations.schemas import Delegate, DelegationOut
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("delegations", "/delegations")
DELEGATE = (Forbidden, Clash, KeyReused, Busy, DelegateUnfit, DelegationChained, DelegationOverlaps)
REVOKE = problems(Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy, DelegationOver)


@router.post("", status_code=201, dependencies=[Once], responses=problems(*DELEGATE) | EXISTS)
async def delegate_cases(
    body: Delegate, response: Response, session: SessionDep, actor: ActorDep
) -> DelegationOut:
    """Let a colleague look after your cases until a day; a supervisor does so for somebody of the team.

    Whose cases they are stays responsible. It ends by itself, and what is delegated is not passed on.
    """
    delegation, is_new = await actions.delegate(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, DelegationOut.of(delegation))


@router.get("", responses=problems(Forbidden))
async def list_delegations(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    over: Annotated[bool, Query(description="Those that are over too")] = False,
) -> Page[DelegationOut]:
    """Who stands in for whom within your reach, newest first."""
    grant = actor.grant(Permission.DELEGATION_WRITE)
    found = await queries.page(session, grant, page, clock.today(), over)
    shown = found[: page.limit]
    audit.record(session, actor, "delegation.list", [one.id for one in shown])
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[DelegationOut.of(one) for one in shown], next_cursor=following)


@router.get("/{delegation_id}", responses=problems(Forbidden, NotFound))
async def get_delegation(
    delegation_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> DelegationOut:
    """One delegation: who, for whom, until when."""
    one = await queries.get(session, actor.grant(Permission.DELEGATION_WRITE), delegation_id)
    audit.record(session, actor, "delegation.read", [one.id])
    return tagged(response, DelegationOut.of(one))


@router.post("/{delegation_id}/revoke", dependencies=[Once], responses=REVOKE)
async def revoke_delegation(
    delegation_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> DelegationOut:
    """End it before its day: who is away, their supervisor, a coordinator."""
    return tagged(response, DelegationOut.of(await actions.revoke(session, actor, delegation_id, version)))

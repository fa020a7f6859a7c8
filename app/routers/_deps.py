"""What every route may ask for: a session, the actor, a page, the version that was read."""

from collections.abc import AsyncIterator
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import OAuth2PasswordBearer
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.caller import Caller, Signed
from app.accounts import rules, tokens
from app.core import pages
from app.core.config import settings
from app.core.db import unit_of_work
from app.core.errors import Invalid, Unknown, VersionMissing
from app.core.hot import Hot, work
from app.routers._words import language_of

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


class Versioned(Protocol):
    """An answer that says which version of the record it shows."""

    version: int


V = TypeVar("V", bound=Versioned)


async def read_caller(
    request: Request,
    token: Annotated[str | None, Depends(bearer)],
    x_membership: Annotated[UUID | None, Header(description="Which of your memberships acts")] = None,
) -> Caller:
    """Who holds the bearer token; whether the session still lives is asked in the transaction itself."""
    if token is None:
        raise Unknown
    claims = tokens.read(token)
    language = language_of(request.headers.get("accept-language"))
    return Caller(claims.sid, x_membership, language, request.state.request_id)


CallerDep = Annotated[Caller, Depends(read_caller)]


async def open_session(request: Request, caller: CallerDep) -> AsyncIterator[AsyncSession]:
    """The request's one transaction, in the caller's name, with the rights that the role lends."""
    async with unit_of_work(request.app.state.database, caller) as session:
        await session.connection()  # says at once for whom it is
        yield session


# scope="function": commit before the answer leaves, so a failed commit is never a 200.
SessionDep = Annotated[AsyncSession, Depends(open_session, scope="function")]


async def read_signed(session: SessionDep) -> Signed:
    """The person behind the session, found by the transaction's first statement."""
    signed: Signed = session.info["signed"]
    return signed


SignedDep = Annotated[Signed, Depends(read_signed)]


async def read_actor(signed: SignedDep) -> Actor:
    """The person acting under one membership, with every factor that is required."""
    rules.require_second_factor(signed, settings().mfa_required)
    return signed.acting()


ActorDep = Annotated[Actor, Depends(read_actor)]


LimitQuery = Annotated[int, Query(ge=1, le=200)]
CursorQuery = Annotated[str | None, Query(max_length=100, description="`next_cursor` of the page before")]


async def read_page(
    request: Request, actor: ActorDep, limit: LimitQuery = 50, cursor: CursorQuery = None
) -> pages.Ask:
    """The page that `?limit=&cursor=` asks for."""
    of = request.url.path
    start = pages.unseal(actor.user_id, of, cursor) if cursor else pages.FIRST
    return pages.Ask(actor.user_id, limit, start, of)


PageDep = Annotated[pages.Ask, Depends(read_page)]


async def open_hot(request: Request, caller: CallerDep) -> AsyncIterator[Hot]:
    """The same one transaction by the short way, for the paths that are asked all day."""
    state = request.app.state
    async with work(state.pool, state.database, caller) as hot:
        rules.require_second_factor(hot.signed, settings().mfa_required)
        yield hot


HotDep = Annotated[Hot, Depends(open_hot, scope="function")]


async def read_hot_actor(hot: HotDep) -> Actor:
    """The person acting, on the short way."""
    signed: Signed = hot.signed
    return signed.acting()


HotActorDep = Annotated[Actor, Depends(read_hot_actor)]


async def read_hot_page(
    request: Request, actor: HotActorDep, limit: LimitQuery = 50, cursor: CursorQuery = None
) -> pages.Ask:
    """The page that `?limit=&cursor=` asks for, on the short way."""
    return await read_page(request, actor, limit, cursor)


HotPageDep = Annotated[pages.Ask, Depends(read_hot_page)]


async def read_version(
    request: Request,
    if_match: Annotated[
        str | None, Header(pattern=r'^"[1-9][0-9]{0,8}"$', description="The `ETag` that was read")
    ] = None,
) -> int:
    """The version the person was looking at, from `If-Match`."""
    if if_match is None:
        raise VersionMissing
    if len(request.headers.getlist("if-match")) > 1:
        raise Invalid(errors=[{"pointer": "/if-match", "code": "repeated", "message": "Sent twice"}])
    return int(if_match.strip('"'))


VersionDep = Annotated[int, Depends(read_version)]


def tagged(response: Response, out: V) -> V:
    """The answer, with its version as the `ETag` that the next change must name."""
    response.headers["ETag"] = f'"{out.version}"'
    return out

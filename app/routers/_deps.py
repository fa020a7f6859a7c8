"""What every route may ask for: a session, the actor, a page, the version that was read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import OAuth2PasswordBearer
from pydantic.json_schema import SkipJsonSchema
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
    x_membership: Annotated[
        UUID | SkipJsonSchema[None], Header(description="Which of your memberships acts")
    ] = None,
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


async def read_actor(session: SessionDep) -> Actor:
    """The person acting under one membership, with every factor that is required."""
    return _acting(session.info["signed"])


def _acting(signed: Signed) -> Actor:
    rules.require_second_factor(signed, settings().mfa_required)
    return signed.acting()


ActorDep = Annotated[Actor, Depends(read_actor)]


LimitQuery = Annotated[int, Query(ge=1, le=200)]
CursorQuery = Annotated[
    str | SkipJsonSchema[None], Query(max_length=100, description="`next_cursor` of the page before")
]


async def read_page(
    request: Request, actor: ActorDep, limit: LimitQuery = 50, cursor: CursorQuery = None
) -> pages.Ask:
    """The page that `?limit=&cursor=` asks for."""
    return _ask(request, actor, limit, cursor)


def _ask(request: Request, actor: Actor, limit: int, cursor: str | None) -> pages.Ask:
    of = request.url.path
    start, at = pages.unseal(actor.user_id, of, cursor) if cursor else (pages.FIRST, None)
    return pages.Ask(actor.user_id, limit, start, of, at)


PageDep = Annotated[pages.Ask, Depends(read_page)]


@dataclass(frozen=True, slots=True)
class Short:
    """A request on the short way: its one transaction, the actor, and which page is wanted of a list.

    One dependency for all three: the framework walks the whole tree of dependencies again for each of them.
    """

    hot: Hot
    actor: Actor
    page: pages.Ask


async def open_short(request: Request, caller: CallerDep) -> AsyncIterator[Short]:
    """The same one transaction by the short way, for the paths that are asked all day."""
    async with _short(request, caller, 1, None) as short:
        yield short


async def open_short_page(
    request: Request, caller: CallerDep, limit: LimitQuery = 50, cursor: CursorQuery = None
) -> AsyncIterator[Short]:
    """The short way to a page of a list."""
    async with _short(request, caller, limit, cursor) as short:
        yield short


@asynccontextmanager
async def _short(request: Request, caller: Caller, limit: int, cursor: str | None) -> AsyncIterator[Short]:
    async with begun(request, caller) as (hot, actor):
        yield Short(hot, actor, _ask(request, actor, limit, cursor))


@asynccontextmanager
async def begun(request: Request, caller: Caller) -> AsyncIterator[tuple[Hot, Actor]]:
    """A transaction on the short way, and who acts in it, with every factor that is required."""
    state = request.app.state
    async with work(state.pool, state.database, caller) as hot:
        yield hot, _acting(hot.signed)


ShortDep = Annotated[Short, Depends(open_short, scope="function")]
ShortPageDep = Annotated[Short, Depends(open_short_page, scope="function")]


IfMatch = Annotated[str, Header(pattern=r'^("[1-9][0-9]{0,8}")?$', description="The `ETag` that was read")]


async def read_version(request: Request, if_match: IfMatch = "") -> int:
    """The version the person was looking at, from `If-Match`."""
    return version_read(request, if_match)


def version_read(request: Request, if_match: str) -> int:
    """The version that the one `If-Match` names; VersionMissing without it."""
    sent = request.headers.getlist("if-match")
    if not sent:
        raise VersionMissing
    if len(sent) > 1 or not if_match:
        raise Invalid(
            errors=[{"pointer": "/if-match", "code": "repeated" if if_match else "string_too_short"}]
        )
    return int(if_match.strip('"'))


VersionDep = Annotated[int, Depends(read_version)]


def tagged(response: Response, out: V) -> V:
    """The answer, with its version as the `ETag` that the next change must name."""
    response.headers["ETag"] = f'"{out.version}"'
    return out

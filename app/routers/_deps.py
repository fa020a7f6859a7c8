"""What every route may ask for: a session, the actor, a page, the version that was read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.security import OAuth2PasswordBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import StringConstraints
from pydantic.json_schema import SkipJsonSchema
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.caller import Caller, Signed
from app.accounts import rules, tokens
from app.core import pages
from app.core.config import settings
from app.core.db import unit_of_work
from app.core.errors import Unknown, VersionMissing
from app.core.hot import Hot, work
from app.routers._headers import Line, Reader
from app.routers._words import language_of

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)
Tag = Annotated[str, StringConstraints(pattern=r'^"[1-9][0-9]{0,8}"$')]
MEMBERSHIP = Line("x-membership", UUID, "Which of your memberships acts")
IF_MATCH = Line("if-match", Tag, "The `ETag` that was read")


class Versioned(Protocol):
    """An answer that says which version of the record it shows."""

    version: int


V = TypeVar("V", bound=Versioned)


class Entrance(SecurityBase, Reader):
    """A dependency that a signed-in person is needed for: it reads the token itself.

    The framework builds the whole tree of dependencies anew for each route, and walks it at each request:
    what a token opens is one leaf of it, where the scheme, the caller and the transaction would be three.
    """

    model, scheme_name = bearer.model, bearer.scheme_name
    rights: str | None = None  # what the transaction may do, where that is less than the role may
    lines: tuple[Line[Any], ...] = (MEMBERSHIP,)


def caller_of(request: Request, rights: str | None = None) -> Caller:
    """Who holds the bearer token, under which membership; Unknown, or Invalid where that is not an id.

    Whether the session still lives is asked in the transaction itself.
    """
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer":
        raise Unknown
    claims = tokens.read(token)
    language = language_of(request.headers.get("accept-language"))
    return Caller(claims.sid, MEMBERSHIP.read(request), language, request.state.request_id, rights)


class ReadCaller(Entrance):
    """Who asks, for a route that opens its transactions itself."""

    async def __call__(self, request: Request) -> Caller:
        """The caller, or Unknown."""
        return caller_of(request)


CallerDep = Annotated[Caller, Depends(ReadCaller())]


class OpenSession(Entrance):
    """The request's one transaction, in the caller's name, with the rights that the role lends."""

    def __init__(self, rights: str | None = None) -> None:
        self.rights = rights

    async def __call__(self, request: Request) -> AsyncIterator[AsyncSession]:
        """The session; committed when the route has ended well."""
        caller = caller_of(request, self.rights)
        async with unit_of_work(request.app.state.database, caller) as session:
            await session.connection()  # says at once for whom it is
            request.state.signed = session.info["signed"]
            yield session


# scope="function": commit before the answer leaves, so a failed commit is never a 200.
SessionDep = Annotated[AsyncSession, Depends(OpenSession(), scope="function")]


async def read_actor(request: Request) -> Actor:
    """The person acting under one membership.

    Asked of the transaction that is open: a route asks for that first, and what a route asks for is worked
    out in the order in which it is written (else RuntimeError; a test looks at every route).
    """
    if not hasattr(request.state, "signed"):
        raise RuntimeError("ask for the session before the actor")
    return acting(request.state.signed)


def acting(signed: Signed) -> Actor:
    """Who acts, with every factor that is required, or the refusal that says what is missing."""
    rules.require_second_factor(signed, settings().mfa_required)
    return signed.acting()


ActorDep = Annotated[Actor, Depends(read_actor)]


LimitQuery = Annotated[int, Query(ge=1, le=200)]
CursorQuery = Annotated[
    str | SkipJsonSchema[None], Query(max_length=100, description="`next_cursor` of the page before")
]


async def read_page(
    request: Request, _: SessionDep, actor: ActorDep, limit: LimitQuery = 50, cursor: CursorQuery = None
) -> pages.Ask:
    """The page that `?limit=&cursor=` asks for."""
    return _ask(request, actor, limit, cursor)


def _ask(request: Request, actor: Actor, limit: int, cursor: str | None) -> pages.Ask:
    of = request.scope["path"]
    start, at = pages.unseal(actor.user_id, of, cursor) if cursor else (pages.FIRST, None)
    return pages.Ask(actor.user_id, limit, start, of, at)


PageDep = Annotated[pages.Ask, Depends(read_page)]


@dataclass(frozen=True, slots=True)
class Short:
    """A request on the short way: its one transaction, the actor, and which page is wanted of a list.

    One dependency for all three, for the same reason.
    """

    hot: Hot
    actor: Actor
    page: pages.Ask


class OpenShort(Entrance):
    """The same one transaction by the short way, for the paths that are asked all day."""

    async def __call__(self, request: Request) -> AsyncIterator[Short]:
        """The way to one record."""
        async with begun(request, caller_of(request)) as (hot, actor):
            yield Short(hot, actor, pages.Ask(actor.user_id))


class OpenShortPage(Entrance):
    """The short way to a page of a list."""

    async def __call__(
        self,
        request: Request,
        limit: LimitQuery = 50,
        cursor: CursorQuery = None,
    ) -> AsyncIterator[Short]:
        """The way to the page that `?limit=&cursor=` asks for."""
        async with begun(request, caller_of(request)) as (hot, actor):
            yield Short(hot, actor, _ask(request, actor, limit, cursor))


@asynccontextmanager
async def begun(request: Request, caller: Caller) -> AsyncIterator[tuple[Hot, Actor]]:
    """A transaction on the short way, and who acts in it, with every factor that is required."""
    state = request.app.state
    async with work(state.pool, state.database, caller) as hot:
        yield hot, acting(hot.signed)


ShortDep = Annotated[Short, Depends(OpenShort(), scope="function")]
ShortPageDep = Annotated[Short, Depends(OpenShortPage(), scope="function")]


def version_read(request: Request) -> int:
    """The version that the one `If-Match` names; VersionMissing without it."""
    if (tag := IF_MATCH.read(request)) is None:
        raise VersionMissing
    return int(tag.strip('"'))


class ReadVersion(Reader):
    """The version the person was looking at, from `If-Match`."""

    lines = (IF_MATCH,)

    async def __call__(self, request: Request) -> int:
        """The version, or VersionMissing."""
        return version_read(request)


VersionDep = Annotated[int, Depends(ReadVersion())]


def tagged(response: Response, out: V) -> V:
    """The answer, with its version as the `ETag` that the next change must name."""
    response.headers["ETag"] = f'"{out.version}"'
    return out

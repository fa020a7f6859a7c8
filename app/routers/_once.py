"""Idempotency-Key: however often a request is repeated, it has one effect and one answer."""

import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic.json_schema import SkipJsonSchema

from app.access.actor import Actor
from app.core import once, vault
from app.core.hot import Hot, within
from app.routers._deps import (
    ActorDep,
    Entrance,
    IfMatch,
    SessionDep,
    begun,
    caller_of,
    entrances,
    version_read,
)

KEPT = ("content-type", "etag", "location")
TABLE, COLUMN = "first_answer", "body"


class Repeated(Exception):
    """This request was answered before; the first answer is enclosed."""

    def __init__(self, first: once.FirstAnswer) -> None:
        self.first = first


class Route(APIRoute):
    """A route that shows its finished answer to the dependencies that close after it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if entrance := next(entrances(self.dependant), None):
            said = self.openapi_extra or {}
            self.openapi_extra = said | {"parameters": [*said.get("parameters", ()), *entrance.parameters]}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Keep the answer on the request."""
        handle = super().get_route_handler()

        async def handle_and_show(request: Request) -> Response:
            answer = await handle(request)
            request.state.answer = answer
            return answer

        return handle_and_show


KeyHeader = Annotated[
    UUID | SkipJsonSchema[None],
    Header(description="The same key and request again gets the same answer, and no second effect"),
]


async def answer_once(
    request: Request, session: SessionDep, actor: ActorDep, idempotency_key: KeyHeader = None
) -> AsyncIterator[None]:
    """Stop at an earlier answer, or keep this one in the transaction that earned it."""
    if idempotency_key is None:
        yield
        return
    hot = await within(session)
    async with _once(request, hot, actor, idempotency_key):
        yield
        await session.flush()


Once = Depends(answer_once, scope="function")


@dataclass(frozen=True, slots=True)
class Change:
    """A change on the short way: its one transaction, who makes it, and the version it was decided on."""

    hot: Hot
    actor: Actor
    version: int


class OpenChange(Entrance):
    """All that a change asks for, as one dependency."""

    async def __call__(
        self,
        request: Request,
        if_match: IfMatch = "",
        idempotency_key: KeyHeader = None,
    ) -> AsyncIterator[Change]:
        """The transaction, kept with its answer where a key asks for that."""
        async with begun(request, caller_of(request)) as (hot, actor):
            if idempotency_key is None:
                yield Change(hot, actor, version_read(request, if_match))
                return
            async with _once(request, hot, actor, idempotency_key):
                yield Change(hot, actor, version_read(request, if_match))


ChangeDep = Annotated[Change, Depends(OpenChange(), scope="function")]


@asynccontextmanager
async def _once(request: Request, hot: Hot, actor: Actor, key: UUID) -> AsyncIterator[None]:
    claimed = once.FirstAnswer(user_id=actor.user_id, key=key, request_hash=await _hash(request))
    if first := await once.claim(hot, claimed):
        raise Repeated(first)
    yield
    answer: Response = request.state.answer
    headers = {name: value for name, value in answer.headers.items() if name in KEPT}
    sealed = vault.seal_envelope(TABLE, COLUMN, claimed.key, bytes(answer.body).decode())
    await once.keep(hot, claimed, answer.status_code, headers, sealed)


async def _hash(request: Request) -> bytes:
    line = f"{request.method} {request.url.path}\n{request.headers.get('if-match', '')}\n".encode()
    said: bytes | None = getattr(request.state, "said", None)  # of an upload, however it was wrapped
    return hashlib.sha256(line + (await request.body() if said is None else said)).digest()


def _again(_: Request, repeated: Exception) -> Response:
    assert isinstance(repeated, Repeated)
    first = repeated.first
    body = vault.read_envelope(TABLE, COLUMN, first.key, first.body) if first.body else ""
    return Response(body, first.status or 200, first.headers)


def install(app: FastAPI) -> None:
    """Teach the app to give first answers again."""
    app.add_exception_handler(Repeated, _again)

"""Idempotency-Key: however often a request is repeated, it has one effect and one answer."""

import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute

from app.access.actor import Actor
from app.core import once, vault
from app.core.hot import Hot, within
from app.routers._deps import IF_MATCH, ActorDep, Entrance, SessionDep, begun, caller_of, version_read
from app.routers._headers import Line, Reader, parameters

KEPT = ("content-type", "etag", "location")
TABLE, COLUMN = "first_answer", "body"
AGAIN = "The same key and request again gets the same answer, and no second effect"
KEY = Line("idempotency-key", UUID, AGAIN)


class Repeated(Exception):
    """This request was answered before; the first answer is enclosed."""

    def __init__(self, first: once.FirstAnswer) -> None:
        self.first = first


class Route(APIRoute):
    """A route that shows its finished answer to the dependencies that close after it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        said = self.openapi_extra or {}
        read = [*said.get("parameters", ()), *parameters(self.dependant)]
        self.openapi_extra = said | ({"parameters": read} if read else {})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Keep the answer on the request."""
        handle = super().get_route_handler()

        async def handle_and_show(request: Request) -> Response:
            answer = await handle(request)
            request.state.answer = answer
            return answer

        return handle_and_show


class AnswerOnce(Reader):
    """Stop at an earlier answer, or keep this one in the transaction that earned it."""

    lines = (KEY,)

    async def __call__(self, request: Request, session: SessionDep, actor: ActorDep) -> AsyncIterator[None]:
        """Where there is no key, nothing."""
        if (key := KEY.read(request)) is None:
            yield
            return
        hot = await within(session)
        async with _once(request, hot, actor, key):
            yield
            await session.flush()


Once = Depends(AnswerOnce(), scope="function")


@dataclass(frozen=True, slots=True)
class Change:
    """A change on the short way: its one transaction, who makes it, and the version it was decided on."""

    hot: Hot
    actor: Actor
    version: int


class OpenChange(Entrance):
    """All that a change asks for, as one dependency."""

    lines = (*Entrance.lines, IF_MATCH, KEY)

    async def __call__(self, request: Request) -> AsyncIterator[Change]:
        """The transaction, kept with its answer where a key asks for that."""
        key = KEY.read(request)
        async with begun(request, caller_of(request)) as (hot, actor):
            if key is None:
                yield Change(hot, actor, version_read(request))
                return
            async with _once(request, hot, actor, key):
                yield Change(hot, actor, version_read(request))


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

"""Around every request: an id, headers that browsers obey, and one log line without a value in it."""

import logging
import time
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import new_id
from app.routers import _problems

log = logging.getLogger("dayaq.requests")
TOO_LARGE = 413
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
]
API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
NO_STORE = (b"cache-control", b"no-store")


class Wire:
    """Plain ASGI: a middleware class of the framework costs a millisecond each."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        begun, status = time.perf_counter(), 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(message, scope, str(request_id).encode())
            await send(message)

        try:
            await self._serve(scope, receive, send_dressed)
        except Exception as error:  # else the server would log it with all that it quotes
            response = _problems.defect(Request(scope), error)
            if not status:
                await response(scope, receive, send_dressed)
        finally:
            route = getattr(scope.get("route"), "path", "-")  # the template: no id, no query in the log
            spent = (time.perf_counter() - begun) * 1000
            log.info("%s %s %s %d %.1fms", request_id, scope["method"], route, status, spent)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application; its refusal of a body that is too large is plain text, and becomes a problem."""
        too_large = False

        async def send_problem(message: Message) -> None:
            nonlocal too_large
            if message["type"] == "http.response.start" and message["status"] == TOO_LARGE:
                too_large = (b"content-type", _problems.MEDIA_TYPE.encode()) not in message["headers"]
            if not too_large:
                await send(message)

        await self.app(scope, receive, send_problem)
        if too_large:
            await _problems.plain(Request(scope), HTTPStatus(TOO_LARGE))(scope, receive, send)


def _dress(message: MutableMapping[str, Any], scope: Scope, request_id: bytes) -> None:
    headers = message["headers"] = list(message.get("headers", []))
    names = {name for name, _ in headers}
    headers += [(b"x-request-id", request_id), *HEADERS]
    if scope["path"].startswith("/api/"):
        headers.append(API_POLICY)
        if b"cache-control" not in names:
            headers.append(NO_STORE)

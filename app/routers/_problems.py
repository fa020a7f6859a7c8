"""Problem documents: how a refusal is written on the wire, and listed in OpenAPI."""

import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from app.access.caller import MembershipNeeded
from app.accounts.errors import SecondFactorNeeded
from app.core.errors import Forbidden, Invalid, Problem, Unavailable, Unknown
from app.routers import _messages
from app.routers._words import language_of

log = logging.getLogger("dayaq.problems")
MEDIA_TYPE = "application/problem+json"
NAME = "Problem"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "format": "uuid"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "other": {"type": "string"},
                },
            },
        },
    },
}
"""What every problem document has; described once, under its NAME."""
ONE: dict[str, Any] = {"$ref": f"#/components/schemas/{NAME}"}


Described = dict[int | str, dict[str, Any]]
ALWAYS: tuple[type[Problem], ...] = (Unknown, Invalid, Unavailable)
WHO: tuple[type[Problem], ...] = (MembershipNeeded, SecondFactorNeeded)  # wherever somebody acts in a role


def problems(*kinds: type[Problem]) -> Described:
    """The `responses=` of a route: one entry per status, naming every problem type."""
    every: list[type[Problem]] = [*kinds, *ALWAYS]
    if Forbidden in kinds:
        every += WHO
    by_status: dict[int, list[type[Problem]]] = defaultdict(list)
    for kind in dict.fromkeys(every):
        by_status[kind.status].append(kind)
    described: Described = {status: _response(tuple(group)) for status, group in sorted(by_status.items())}
    plain = {400, 413, 415} - described.keys()  # what the framework refuses by itself
    return described | {status: _plain_response(status) for status in sorted(plain)}


@cache
def _response(group: tuple[type[Problem], ...]) -> dict[str, Any]:
    """One object for all routes that say the same: there are hundreds."""
    types = {"enum": sorted(f"/problems/{kind.slug}" for kind in group)}
    schema = {"allOf": [ONE], "properties": {"type": types}}
    return _documented("; ".join(kind.title for kind in group), schema)


@cache
def _plain_response(status: int) -> dict[str, Any]:
    return _documented(HTTPStatus(status).phrase, ONE)


def _documented(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def answer(request: Request, body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem document with the request's id, in the caller's language."""
    language = language_of(request.headers.get("accept-language")) or "en"
    body = _messages.translate(body, language) | {"request_id": str(request.state.request_id)}
    headers = {"Cache-Control": "no-store", "Content-Language": language} | (headers or {})
    return JSONResponse(body, body["status"], headers, MEDIA_TYPE)


def _refuse(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return answer(request, problem.document(), headers)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Name the field and the fault, and nothing that was sent: not the value, not an unknown key."""
    assert isinstance(error, RequestValidationError)
    faults = [
        {"pointer": _pointer(_place(e["loc"], e["type"])), "code": _messages.code_of(e), "message": ""}
        for e in error.errors()
    ]
    return _refuse(request, Invalid(errors=faults[:100]))


def _place(loc: Sequence[str | int], kind: str) -> Sequence[str | int]:
    """Where the fault is, without the key that the caller made up."""
    return loc[1:-1] if kind == "extra_forbidden" else loc[1:]


def _pointer(parts: Sequence[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _plain(request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses by itself: an unknown path, a wrong method, a body that is no JSON."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return plain(request, HTTPStatus(error.status_code), headers)


def _methods(request: Request) -> list[str]:
    """All methods of this path: the framework knows only those of the first route that it tried."""
    verbs: dict[str, set[str]] = defaultdict(set)
    for route in iter_route_contexts(request.app.routes):
        verbs[route.path or ""] |= route.methods or set()
    asked = request.url.path
    like = [path for path in verbs if re.fullmatch(re.sub(r"{[^/]+}", "[^/]+", path), asked)]
    return sorted({verb for path in ([asked] if asked in verbs else like) for verb in verbs[path]})


def plain(request: Request, status: HTTPStatus, headers: dict[str, str] | None = None) -> JSONResponse:
    """A refusal that says no more than its status."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "code": "http"}
    return answer(request, body, headers)


def defect(request: Request, error: Exception) -> JSONResponse:
    """A defect of ours: where it happened is logged, what was being handled is not."""
    places = []
    trace = error.__traceback__
    while trace:
        places.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error(
        "%s %s at %s", request.state.request_id, type(error).__name__, " < ".join(reversed(places[-6:]))
    )
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return answer(request, {"type": "about:blank", "title": status.phrase, "status": 500, "code": "defect"})


def install(app: FastAPI) -> None:
    """Teach the app to answer refusals as problem documents."""
    app.add_exception_handler(Problem, _refuse)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, defect)

"""A path finds its route, and no more than a few are tried on the way."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from app.core.ids import new_id
from app.main import create_app
from app.routers._rooms import Porter

APP = create_app()
ROUTES = [route for route in APP.routes if isinstance(route, APIRoute)]
TRIED_AT_MOST = 12


class Elsewhere(Exception):
    """The porter did not know; the framework was asked."""


@contextmanager
def handled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[APIRoute]]:
    """Routes that were handed a request; none of them does its work."""
    seen: list[APIRoute] = []

    async def handle(self: APIRoute, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["route"] is self
        seen.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(APIRoute, "handle", handle)
        yield seen


async def nobody(scope: Scope, receive: Any, send: Any) -> None:
    """What stands behind the porter."""
    raise Elsewhere


async def ask(path: str, verb: str, root: str = "") -> None:
    """A request to a porter of all our routes."""
    scope = {"type": "http", "path": root + path, "root_path": root, "method": verb}
    await Porter(nobody, ROUTES)(scope, nobody, nobody)  # type: ignore[arg-type]  # nothing is received or sent


def sample(route: APIRoute) -> str:
    """A path of this route."""
    return re.sub(r"{\w+}", lambda _: str(new_id()), route.path)


async def test_every_route_is_found_by_a_path_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [(route, verb) for route in ROUTES for verb in route.methods or ()]
    with handled(monkeypatch) as seen:
        for route, verb in asked:
            await ask(sample(route), verb)

    assert len(asked) > 300
    assert [(one.path, one.methods) for one in seen] == [(one.path, one.methods) for one, _ in asked]


def test_a_path_is_tried_on_few_routes() -> None:
    porter = Porter(nobody, ROUTES)

    assert max(len(behind) for behind in porter._behind.values()) <= TRIED_AT_MOST


def test_the_application_asks_its_porter() -> None:
    porter = APP.router.middleware_stack

    assert isinstance(porter, Porter)
    assert sum(map(len, porter._behind.values())) == len(ROUTES)


async def test_a_service_behind_a_path_of_its_own_finds_its_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    route = next(one for one in ROUTES if one.path.endswith("/cases/{case_id}/timeline"))
    with handled(monkeypatch) as seen:
        await ask(sample(route), "GET", "/dayaq")

        assert seen == [route]
        with pytest.raises(Elsewhere):
            await ask("/dayaq" + sample(route), "GET")


async def test_another_verb_and_an_unknown_path_are_the_frameworks(monkeypatch: pytest.MonkeyPatch) -> None:
    with handled(monkeypatch):
        for path, verb in (("/api/v1/cases", "DELETE"), ("/api/v1/nothing", "GET"), ("/", "GET")):
            with pytest.raises(Elsewhere):
                await ask(path, verb)

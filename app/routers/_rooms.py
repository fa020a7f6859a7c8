"""A room's router, and the porter who knows which few routes a path can be for."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.routers._once import Route

API = "/api/v1"
Sign: TypeAlias = tuple[int, str, str]
FIRST, THIRD = 3, 5  # where they stand in /api/v1/cases/{case_id}/notes, cut at its slashes
ANY = "{}"


class Room(APIRouter):
    """The routes of one room, complete as they stand: the application takes them as they are.

    `include_router` would work every one of them out a second time, with all that it asks for.
    """

    def __init__(self, tag: str, prefix: str = "") -> None:
        super().__init__(
            prefix=API + prefix,
            tags=[tag],
            route_class=Route,
            generate_unique_id_function=operation_id,
            strict_content_type=True,
        )


class Porter:
    """Plain ASGI before the framework's router, which tries one route after the other: there are hundreds.

    A path's length and two of its words say which few it can be for. Whatever is not found so (another verb,
    no such path, what no room brings) is the framework's to answer.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self._behind: dict[Sign, list[tuple[int, APIRoute]]] = {}
        for place, route in enumerate(routes):
            if isinstance(route, APIRoute):
                self._behind.setdefault(_sign_of(route.path), []).append((place, route))
        self.candidates = lru_cache(maxsize=1024)(self._candidates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to its route."""
        if scope["type"] == "http":
            for route in self.candidates(*_signs(scope["path"].removeprefix(scope.get("root_path", "")))):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await self.app(scope, receive, send)

    def _candidates(self, named: Sign, of_any: Sign) -> tuple[APIRoute, ...]:
        """The routes that look like either, in the order in which they stand."""
        found = [*self._behind.get(named, ()), *self._behind.get(of_any, ())]
        return tuple(route for _, route in sorted(found, key=lambda one: one[0]))


def operation_id(route: APIRoute) -> str:
    """The route function's own name, so the generated client reads like the code."""
    return route.name


def _sign_of(path: str) -> Sign:
    """What a route looks like."""
    length, first, third = _sign(path)
    return length, first, ANY if third.startswith("{") else third


def _sign(path: str) -> Sign:
    words = path.split("/")
    first, third = (words[at] if len(words) > at else "" for at in (FIRST, THIRD))
    return len(words), first, third


def _signs(path: str) -> tuple[Sign, Sign]:
    """What a route can look like that this path is for."""
    length, first, third = _sign(path)
    return (length, first, third), (length, first, ANY)

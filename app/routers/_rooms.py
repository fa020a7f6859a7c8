"""A room's router, and routes that are passed by at once when a path cannot be theirs."""

from functools import cached_property, lru_cache
from typing import TypeAlias

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.routers._once import Route

API = "/api/v1"
Sign: TypeAlias = tuple[int, str, str]
FIRST, THIRD = 3, 5  # where they stand in /api/v1/cases/{case_id}/notes, cut at its slashes
ANY = "{}"


class Door(Route):
    """A route that knows by its path's length and two of its words whether it is worth a try.

    The framework tries one route after the other at each request, and there are hundreds: that was a large
    part of what a small answer took.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route; nothing at once where the path does not look like its own."""
        if self._sign in _signs(scope["path"].removeprefix(scope.get("root_path", ""))):
            return super().matches(scope)
        return Match.NONE, {}

    @cached_property
    def _sign(self) -> Sign:
        length, first, third = _sign(self.path)
        return length, first, ANY if third.startswith("{") else third


class Room(APIRouter):
    """The routes of one room, complete as they stand: the application takes them as they are.

    `include_router` would work every one of them out a second time, with all that it asks for.
    """

    def __init__(self, tag: str, prefix: str = "") -> None:
        super().__init__(
            prefix=API + prefix,
            tags=[tag],
            route_class=Door,
            generate_unique_id_function=operation_id,
            strict_content_type=True,
        )


def operation_id(route: APIRoute) -> str:
    """The route function's own name, so the generated client reads like the code."""
    return route.name


def _sign(path: str) -> Sign:
    words = path.split("/")
    first, third = (words[at] if len(words) > at else "" for at in (FIRST, THIRD))
    return len(words), first, third


@lru_cache(maxsize=1024)
def _signs(path: str) -> tuple[Sign, Sign]:
    """What a route can look like that this path is for."""
    length, first, third = _sign(path)
    return (length, first, third), (length, first, ANY)

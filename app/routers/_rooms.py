"""A room's router, which is passed by at once when a path cannot be one of its own."""

from functools import cached_property
from typing import TypeAlias

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

from app.routers._once import Route

API = "/api/v1"
Sign: TypeAlias = tuple[int, str, str]
ANY = ""  # no word of a path is empty, but one that ends in a slash, and that is sent on first


class Room(APIRouter):
    """The routes of one room.

    The framework tries every route of every room in turn, some 300 at each request: half of what a small
    answer took. A path's length and two of its words say which rooms it can belong to.
    """

    def __init__(self, tag: str, prefix: str = "") -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=Route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """What of this room answers; nothing at once, if no route of it looks like this path."""
        length, first, third = _sign(scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(API))
        if (length, first, third) in self._signs or (length, first, ANY) in self._signs:
            return super().matches(scope)
        return Match.NONE, {}

    @cached_property
    def _signs(self) -> frozenset[Sign]:
        return frozenset(_sign(getattr(route, "path", "")) for route in self.routes)


def _sign(path: str) -> Sign:
    """How many words, the first, and the third if it is ours: of `/cases/{case_id}/notes` 3, cases, notes."""
    words = path.split("/")[1:]
    third = words[2] if len(words) > 2 else ANY
    return len(words), words[0] if words else ANY, ANY if third.startswith("{") else third

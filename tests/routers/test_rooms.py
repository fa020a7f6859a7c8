"""A path finds its route, and no more than a few are tried on the way."""

import re

from fastapi.routing import APIRoute
from starlette.routing import Match

from app.core.ids import new_id
from app.main import create_app
from app.routers._rooms import Door

ROUTES = [route for route in create_app().routes if isinstance(route, Door)]
TRIED_AT_MOST = 12


def matched(routes: list[Door], path: str, verb: str, root: str = "") -> list[tuple[Door, Match]]:
    """Which routes are tried for this path, and what each says."""
    scope = {"type": "http", "path": root + path, "root_path": root, "method": verb}
    return [(route, found) for route in routes if (found := route.matches(dict(scope))[0]) is not Match.NONE]


def sample(route: APIRoute) -> str:
    """A path of this route."""
    return re.sub(r"{\w+}", lambda _: str(new_id()), route.path)


def test_every_route_is_found_by_a_path_of_its_own() -> None:
    asked = [(route, verb) for route in ROUTES for verb in route.methods or ()]
    lost = [
        (verb, route.path)
        for route, verb in asked
        if (route, Match.FULL) not in matched(ROUTES, sample(route), verb)
    ]

    assert len(asked) > 300
    assert lost == []


def test_a_path_is_tried_on_few_routes() -> None:
    signs = [route._sign for route in ROUTES]

    assert max(map(signs.count, signs)) <= TRIED_AT_MOST


def test_a_service_behind_a_path_of_its_own_finds_its_routes() -> None:
    route = next(one for one in ROUTES if one.path.endswith("/cases/{case_id}/timeline"))

    assert matched(ROUTES, sample(route), "GET", "/dayaq") == [(route, Match.FULL)]
    assert matched(ROUTES, "/dayaq" + sample(route), "GET") == []

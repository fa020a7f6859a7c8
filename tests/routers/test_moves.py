"""The helper that makes routes of a state table: a row is a route, and only the rows of those named."""

from enum import StrEnum
from types import ModuleType, SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from app.core.errors import Clash
from app.core.given import Given, ShortText
from app.core.states import Move, StateTable
from app.routers._moves import MOVE, Moves, register, verb
from app.routers._once import Route


class Status(StrEnum):
    NEW = "new"
    OLD = "old"


class Action(StrEnum):
    GROW_UP = "grow-up"
    REMEMBER = "remember"
    VANISH = "vanish"


class Party(StrEnum):
    PERSON = "person"
    SYSTEM = "system"


class Remember(Given):
    """What is remembered."""

    text: ShortText


class Out(BaseModel):
    version: int


TABLE = StateTable(
    "tree",
    start=Status.NEW,
    moves=[
        Move(Status.NEW, Action.GROW_UP, Status.OLD, Party.PERSON),
        Move(Status.OLD, Action.GROW_UP, Status.OLD, Party.PERSON),
        Move(Status.OLD, Action.REMEMBER, Status.OLD, Party.PERSON),
        Move(Status.OLD, Action.VANISH, Status.NEW, Party.SYSTEM),
    ],
)


async def grow_up(*_: Any) -> None:
    """Grow up, slowly."""


async def remember(*_: Any) -> None:
    """Remember."""


def where(tree_id: UUID) -> UUID:
    return tree_id


async def answer(*_: Any) -> Out:
    return Out(version=1)


@pytest.fixture
def paths() -> dict[str, Any]:
    router = APIRouter(prefix="/trees", route_class=Route)
    moves = Moves(
        table=TABLE,
        act=cast(ModuleType, SimpleNamespace(grow_up=grow_up, remember=remember)),
        where=where,
        out=Out,
        answer=answer,
        by=[Party.PERSON],
        bodies={Action.REMEMBER: Remember},
        refusals={Action.REMEMBER: (Clash,)},
    )
    register(router, "/{tree_id}", moves)
    app = FastAPI(generate_unique_id_function=lambda route: route.name)
    app.include_router(router)
    found: dict[str, Any] = app.openapi()["paths"]
    return found


def test_each_action_of_these_parties_is_one_route(paths: dict[str, Any]) -> None:
    assert list(paths) == ["/trees/{tree_id}/grow-up", "/trees/{tree_id}/remember"]
    grow = paths["/trees/{tree_id}/grow-up"]["post"]
    assert (grow["operationId"], grow["description"]) == ("grow_up_tree", "Grow up, slowly.")


def test_each_route_names_its_refusals_and_takes_a_version_and_a_key(paths: dict[str, Any]) -> None:
    for path, more in (("grow-up", set()), ("remember", {Clash.slug})):
        operation = paths[f"/trees/{{tree_id}}/{path}"]["post"]
        named = str(operation["responses"])
        for slug in {kind.slug for kind in MOVE} | more:
            assert f"/problems/{slug}'" in named, (path, slug)
        assert {p["name"] for p in operation["parameters"]} >= {"tree_id", "if-match", "idempotency-key"}
    assert Clash.slug + "'" not in str(paths["/trees/{tree_id}/grow-up"]["post"]["responses"])


def test_a_body_is_required_exactly_where_it_has_a_required_field(paths: dict[str, Any]) -> None:
    bodies = {path.rsplit("/")[-1]: operation["post"]["requestBody"] for path, operation in paths.items()}

    assert bodies["remember"]["required"] is True
    assert "required" not in bodies["grow-up"]
    assert "Remember" in str(bodies["remember"])


def test_an_action_without_a_function_is_found_when_the_routes_are_made() -> None:
    moves = Moves(
        table=TABLE,
        act=cast(ModuleType, SimpleNamespace(grow_up=grow_up)),
        where=where,
        out=Out,
        answer=answer,
        by=[Party.PERSON],
    )
    with pytest.raises(AttributeError, match="remember"):
        register(APIRouter(), "/{tree_id}", moves)


def test_a_word_of_a_url_is_a_word_of_python() -> None:
    assert [verb(action) for action in Action] == ["grow_up", "remember", "vanish"]

"""Action routes from a state table: a row is a route, with its refusals; nothing is written twelve times."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from app.access.actor import Actor
from app.core.errors import Busy, Forbidden, IllegalMove, KeyReused, NotFound, Problem, Stale, VersionMissing
from app.core.given import Given
from app.core.states import StateTable
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._once import ChangeDep, Once
from app.routers._problems import problems

MOVE: tuple[type[Problem], ...] = (
    *(Forbidden, NotFound, IllegalMove, Stale),
    *(VersionMissing, KeyReused, Busy),
)


class Nothing(Given):
    """No field: the action's name says it all."""


@dataclass(frozen=True, slots=True)
class Moves:
    """How the actions of one kind of record are served.

    `act`: the module with one function per action, `f(session, actor, where, version[, given]) -> record`;
    `given` for actions with a body of their own in `bodies`. `where`: a dependency that reads the path and
    gives what `act` finds the record by. `answer`: the record as this actor may see it. `by`: whose
    rows are routes. `functions`: where an action's word means something else in `act`. `short`: actions
    that take a `Hot` in place of a session.
    """

    table: StateTable[Any, Any, Any]
    act: ModuleType
    where: Callable[..., Any]
    out: type[Any]
    answer: Callable[[Any, Actor, Any], Awaitable[Any]]
    by: Collection[StrEnum]
    bodies: Mapping[Any, type[Given]] = field(default_factory=dict)
    refusals: Mapping[Any, tuple[type[Problem], ...]] = field(default_factory=dict)
    functions: Mapping[Any, Callable[..., Awaitable[Any]]] = field(default_factory=dict)
    short: Collection[Any] = ()


def verb(action: StrEnum) -> str:
    """An action's word in Python: `no-show` is `no_show`."""
    return str(action.value).replace("-", "_")


def register(router: APIRouter, path: str, moves: Moves) -> None:
    """Add `POST path/<action>` for each action that one of these parties takes, in the table's order."""
    for action in dict.fromkeys(move.action for move in moves.table.moves if move.by in moves.by):
        function = moves.functions.get(action) or getattr(moves.act, verb(action))
        short = action in moves.short
        build = _short_endpoint if short else _endpoint
        router.add_api_route(
            f"{path}/{action.value}",
            build(moves, function, moves.bodies.get(action)),
            methods=["POST"],
            name=f"{verb(action)}_{moves.table.name}",
            description=function.__doc__,
            response_model=moves.out,
            dependencies=[] if short else [Once],
            responses=problems(*MOVE, *moves.refusals.get(action, ())),
        )


Endpoint = Callable[..., Awaitable[Any]]


def _endpoint(moves: Moves, act: Endpoint, own: type[Given] | None) -> Endpoint:
    async def endpoint(
        where: Annotated[Any, Depends(moves.where)],
        version: VersionDep,
        response: Response,
        session: SessionDep,
        actor: ActorDep,
        body: Any,
    ) -> Any:
        record = await act(session, actor, where, version, *_given(body, own))
        return tagged(response, await moves.answer(session, actor, record))

    return _reading(endpoint, own)


def _short_endpoint(moves: Moves, act: Endpoint, own: type[Given] | None) -> Endpoint:
    """The same on the short way. Its answer is what `moves.out` says: tests see to that, not each request."""

    async def endpoint(where: Annotated[Any, Depends(moves.where)], change: ChangeDep, body: Any) -> Response:
        record = await act(change.hot, change.actor, where, change.version, *_given(body, own))
        answer = await moves.answer(None, change.actor, record)
        response = Response(answer.model_dump_json(), media_type="application/json")
        tagged(response, answer)
        return response

    return _reading(endpoint, own)


def _given(body: Given | None, own: type[Given] | None) -> tuple[Given, ...]:
    return (body or own(),) if own else ()


def _reading(endpoint: Endpoint, own: type[Given] | None) -> Endpoint:
    """The endpoint with the body that its action takes; one that needs no field may be left out."""
    body_type = own or Nothing
    optional = not any(known.is_required() for known in body_type.model_fields.values())
    endpoint.__annotations__["body"] = body_type | None if optional else body_type
    endpoint.__defaults__ = (None,) if optional else None
    return endpoint

"""Action routes from a state table: a row is a route, with its refusals; nothing is written twelve times."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.core.errors import Busy, Forbidden, IllegalMove, KeyReused, NotFound, Problem, Stale, VersionMissing
from app.core.given import Given
from app.core.states import StateTable
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
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
    rows are routes. `functions`: where an action's word means something else in `act`.
    """

    table: StateTable[Any, Any, Any]
    act: ModuleType
    where: Callable[..., Any]
    out: type[Any]
    answer: Callable[[AsyncSession, Actor, Any], Awaitable[Any]]
    by: Collection[StrEnum]
    bodies: Mapping[Any, type[Given]] = field(default_factory=dict)
    refusals: Mapping[Any, tuple[type[Problem], ...]] = field(default_factory=dict)
    functions: Mapping[Any, Callable[..., Awaitable[Any]]] = field(default_factory=dict)


def verb(action: StrEnum) -> str:
    """An action's word in Python: `no-show` is `no_show`."""
    return str(action.value).replace("-", "_")


def register(router: APIRouter, path: str, moves: Moves) -> None:
    """Add `POST path/<action>` for each action that one of these parties takes, in the table's order."""
    for action in dict.fromkeys(move.action for move in moves.table.moves if move.by in moves.by):
        function = moves.functions.get(action) or getattr(moves.act, verb(action))
        router.add_api_route(
            f"{path}/{action.value}",
            _endpoint(moves, function, moves.bodies.get(action)),
            methods=["POST"],
            name=f"{verb(action)}_{moves.table.name}",
            description=function.__doc__,
            response_model=moves.out,
            dependencies=[Once],
            responses=problems(*MOVE, *moves.refusals.get(action, ())),
        )


def _endpoint(
    moves: Moves, act: Callable[..., Awaitable[Any]], own: type[Given] | None
) -> Callable[..., Awaitable[Any]]:
    body_type = own or Nothing

    async def endpoint(
        where: Annotated[Any, Depends(moves.where)],
        version: VersionDep,
        response: Response,
        session: SessionDep,
        actor: ActorDep,
        body: Any,
    ) -> Any:
        given = (body or body_type(),) if own else ()
        record = await act(session, actor, where, version, *given)
        return tagged(response, await moves.answer(session, actor, record))

    optional = not any(known.is_required() for known in body_type.model_fields.values())
    endpoint.__annotations__["body"] = body_type | None if optional else body_type
    endpoint.__defaults__ = (None,) if optional else None
    return endpoint

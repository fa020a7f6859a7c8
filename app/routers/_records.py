"""Routes of a kind of record: list it, enter one, correct one, see what it said before."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response

from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Problem, Stale, VersionMissing
from app.core.pages import Page
from app.records.kinds import Kind
from app.records.schemas import Correct, CorrectionOut
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems

EXISTS: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already, under the same id"}}
CHANGE = (Forbidden, NotFound, Clash, Stale, VersionMissing, KeyReused, Busy)


@dataclass(frozen=True, slots=True)
class Records:
    """How one kind of record is served under its parent.

    `act`: the module with `add`, `correct`, `read_all` and `read_corrections`. `where`: a dependency that
    reads the parent from the path and gives what `act` finds it by. `one`, `many`: what they are called.
    `paged`: there may be more than one page of them, read by `act.read_page`.
    """

    kind: Kind[Any]
    correction: type[Correct]
    act: ModuleType
    where: Callable[..., Any]
    one: str
    many: str
    refusals: tuple[type[Problem], ...] = ()
    paged: bool = False

    @property
    def words(self) -> str:
        """What they are called in a sentence."""
        return self.many.replace("_", " ")


def register(router: APIRouter, path: str, records: Records) -> None:
    """Add the four routes of this kind under its parent's path."""
    under = f"{path}/{records.many.replace('_', '-')}"
    get, refusals = problems(Forbidden, NotFound), records.refusals
    _add(router, "GET", under, _list(records), f"list_{records.many}", responses=get)
    new = problems(Forbidden, NotFound, Clash, KeyReused, Busy, *refusals) | EXISTS
    _add(router, "POST", under, _enter(records), f"add_{records.one}", status_code=201, responses=new)
    one = f"{under}/{{record_id}}"
    _add(router, "PATCH", one, _correct(records), f"correct_{records.one}", responses=problems(*CHANGE))
    history = _history(records)
    _add(router, "GET", f"{one}/corrections", history, f"list_{records.one}_corrections", responses=get)


def _add(
    router: APIRouter, verb: str, path: str, endpoint: Callable[..., Any], name: str, **more: Any
) -> None:
    dependencies = [] if verb == "GET" else [Once]
    router.add_api_route(
        path,
        endpoint,
        methods=[verb],
        name=name,
        description=endpoint.__doc__,
        dependencies=dependencies,
        **more,
    )


RecordId = Annotated[UUID, Path()]


def _list(records: Records) -> Callable[..., Any]:
    async def every(where: Any, session: SessionDep, actor: ActorDep) -> Any:
        found = await records.act.read_all(session, actor, records.kind, where)
        return Page(items=found, next_cursor=None)

    async def some(where: Any, page: PageDep, session: SessionDep, actor: ActorDep) -> Any:
        return await records.act.read_page(session, actor, records.kind, where, page)

    return _typed(
        some if records.paged else every,
        records,
        Page[records.kind.out],  # type: ignore[name-defined]  # made here
        f"All {records.words}, in the order of entry. What was entered in error is marked, and stays.",
    )


def _enter(records: Records) -> Callable[..., Any]:
    async def endpoint(
        where: Any, body: Any, response: Response, session: SessionDep, actor: ActorDep
    ) -> Any:
        made, is_new = await records.act.add(session, actor, records.kind, where, body)
        response.status_code = 201 if is_new else 200
        return tagged(response, made)

    text = " ".join((records.kind.given.__doc__ or "").split())
    return _typed(endpoint, records, records.kind.out, f"Enter: {text}", records.kind.given)


def _correct(records: Records) -> Callable[..., Any]:
    async def endpoint(
        where: Any,
        record_id: RecordId,
        version: VersionDep,
        body: Any,
        response: Response,
        session: SessionDep,
        actor: ActorDep,
    ) -> Any:
        out = await records.act.correct(session, actor, records.kind, where, record_id, version, body)
        return tagged(response, out)

    text = "Correct what one says: what is not sent stays. What it said before is kept, with who and why."
    return _typed(endpoint, records, records.kind.out, text, records.correction)


def _history(records: Records) -> Callable[..., Any]:
    async def endpoint(where: Any, record_id: RecordId, session: SessionDep, actor: ActorDep) -> Any:
        found = await records.act.read_corrections(session, actor, records.kind, where, record_id)
        return Page(items=found, next_cursor=None)

    text = "What one said before each of its corrections, newest first."
    return _typed(endpoint, records, Page[CorrectionOut], text)


def _typed(
    endpoint: Callable[..., Any], records: Records, out: Any, text: str, body: type | None = None
) -> Callable[..., Any]:
    """The endpoint with the types of this kind, as the framework reads them."""
    endpoint.__annotations__ |= {"where": Annotated[Any, Depends(records.where)], "return": out}
    if body:
        endpoint.__annotations__["body"] = body
    endpoint.__doc__ = text
    return endpoint

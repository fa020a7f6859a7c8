"""Routes under /statistics. Whoever asks for figures, the transaction reads artefacts only."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Path, Request, Response
from fastapi.routing import APIRoute
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.routing import BaseRoute

from app.access.actor import Actor
from app.access.caller import Caller
from app.access.table import Permission
from app.audit import actions as audit
from app.core.db import FIGURES, unit_of_work
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.core.hot import Hot
from app.routers._deps import (
    ActorDep,
    Entrance,
    OpenSession,
    SessionDep,
    acting,
    begun,
    caller_of,
    tagged,
)
from app.routers._headers import asked
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.statistics import actions, formats, queries, schemas
from app.statistics.errors import (
    CohortTooSmall,
    DraftWaits,
    NothingReleased,
    NotInRelease,
    NotItsDay,
    OwnRelease,
    PeriodNotCovered,
    TooManyTables,
    WrongPeriod,
)
from app.statistics.states import RELEASE, Action, Party

router = Room("statistics", prefix="/statistics")
JSON = "application/json"
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "What you hold is what was released"}}
WRITTEN: dict[int | str, dict[str, Any]] = UNCHANGED | {
    200: {"content": {each.media_type.split(";")[0]: {} for each in formats.FORMATS.values()}}
}
TableName = Annotated[str, Path(max_length=80, description="A table, and a suffix for another format")]
KEEP = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}


# One transaction that may read releases, whatever else the role may do.
ReaderDep = Annotated[AsyncSession, Depends(OpenSession(FIGURES), scope="function")]
Apart = Callable[[], AbstractAsyncContextManager[AsyncSession]]


class ReadApart(Entrance):
    """The same for a route that opens it itself, and is done with it before something is drawn."""

    rights = FIGURES

    async def __call__(self, request: Request) -> Apart:
        """How to open it."""
        return partial(_reading, request, caller_of(request, self.rights))


ApartDep = Annotated[Apart, Depends(ReadApart())]


@asynccontextmanager
async def _reading(request: Request, caller: Caller) -> AsyncIterator[AsyncSession]:
    async with unit_of_work(request.app.state.database, caller) as session:
        await session.connection()
        yield session


class OpenAsking(Entrance):
    """The same on the short way, and who asks."""

    rights = FIGURES

    async def __call__(self, request: Request) -> AsyncIterator[tuple[Hot, Actor]]:
        """The transaction and the person."""
        async with begun(request, caller_of(request, self.rights)) as asking:
            yield asking


AskingDep = Annotated[tuple[Hot, Actor], Depends(OpenAsking(), scope="function")]


def figures_only(route: BaseRoute) -> bool:
    """Whether all that a route opens is the reading of artefacts: the routes of `serve --face statistics`."""
    opened = list(asked(route.dependant, Entrance)) if isinstance(route, APIRoute) else []
    return bool(opened) and all(one.rights == FIGURES for one in opened)


@router.post(
    "/query",
    response_model=schemas.StatisticsAnswer,
    responses=problems(Forbidden, NotInRelease, NothingReleased),
)
async def query_statistics(body: schemas.AskStatistics, asking: AskingDep) -> Response:
    """Figures from what has been released: as many questions as you like, each with one answer.

    Every figure carries a random error, thrown once; `half_width` says how large. Dimensions and filters may
    be combined as far as one released table holds them all: see `available` under /statistics/dimensions.
    The `ETag` is the sha256 of the answer, which stays the same until something more is released.
    """
    hot, actor = asking
    every = await queries.published(hot, actor.grant(Permission.STATISTICS_QUERY), "release.query")
    cube = await queries.cube(hot, every)
    content, tag = schemas.answered(cube, body.question(), every, actor.language)
    return Response(content, headers={"Cache-Control": "no-store", "ETag": f'"{tag}"'}, media_type=JSON)


@router.get("/dimensions", responses=problems(Forbidden, NothingReleased))
async def get_dimensions(asking: AskingDep) -> schemas.Dimensions:
    """What can be asked: dimensions with their public codes, and which of them together."""
    hot, actor = asking
    every = await queries.published(hot, actor.grant(Permission.STATISTICS_QUERY), "release.read")
    return schemas.dimensions_out(await queries.cube(hot, every), actor.language)


@router.get("/releases", responses=problems(Forbidden))
async def list_releases(session: ReaderDep, actor: ActorDep) -> list[schemas.ReleaseOut]:
    """Every release, oldest first, with its tables and its fingerprint."""
    grant = actor.grant(Permission.STATISTICS_QUERY)
    names = await queries.table_names(session, grant)
    return [schemas.release_out(one, names.get(one.id, [])) for one in await queries.releases(session, grant)]


@router.get("/releases/{release_id}/tables/{name}", responses=problems(Forbidden, NotFound) | WRITTEN)
async def get_released_table(
    release_id: UUID,
    name: TableName,
    apart: ApartDep,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """The statistician's file of one table: every signed cell with its half width, and all metadata.

    Signed cells add up and are unbiased in sums; a negative one is the error of a small figure. The bytes
    never change: their sha256 is the `ETag`. A suffix asks for another format of the same: `.csv`,
    `.hxl.csv` (HXL), `.xlsx`, `.sdmx.json` (SDMX-JSON 1.0), `.dhis2.json` (data value set), `.svg`, `.png`.
    """
    table, _, suffix = name.partition(".")
    async with apart() as session:  # which is over before a picture is drawn
        actor = acting(session.info["signed"])
        grant = actor.grant(Permission.STATISTICS_QUERY)
        if suffix not in {"", *formats.FORMATS}:
            raise NotFound
        found = await queries.table(session, grant, release_id, table)
        audit.record(session, actor, "release.read", release_id)
    body, media_type, tag = found.body.encode(), JSON, found.sha256
    if suffix:
        body = await formats.made(found.body, suffix, actor.language)
        media_type, tag = formats.FORMATS[suffix].media_type, sha256(body).hexdigest()
    return _kept(body, media_type, tag, if_none_match, name if suffix else "")


def _kept(body: bytes, media_type: str, tag: str, held: str | None, name: str) -> Response:
    """Bytes that never change, or that the reader holds them; a file of that name where it has one."""
    headers = KEEP | {"ETag": f'"{tag}"'}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    tags = {each.strip().removeprefix("W/") for each in (held or "").split(",")}
    if tags & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


@router.get("/preparations", responses=problems(Forbidden))
async def list_preparations(session: SessionDep, actor: ActorDep) -> list[schemas.PreparationOut]:
    """Every release at whatever status, newest first, with what the caller may do to it now."""
    grant = actor.grant(Permission.RELEASE_CHECK)
    found = await queries.every(session, grant)
    audit.record(session, actor, "release.list", [one.id for one in found])
    return [schemas.preparation(actor, one) for one in found]


@router.post(
    "/preparations",
    status_code=201,
    dependencies=[Once],
    responses=problems(
        *(Forbidden, Clash, CohortTooSmall, TooManyTables, PeriodNotCovered, WrongPeriod, DraftWaits),
        *(KeyReused, Busy),
    ),
)
async def draft_release(
    body: schemas.DraftRelease, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.PreparationOut:
    """Say what is to be counted next. The nightly job draws it once its last day is thirty days past."""
    release = await actions.draft(session, actor, body)
    return tagged(response, schemas.preparation(actor, release))


@router.get("/preparations/{release_id}", responses=problems(Forbidden, NotFound))
async def get_preparation(
    release_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.ProofOut:
    """What was drawn, as it will be published, for the second person: protected figures, not counts."""
    release = await queries.take(session, actor.grant(Permission.RELEASE_CHECK), release_id)
    audit.record(session, actor, "release.proof", release.id)
    tagged(response, schemas.preparation(actor, release))
    return schemas.proof(actor, release, await queries.artefacts(session, release))


async def _release_id(release_id: UUID) -> UUID:
    return release_id


register(
    router,
    "/preparations/{release_id}",
    Moves(
        table=RELEASE,
        act=actions,
        where=_release_id,
        out=schemas.PreparationOut,
        answer=schemas.show,
        by=(Party.CHECKER, Party.PUBLISHER),
        bodies={Action.WITHDRAW: schemas.WithdrawRelease},
        refusals={Action.CHECK: (OwnRelease,), Action.PUBLISH: (OwnRelease, NotItsDay)},
    ),
)

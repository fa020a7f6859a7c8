"""Routes under /programmes and /sessions: what facilities organise for many, and when."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.access.actor import Actor
from app.access.table import Permission
from app.codelists.lists import recorded
from app.competitions import calendar as fixtures
from app.competitions import queries as matches
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.programmes import actions, calendar, queries, rules
from app.programmes.errors import (
    FeedVoid,
    NotCounted,
    OutsideSeason,
    ProgrammeClosed,
    SeasonClosed,
    SessionAhead,
    SessionCancelled,
)
from app.programmes.schemas import (
    AmendProgramme,
    CancelSession,
    CountPeople,
    FeedOut,
    GroupOut,
    HeldOut,
    NewGroup,
    NewProgramme,
    NewSeason,
    NewStaff,
    PlanSessions,
    ProgrammeOut,
    ProgrammeRow,
    ReachOut,
    SeasonOut,
    SessionsOut,
    show,
    show_reach,
)
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("programmes")
feeds = APIRouter(tags=["programmes"])
ONE, HELD = "/programmes/{programme_id}", "/sessions/{session_id}"
GET = problems(Forbidden, NotFound)
ADD = problems(Forbidden, NotFound, Clash, KeyReused, Busy, ProgrammeClosed) | EXISTS
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
JSON = "application/json"
LATELY = timedelta(days=60)  # how far back a calendar goes
Kind = Annotated[str, recorded("programme_kind")]
Sport = Annotated[str, recorded("sport")]
District = Annotated[str, recorded("district")]


@router.post("/programmes", status_code=201, dependencies=[Once], responses=ADD)
async def found_programme(
    body: NewProgramme, response: Response, session: SessionDep, actor: ActorDep
) -> ProgrammeOut:
    """Begin a programme at a facility: sport, peer support, a course, risk education."""
    programme, is_new = await actions.found(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await show(session, programme))


@router.get("/programmes", response_model=Page[ProgrammeRow], responses=problems(Forbidden))
async def list_programmes(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    kind: Annotated[Kind | None, Query()] = None,
    sport: Annotated[Sport | None, Query()] = None,
    district: Annotated[District | None, Query()] = None,
    facility_id: Annotated[UUID | None, Query()] = None,
    closed: Annotated[bool, Query(description="Those that have ended too")] = False,
) -> Response:
    """Programmes, oldest first."""
    grant = actor.grant(Permission.PROGRAMME_READ)
    only = {"kind_code": kind, "sport_code": sport, "district_code": district, "facility_id": facility_id}
    return Response(await queries.page_json(session, grant, page, closed, **only), media_type=JSON)


@router.get(ONE, responses=GET)
async def get_programme(
    programme_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> ProgrammeOut:
    """One programme with its seasons, groups and staff."""
    programme = await queries.get(session, actor.grant(Permission.PROGRAMME_READ), programme_id)
    return tagged(response, await show(session, programme))


@router.patch(ONE, dependencies=[Once], responses=problems(*CHANGE))
async def amend_programme(
    programme_id: UUID,
    version: VersionDep,
    body: AmendProgramme,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ProgrammeOut:
    """Change what is said of a programme, or end it; what is not sent stays."""
    programme = await actions.amend(session, actor, programme_id, version, body)
    return tagged(response, await show(session, programme))


@router.post(f"{ONE}/seasons", status_code=201, dependencies=[Once], responses=ADD)
async def add_season(
    programme_id: UUID, body: NewSeason, response: Response, session: SessionDep, actor: ActorDep
) -> SeasonOut:
    """Begin a season, in which there may be sessions."""
    season, is_new = await actions.add_season(session, actor, programme_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, SeasonOut.model_validate(season))


@router.post(
    f"{ONE}/seasons/{{season_id}}/close", dependencies=[Once], responses=problems(*CHANGE, SeasonClosed)
)
async def close_season(
    programme_id: UUID,
    season_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> SeasonOut:
    """Close a season: it takes no session and no attendance any more."""
    season = await actions.close_season(session, actor, programme_id, season_id, version)
    return tagged(response, SeasonOut.model_validate(season))


@router.post(f"{ONE}/groups", status_code=201, dependencies=[Once], responses=ADD)
async def add_group(
    programme_id: UUID, body: NewGroup, response: Response, session: SessionDep, actor: ActorDep
) -> GroupOut:
    """Make a group of the programme."""
    group, is_new = await actions.add_group(session, actor, programme_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, GroupOut.model_validate(group))


@router.post(f"{ONE}/staff", status_code=201, dependencies=[Once], responses=ADD)
async def add_staff(
    programme_id: UUID, body: NewStaff, response: Response, session: SessionDep, actor: ActorDep
) -> ProgrammeOut:
    """Name somebody of the facility who works in the programme."""
    _, is_new = await actions.add_staff(session, actor, programme_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await _again(session, actor, programme_id))


@router.post(f"{ONE}/staff/{{staff_id}}/end", dependencies=[Once], responses=problems(*CHANGE))
async def end_staff(
    programme_id: UUID,
    staff_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ProgrammeOut:
    """Somebody works in the programme no more."""
    await actions.end_staff(session, actor, programme_id, staff_id, version)
    return tagged(response, await _again(session, actor, programme_id))


@router.post(
    f"{ONE}/sessions",
    status_code=201,
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, Clash, KeyReused, ProgrammeClosed, SeasonClosed, OutsideSeason)
    | EXISTS,
)
async def plan_sessions(
    programme_id: UUID, body: PlanSessions, response: Response, session: SessionDep, actor: ActorDep
) -> SessionsOut:
    """Plan a session, or with `repeat` a series, within an open season."""
    planned, is_new = await actions.plan_sessions(session, actor, programme_id, body)
    response.status_code = 201 if is_new else 200
    return SessionsOut.of(planned)


@router.get(f"{ONE}/sessions", response_model=Page[HeldOut], responses=GET)
async def list_programme_sessions(
    programme_id: UUID,
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    since: Annotated[date | None, Query(description="From this day on")] = None,
    until: Annotated[date | None, Query(description="To this day")] = None,
) -> Response:
    """The sessions of a programme, in the order in which they were planned."""
    programme = await queries.get(session, actor.grant(Permission.PROGRAMME_READ), programme_id)
    return Response(await queries.sessions_json(session, programme, page, since, until), media_type=JSON)


@router.get(HELD, responses=GET)
async def get_programme_session(
    session_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> ReachOut:
    """One session, and whom it reached if it was one of a community."""
    one, _ = await queries.held(session, actor.grant(Permission.PROGRAMME_READ), session_id)
    return tagged(response, await show_reach(session, one))


@router.post(f"{HELD}/cancel", dependencies=[Once], responses=problems(*CHANGE, SeasonClosed))
async def cancel_programme_session(
    session_id: UUID,
    version: VersionDep,
    body: CancelSession,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> HeldOut:
    """Say that a session does not take place, and why. Calendars that show it say so too."""
    one = await actions.cancel_session(session, actor, session_id, version, body)
    return tagged(response, HeldOut.model_validate(one))


@router.put(
    f"{HELD}/reach",
    dependencies=[Once],
    responses=problems(*CHANGE, SeasonClosed, SessionAhead, SessionCancelled, NotCounted),
)
async def count_people(
    session_id: UUID,
    version: VersionDep,
    body: CountPeople,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ReachOut:
    """Say whom a community session reached, by sex and age band; it takes the place of an earlier count."""
    one = await actions.count_people(session, actor, session_id, version, body)
    return tagged(response, await show_reach(session, one))


@router.post(f"{ONE}/calendar", dependencies=[Once], responses=problems(*CHANGE))
async def open_calendar(
    programme_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> FeedOut:
    """Give the programme's calendar an address for other programs. It is shown once; the one before ends."""
    programme, secret = await actions.open_feed(session, actor, programme_id, version)
    return tagged(response, FeedOut(version=programme.version, path=f"/calendars/{secret}.ics"))


@router.post(f"{ONE}/calendar/close", dependencies=[Once], responses=problems(*CHANGE))
async def close_calendar(
    programme_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> ProgrammeOut:
    """Take the address of the programme's calendar back."""
    programme = await actions.close_feed(session, actor, programme_id, version)
    return tagged(response, await show(session, programme))


@feeds.get(
    "/calendars/{secret}.ics",
    response_class=Response,
    responses=problems(FeedVoid) | {200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
async def read_calendar(secret: str, request: Request) -> Response:
    """A programme's sessions and its teams' matches (RFC 5545), to who has the address. It names nobody."""
    async with unit_of_work(request.app.state.database, GATE) as session:
        programme = await queries.by_feed(session, rules.feed_hash(secret))
        if programme is None:
            raise FeedVoid
        since = clock.now() - LATELY
        events = [calendar.event(programme, one) for one in await queries.fed(session, programme, since)]
        events += [fixtures.event(one) for one in await matches.of_programme(session, programme.id, since)]
    headers = {"Cache-Control": "private, max-age=900"}
    return Response(calendar.of(programme.name, events), media_type="text/calendar", headers=headers)


async def _again(session: SessionDep, actor: Actor, programme_id: UUID) -> ProgrammeOut:
    grant = actor.grant(Permission.PROGRAMME_MANAGE)
    return await show(session, await queries.get(session, grant, programme_id))

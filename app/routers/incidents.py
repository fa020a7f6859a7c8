"""Routes under /incidents: explosive-ordnance accidents, their casualties, and what each source says."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.access.table import Permission
from app.codelists.lists import recorded
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.incidents import actions, queries, views
from app.incidents.schemas import (
    AmendCasualty,
    AmendIncident,
    CasualtyOut,
    ExactIncidentOut,
    IncidentOut,
    IncidentRow,
    NewCasualty,
    NewIncident,
    NewSource,
    SourceOut,
)
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import answer, problems
from app.routers._rooms import Room

router = Room("incidents", prefix="/incidents")
GET = problems(Forbidden, NotFound)
NEW = problems(Forbidden, NotFound, Clash, KeyReused, Busy) | {
    200: {"description": "It was there already, under the same id"}
}
CHANGE = problems(Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
JSON = "application/json"

Shown = ExactIncidentOut | IncidentOut
District = Annotated[str, recorded("district")]
Device = Annotated[str, recorded("device_type")]


@router.post("", status_code=201, response_model=Shown, dependencies=[Once], responses=NEW)
async def register_incident(
    body: NewIncident, response: Response, session: SessionDep, actor: ActorDep
) -> IncidentOut:
    """Enter an accident. The exact place is shown to you and to the coordinator, to nobody else."""
    incident, is_new = await actions.register(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await actions.read(session, actor, incident.id))


@router.get("", response_model=Page[IncidentRow], responses=problems(Forbidden))
async def list_incidents(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    district: Annotated[District | None, Query()] = None,
    device: Annotated[Device | None, Query()] = None,
    year: Annotated[int | None, Query(ge=1900, le=2100, description="In which it happened")] = None,
) -> Response:
    """Accidents in the order of entry, with how many casualties are on record."""
    only = {"district_code": district, "device_code": device}
    grant = actor.grant(Permission.INCIDENT_READ)
    return Response(await queries.page_json(session, grant, page, only, year), media_type=JSON)


@router.get("/{incident_id}", response_model=Shown, responses=GET)
async def get_incident(
    incident_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> IncidentOut:
    """One accident: with the exact place if you registered it or coordinate, else with the district."""
    return tagged(response, await actions.read(session, actor, incident_id))


@router.patch("/{incident_id}", response_model=Shown, dependencies=[Once], responses=CHANGE)
async def amend_incident(
    incident_id: UUID,
    version: VersionDep,
    body: AmendIncident,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> IncidentOut | Response:
    """Change what is known of an accident; what is not sent stays."""
    try:
        await actions.amend(session, actor, incident_id, version, body)
    except Stale:
        current = await actions.read(session, actor, incident_id)
        return answer(request, Stale(current=current.model_dump(mode="json")).document())
    return tagged(response, await actions.read(session, actor, incident_id))


@router.get("/{incident_id}/casualties", responses=GET)
async def list_casualties(incident_id: UUID, session: SessionDep, actor: ActorDep) -> Page[CasualtyOut]:
    """The people involved in an accident, without names."""
    found = await actions.read_casualties(session, actor, incident_id)
    return Page(items=[CasualtyOut.model_validate(one) for one in found], next_cursor=None)


@router.post("/{incident_id}/casualties", status_code=201, dependencies=[Once], responses=NEW)
async def add_casualty(
    incident_id: UUID, body: NewCasualty, response: Response, session: SessionDep, actor: ActorDep
) -> CasualtyOut:
    """Add one person involved. A survivor's file may point here."""
    casualty, is_new = await actions.add_casualty(session, actor, incident_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, CasualtyOut.model_validate(casualty))


@router.patch("/{incident_id}/casualties/{casualty_id}", dependencies=[Once], responses=CHANGE)
async def amend_casualty(
    incident_id: UUID,
    casualty_id: UUID,
    version: VersionDep,
    body: AmendCasualty,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> CasualtyOut:
    """Change what is known of a person involved: one who was injured may die of it later."""
    casualty = await actions.amend_casualty(session, actor, incident_id, casualty_id, version, body)
    return tagged(response, CasualtyOut.model_validate(casualty))


@router.get("/{incident_id}/sources", responses=GET)
async def list_sources(incident_id: UUID, session: SessionDep, actor: ActorDep) -> Page[SourceOut]:
    """What each source says of an accident; they may disagree, and one is followed."""
    grant = actor.grant(Permission.INCIDENT_READ)
    await queries.get(session, grant, incident_id)
    found = await queries.sources(session, grant, incident_id)
    return Page(items=[views.source_out(one) for one in found], next_cursor=None)


@router.post("/{incident_id}/sources", status_code=201, dependencies=[Once], responses=NEW)
async def add_source(
    incident_id: UUID, body: NewSource, response: Response, session: SessionDep, actor: ActorDep
) -> SourceOut:
    """Add what one more source says. It changes nothing until it is chosen."""
    source, is_new = await actions.add_source(session, actor, incident_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, views.source_out(source))


@router.post("/{incident_id}/sources/{source_id}/choose", dependencies=[Once], responses=CHANGE)
async def choose_source(
    incident_id: UUID,
    source_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> SourceOut:
    """Follow this source: the accident takes over what it says of day, district and device."""
    source = await actions.choose(session, actor, incident_id, source_id, version)
    return tagged(response, views.source_out(source))

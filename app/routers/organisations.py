"""Routes of the directory: /organisations, /teams, /facilities, /service-offers. It names no survivor."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.codelists.lists import recorded
from app.core.errors import Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.organisations import actions, finding, queries, rules
from app.organisations.finding import Need
from app.organisations.schemas import (
    AmendFacility,
    AmendOrganisation,
    AmendServiceOffer,
    AmendTeam,
    CloseDay,
    ClosedDayOut,
    FacilityOut,
    FoundOffers,
    NewFacility,
    NewOrganisation,
    NewServiceOffer,
    NewTeam,
    OrganisationOut,
    ServiceOfferOut,
    TeamOut,
)
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("directory")
LIST = problems(Forbidden)
GET = problems(Forbidden, NotFound)
EXISTS: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already, under the same id"}}
ADD = problems(Forbidden, Clash, KeyReused) | EXISTS
NOT_THERE = problems(Forbidden, NotFound, Clash, KeyReused)
AMEND = problems(Forbidden, NotFound, Clash, Stale, VersionMissing, KeyReused)
JSON = "application/json"

OrganisationKind = Annotated[str, recorded("organisation_kind")]
FacilityKind = Annotated[str, recorded("facility_kind")]
District = Annotated[str, recorded("district")]
Service = Annotated[str, recorded("service")]
Closed = Annotated[bool, Query(description="Also those that have closed")]
Withdrawn = Annotated[bool, Query(description="Also those no longer offered")]
Within = Annotated[UUID | None, Query()]


def _status(is_new: bool) -> int:
    """201 for a new entry; 200 when the same entry under this id was there already."""
    return 201 if is_new else 200


@router.get("/organisations", response_model=Page[OrganisationOut], responses=LIST)
async def list_organisations(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    kind: Annotated[OrganisationKind | None, Query()] = None,
    closed: Closed = False,
) -> Response:
    """Bodies that help, oldest entry first."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    return Response(await queries.organisations_json(session, grant, page, kind, closed), media_type=JSON)


@router.get("/organisations/{organisation_id}", responses=GET)
async def get_organisation(
    organisation_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> OrganisationOut:
    """One body, closed or not."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    return tagged(
        response, OrganisationOut.model_validate(await queries.organisation(session, grant, organisation_id))
    )


@router.post("/organisations", status_code=201, dependencies=[Once], responses=ADD)
async def add_organisation(
    body: NewOrganisation, response: Response, session: SessionDep, actor: ActorDep
) -> OrganisationOut:
    """Enter a body. The same again under the same id answers 200 with what exists."""
    record, is_new = await actions.add_organisation(session, actor, body)
    response.status_code = _status(is_new)
    return tagged(response, OrganisationOut.model_validate(record))


@router.patch("/organisations/{organisation_id}", dependencies=[Once], responses=AMEND)
async def amend_organisation(
    organisation_id: UUID,
    version: VersionDep,
    body: AmendOrganisation,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> OrganisationOut:
    """Change a body's entry, or close it."""
    record = await actions.amend_organisation(session, actor, organisation_id, version, body)
    return tagged(response, OrganisationOut.model_validate(record))


@router.get("/teams", response_model=Page[TeamOut], responses=LIST)
async def list_teams(
    page: PageDep, session: SessionDep, actor: ActorDep, organisation_id: Within = None
) -> Response:
    """Teams of caseworkers, oldest entry first."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    return Response(await queries.teams_json(session, grant, page, organisation_id), media_type=JSON)


@router.get("/teams/{team_id}", responses=GET)
async def get_team(team_id: UUID, response: Response, session: SessionDep, actor: ActorDep) -> TeamOut:
    """One team."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    return tagged(response, TeamOut.model_validate(await queries.team(session, grant, team_id)))


@router.post("/teams", status_code=201, dependencies=[Once], responses=ADD)
async def add_team(body: NewTeam, response: Response, session: SessionDep, actor: ActorDep) -> TeamOut:
    """Enter a team. The same again under the same id answers 200 with what exists."""
    record, is_new = await actions.add_team(session, actor, body)
    response.status_code = _status(is_new)
    return tagged(response, TeamOut.model_validate(record))


@router.patch("/teams/{team_id}", dependencies=[Once], responses=AMEND)
async def amend_team(
    team_id: UUID,
    version: VersionDep,
    body: AmendTeam,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> TeamOut:
    """Change a team's name."""
    record = await actions.amend_team(session, actor, team_id, version, body)
    return tagged(response, TeamOut.model_validate(record))


@router.get("/facilities", response_model=Page[FacilityOut], responses=LIST)
async def list_facilities(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    district: Annotated[District | None, Query()] = None,
    service: Annotated[Service | None, Query(description="Only those that offer it today")] = None,
    kind: Annotated[FacilityKind | None, Query()] = None,
    organisation_id: Within = None,
    closed: Closed = False,
) -> Response:
    """Places of service, oldest entry first."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    only = {"district": district, "service": service, "kind": kind, "organisation": organisation_id}
    return Response(await queries.facilities_json(session, grant, page, closed, **only), media_type=JSON)


@router.get("/facilities/{facility_id}", responses=GET)
async def get_facility(
    facility_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> FacilityOut:
    """One place of service, closed or not."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    return tagged(response, FacilityOut.model_validate(await queries.facility(session, grant, facility_id)))


@router.post("/facilities", status_code=201, dependencies=[Once], responses=ADD)
async def add_facility(
    body: NewFacility, response: Response, session: SessionDep, actor: ActorDep
) -> FacilityOut:
    """Enter a place of service. The same again under the same id answers 200 with what exists."""
    record, is_new = await actions.add_facility(session, actor, body)
    response.status_code = _status(is_new)
    return tagged(response, FacilityOut.model_validate(record))


@router.patch("/facilities/{facility_id}", dependencies=[Once], responses=AMEND)
async def amend_facility(
    facility_id: UUID,
    version: VersionDep,
    body: AmendFacility,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> FacilityOut:
    """Change a place's entry, or close it."""
    record = await actions.amend_facility(session, actor, facility_id, version, body)
    return tagged(response, FacilityOut.model_validate(record))


@router.get("/facilities/{facility_id}/closed-days", response_model=Page[ClosedDayOut], responses=GET)
async def list_closed_days(
    facility_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep
) -> Response:
    """Days on which a facility is closed beside its days of rest: the clock of a normal referral stops."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    await queries.facility(session, grant, facility_id)
    return Response(await queries.closed_days_json(session, grant, page, facility_id), media_type=JSON)


@router.post(
    "/facilities/{facility_id}/closed-days",
    status_code=201,
    dependencies=[Once],
    responses=NOT_THERE | EXISTS,
)
async def add_closed_day(
    facility_id: UUID, body: CloseDay, response: Response, session: SessionDep, actor: ActorDep
) -> ClosedDayOut:
    """Say that a facility is closed on a day: its own people, or keepers of the directory."""
    record, is_new = await actions.close_day(session, actor, facility_id, body)
    response.status_code = _status(is_new)
    return tagged(response, ClosedDayOut.model_validate(record))


@router.delete(
    "/facilities/{facility_id}/closed-days/{closed_day_id}",
    status_code=204,
    dependencies=[Once],
    responses=AMEND,
)
async def remove_closed_day(
    facility_id: UUID, closed_day_id: UUID, version: VersionDep, session: SessionDep, actor: ActorDep
) -> Response:
    """Take a closed day back."""
    await actions.open_day(session, actor, facility_id, closed_day_id, version)
    return Response(status_code=204)


@router.get("/service-offers", response_model=Page[ServiceOfferOut], responses=LIST)
async def list_service_offers(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    facility_id: Within = None,
    service: Annotated[Service | None, Query()] = None,
    withdrawn: Withdrawn = False,
) -> Response:
    """Services on offer, oldest entry first."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    only = {"facility": facility_id, "service": service}
    return Response(await queries.offers_json(session, grant, page, withdrawn, **only), media_type=JSON)


@router.get("/service-offers/search", responses=LIST)
async def search_service_offers(
    session: SessionDep,
    actor: ActorDep,
    service: Annotated[Service, Query()],
    district: Annotated[District | None, Query(description="Where the person lives")] = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False)] = None,
    longitude: Annotated[float | None, Query(ge=-180, le=180, allow_inf_nan=False)] = None,
    within_km: Annotated[float | None, Query(ge=0, le=20_100, allow_inf_nan=False)] = None,
    free: Annotated[bool, Query(description="Not where this month is known to be full")] = False,
    sort: Annotated[Literal["distance", "wait"], Query()] = "distance",
) -> FoundOffers:
    """Who offers a service and takes referrals: by district, distance, waiting time and free places.

    For those who refer. How many wait is a true count of people, so nobody else is shown it.
    """
    grant = actor.grant(Permission.REFERRAL_SEND)
    place = rules.place(latitude, longitude, needed=within_km is not None)
    need = Need(service, district, place, within_km, free, sort == "wait")
    return FoundOffers(items=await finding.found(session, grant, need))


@router.get("/service-offers/{offer_id}", responses=GET)
async def get_service_offer(
    offer_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> ServiceOfferOut:
    """One service of one place, on offer or withdrawn."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    return tagged(response, ServiceOfferOut.model_validate(await queries.offer(session, grant, offer_id)))


@router.post("/service-offers", status_code=201, dependencies=[Once], responses=ADD)
async def add_service_offer(
    body: NewServiceOffer, response: Response, session: SessionDep, actor: ActorDep
) -> ServiceOfferOut:
    """Offer a service: a facility's own people for it, keepers of the directory for every one."""
    record, is_new = await actions.add_offer(session, actor, body)
    response.status_code = _status(is_new)
    return tagged(response, ServiceOfferOut.model_validate(record))


@router.patch("/service-offers/{offer_id}", dependencies=[Once], responses=AMEND)
async def amend_service_offer(
    offer_id: UUID,
    version: VersionDep,
    body: AmendServiceOffer,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ServiceOfferOut:
    """Change what is said about a service on offer, or withdraw it."""
    record = await actions.amend_offer(session, actor, offer_id, version, body)
    return tagged(response, ServiceOfferOut.model_validate(record))

"""Routes of competitions: editions, divisions and teams, matches and their results, tables."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.codelists.lists import recorded
from app.competitions import actions, playing, queries, views
from app.competitions import calendar as shown
from app.competitions.errors import (
    AlreadyDrawn,
    FewTeams,
    MatchNotPlayed,
    MatchPlayed,
    NextMatchPlayed,
    OutsideDivision,
    ProtestDecided,
)
from app.competitions.schemas import (
    AmendEdition,
    AmendEntry,
    CancelFixture,
    CompetitionOut,
    CompetitionRow,
    ContenderOut,
    DecideProtest,
    DivisionOut,
    DivisionWithEntries,
    DrawFixtures,
    EditionOut,
    EditionWithDivisions,
    FixtureOut,
    FixturesOut,
    GiveResult,
    MoveFixture,
    NewCompetition,
    NewContender,
    NewDivision,
    NewEdition,
    NewEntry,
    NewFixture,
    NewProtest,
    ProtestOut,
    ProtestsOut,
    StandingsOut,
)
from app.core.config import settings
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.participants import sheets
from app.programmes import calendar
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("competitions")
COMPETITION, EDITION = "/competitions/{competition_id}", "/editions/{edition_id}"
DIVISION, FIXTURE = "/divisions/{division_id}", "/fixtures/{fixture_id}"
GET = problems(Forbidden, NotFound)
NEW = (Forbidden, NotFound, Clash, KeyReused, Busy)
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, Clash, KeyReused, Busy)
JSON = "application/json"


@router.post("/competitions", status_code=201, dependencies=[Once], responses=problems(*NEW) | EXISTS)
async def found_competition(
    body: NewCompetition, response: Response, session: SessionDep, actor: ActorDep
) -> CompetitionOut:
    """Begin a competition that the facility keeps, its own or one that others hold."""
    competition, is_new = await actions.found(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await views.whole(session, competition))


@router.get("/competitions", response_model=Page[CompetitionRow], responses=problems(Forbidden))
async def list_competitions(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    sport: Annotated[Annotated[str, recorded("sport")] | None, Query()] = None,
    facility_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Competitions, oldest first."""
    grant, only = actor.grant(Permission.PROGRAMME_READ), {"sport_code": sport, "facility_id": facility_id}
    return Response(await queries.page_json(session, grant, page, **only), media_type=JSON)


@router.get(COMPETITION, responses=GET)
async def get_competition(
    competition_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> CompetitionOut:
    """One competition with its teams and editions."""
    grant = actor.grant(Permission.PROGRAMME_READ)
    found = await queries.competition(session, grant, competition_id)
    return tagged(response, await views.whole(session, found))


@router.post(
    f"{COMPETITION}/contenders", status_code=201, dependencies=[Once], responses=problems(*NEW) | EXISTS
)
async def add_contender(
    competition_id: UUID, body: NewContender, response: Response, session: SessionDep, actor: ActorDep
) -> ContenderOut:
    """Name a team that takes part, one's own or another's."""
    contender, is_new = await actions.add_contender(session, actor, competition_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ContenderOut.model_validate(contender))


@router.post(
    f"{COMPETITION}/editions", status_code=201, dependencies=[Once], responses=problems(*NEW) | EXISTS
)
async def add_edition(
    competition_id: UUID, body: NewEdition, response: Response, session: SessionDep, actor: ActorDep
) -> EditionOut:
    """Begin an edition: its points, its tie-breaks in order, who moves up and down."""
    edition, is_new = await actions.add_edition(session, actor, competition_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, EditionOut.model_validate(edition))


@router.get(EDITION, responses=GET)
async def get_edition(
    edition_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> EditionWithDivisions:
    """One edition with its divisions, the highest first."""
    edition = await queries.edition(session, actor.grant(Permission.PROGRAMME_READ), edition_id)
    return tagged(response, EditionWithDivisions.of(edition, await queries.divisions(session, edition)))


@router.patch(EDITION, dependencies=[Once], responses=problems(*CHANGE))
async def amend_edition(
    edition_id: UUID,
    version: VersionDep,
    body: AmendEdition,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> EditionOut:
    """Change what an edition says; its tables are worked out anew."""
    edition = await actions.amend_edition(session, actor, edition_id, version, body)
    return tagged(response, EditionOut.model_validate(edition))


@router.post(f"{EDITION}/divisions", status_code=201, dependencies=[Once], responses=problems(*NEW) | EXISTS)
async def add_division(
    edition_id: UUID, body: NewDivision, response: Response, session: SessionDep, actor: ActorDep
) -> DivisionOut:
    """Make a division, within the days of its edition."""
    division, is_new = await actions.add_division(session, actor, edition_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, DivisionOut.model_validate(division))


@router.get(DIVISION, responses=GET)
async def get_division(
    division_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> DivisionWithEntries:
    """One division with its teams."""
    grant = actor.grant(Permission.PROGRAMME_READ)
    division = await queries.division(session, grant, division_id)
    return tagged(response, await views.with_entries(session, division))


@router.post(f"{DIVISION}/entries", status_code=201, dependencies=[Once], responses=problems(*NEW) | EXISTS)
async def add_entry(
    division_id: UUID, body: NewEntry, response: Response, session: SessionDep, actor: ActorDep
) -> DivisionWithEntries:
    """Put a team into a division."""
    _, is_new = await actions.add_entry(session, actor, division_id, body)
    response.status_code = 201 if is_new else 200
    grant = actor.grant(Permission.PROGRAMME_READ)
    division = await queries.division(session, grant, division_id)
    return tagged(response, await views.with_entries(session, division))


@router.patch("/entries/{entry_id}", dependencies=[Once], responses=problems(*CHANGE))
async def amend_entry(
    entry_id: UUID,
    version: VersionDep,
    body: AmendEntry,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> DivisionWithEntries:
    """Change a team's seed or lot, or what others say of how it ended; what is not sent stays."""
    entry = await actions.amend_entry(session, actor, entry_id, version, body)
    grant = actor.grant(Permission.PROGRAMME_READ)
    division = await queries.division(session, grant, entry.division_id)
    return tagged(response, await views.with_entries(session, division))


@router.post(
    f"{DIVISION}/fixtures",
    status_code=201,
    dependencies=[Once],
    responses=problems(*NEW, OutsideDivision) | EXISTS,
)
async def add_fixture(
    division_id: UUID, body: NewFixture, response: Response, session: SessionDep, actor: ActorDep
) -> FixtureOut:
    """Set one match of the league."""
    fixture, is_new = await playing.add_fixture(session, actor, division_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, FixtureOut.model_validate(fixture))


@router.post(
    f"{DIVISION}/draw",
    status_code=201,
    dependencies=[Once],
    responses=problems(*NEW, AlreadyDrawn, FewTeams, OutsideDivision),
)
async def draw_fixtures(
    division_id: UUID, body: DrawFixtures, session: SessionDep, actor: ActorDep
) -> FixturesOut:
    """Draw a whole stage once: each pair of a league, or a bracket by seeds, with days of rest."""
    drawn = await playing.draw(session, actor, division_id, body)
    return FixturesOut(items=[FixtureOut.model_validate(one) for one in drawn])


@router.get(f"{DIVISION}/fixtures", response_model=Page[FixtureOut], responses=GET)
async def list_fixtures(division_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    """The matches of a division, in the order in which they were set."""
    division = await queries.division(session, actor.grant(Permission.PROGRAMME_READ), division_id)
    return Response(await queries.fixtures_json(session, division, page), media_type=JSON)


@router.get(
    f"{DIVISION}/fixtures.ics",
    response_class=Response,
    responses=GET | {200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
async def download_fixtures(division_id: UUID, session: SessionDep, actor: ActorDep) -> Response:
    """The matches of a division whose moment is known, as a calendar (RFC 5545)."""
    division = await queries.division(session, actor.grant(Permission.PROGRAMME_READ), division_id)
    events = [shown.event(match) for match in await queries.of_division(session, division)]
    return Response(calendar.of(division.name, events), media_type="text/calendar")


@router.get(
    f"{DIVISION}/fixtures.html",
    response_class=Response,
    responses=GET | {200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def print_fixtures(division_id: UUID, session: SessionDep, actor: ActorDep) -> Response:
    """The matches of a division whose moment is known, as a page to print."""
    division = await queries.division(session, actor.grant(Permission.PROGRAMME_READ), division_id)
    matches = await queries.of_division(session, division)
    return Response(shown.page(division.name, matches, settings().time_zone), media_type="text/html")


@router.get(f"{DIVISION}/standings", responses=GET)
async def get_standings(division_id: UUID, session: SessionDep, actor: ActorDep) -> StandingsOut:
    """The table of a division: points, then the tie-breaks of its edition in their order."""
    grant = actor.grant(Permission.PROGRAMME_READ)
    return await views.table(session, grant, await queries.division(session, grant, division_id))


@router.get(FIXTURE, responses=GET)
async def get_fixture(
    fixture_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> FixtureOut:
    """One match."""
    fixture = await queries.fixture(session, actor.grant(Permission.PROGRAMME_READ), fixture_id)
    return tagged(response, FixtureOut.model_validate(fixture))


@router.patch(FIXTURE, dependencies=[Once], responses=problems(*CHANGE, MatchPlayed, OutsideDivision))
async def move_fixture(
    fixture_id: UUID,
    version: VersionDep,
    body: MoveFixture,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> FixtureOut:
    """Give a match another moment or place."""
    fixture = await playing.move_fixture(session, actor, fixture_id, version, body)
    return tagged(response, FixtureOut.model_validate(fixture))


@router.post(f"{FIXTURE}/cancel", dependencies=[Once], responses=problems(*CHANGE, MatchPlayed))
async def cancel_fixture(
    fixture_id: UUID,
    version: VersionDep,
    body: CancelFixture,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> FixtureOut:
    """Say that a match is not played, and why."""
    fixture = await playing.cancel_fixture(session, actor, fixture_id, version, body)
    return tagged(response, FixtureOut.model_validate(fixture))


@router.put(
    f"{FIXTURE}/result", dependencies=[Once], responses=problems(*CHANGE, MatchNotPlayed, NextMatchPlayed)
)
async def give_result(
    fixture_id: UUID,
    version: VersionDep,
    body: GiveResult,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> FixtureOut:
    """Say how a match ended; it takes the place of an earlier result. In a knock-out the winner goes on."""
    fixture = await playing.give_result(session, actor, fixture_id, version, body)
    await sheets.competed(session, actor, fixture_id)
    return tagged(response, FixtureOut.model_validate(fixture))


@router.get(f"{FIXTURE}/protests", responses=GET)
async def list_protests(fixture_id: UUID, session: SessionDep, actor: ActorDep) -> ProtestsOut:
    """The protests against a result, oldest first."""
    fixture = await queries.fixture(session, actor.grant(Permission.PROGRAMME_READ), fixture_id)
    every = await queries.protests(session, fixture)
    return ProtestsOut(items=[ProtestOut.model_validate(one) for one in every])


@router.post(
    f"{FIXTURE}/protests",
    status_code=201,
    dependencies=[Once],
    responses=problems(*NEW, MatchNotPlayed) | EXISTS,
)
async def add_protest(
    fixture_id: UUID, body: NewProtest, response: Response, session: SessionDep, actor: ActorDep
) -> ProtestOut:
    """Keep a side's protest against a result."""
    protest, is_new = await playing.protest(session, actor, fixture_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ProtestOut.model_validate(protest))


@router.post(
    "/protests/{protest_id}/decide",
    dependencies=[Once],
    responses=problems(*CHANGE, ProtestDecided, NextMatchPlayed),
)
async def decide_protest(
    protest_id: UUID,
    version: VersionDep,
    body: DecideProtest,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ProtestOut:
    """Decide a protest: the result stands, is awarded to a side, or the match is played again."""
    protest = await playing.decide_protest(session, actor, protest_id, version, body)
    return tagged(response, ProtestOut.model_validate(protest))

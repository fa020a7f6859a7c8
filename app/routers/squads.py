"""Routes of squads: who is called up for a competition or a camp, and what they answer."""

from uuid import UUID

from fastapi import Response

from app.access.table import Permission
from app.core.errors import Busy, Clash, Forbidden, IllegalMove, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.participants.errors import ClassLimit
from app.programmes import queries as programmes
from app.programmes.errors import ProgrammeClosed
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS
from app.squads import actions, queries
from app.squads.errors import AlreadyCalled, SquadFull, SquadOver
from app.squads.schemas import (
    CalledTo,
    CalledToOut,
    CallUpOut,
    DeclineCallUp,
    NewCallUp,
    NewSquad,
    SquadOut,
    SquadRow,
)

router = Room("squads")
SQUAD, CALL, OF = "/squads/{squad_id}", "/call-ups/{call_up_id}", "/programmes/{programme_id}/squads"
GET = problems(Forbidden, NotFound)
NEW = (Forbidden, NotFound, Clash, KeyReused, Busy)
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
FULL = (AlreadyCalled, SquadFull, SquadOver, ClassLimit)


@router.post(OF, status_code=201, dependencies=[Once], responses=problems(*NEW, ProgrammeClosed) | EXISTS)
async def form_squad(
    programme_id: UUID, body: NewSquad, response: Response, session: SessionDep, actor: ActorDep
) -> SquadRow:
    """Begin a squad of a sport programme, for a competition or a camp."""
    squad, is_new = await actions.form(session, actor, programme_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, SquadRow.model_validate(squad))


@router.get(OF, response_model=Page[SquadRow], responses=GET)
async def list_squads(programme_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    """The squads of a programme, in order of entry. Nobody is named here."""
    programme = await programmes.get(session, actor.grant(Permission.PROGRAMME_READ), programme_id)
    return Response(await queries.page_json(session, programme, page), media_type="application/json")


@router.get(SQUAD, responses=GET)
async def get_squad(squad_id: UUID, response: Response, session: SessionDep, actor: ActorDep) -> SquadOut:
    """A squad and who was called up: to its organiser all, to a caseworker the own files."""
    return tagged(response, await actions.read(session, actor, squad_id))


@router.post(f"{SQUAD}/cancel", dependencies=[Once], responses=problems(*CHANGE, SquadOver))
async def cancel_squad(
    squad_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> SquadRow:
    """Say that a squad does not go; it calls nobody any more."""
    return tagged(response, SquadRow.model_validate(await actions.cancel(session, actor, squad_id, version)))


@router.post(
    f"{SQUAD}/call-ups", status_code=201, dependencies=[Once], responses=problems(*NEW, *FULL) | EXISTS
)
async def call_up(
    squad_id: UUID, body: NewCallUp, response: Response, session: SessionDep, actor: ActorDep
) -> CallUpOut:
    """Call somebody up who is enrolled, eligible for the position, cleared and not hurt on the first day."""
    called, is_new = await actions.call(session, actor, squad_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, CallUpOut.of(called))


@router.post(f"{CALL}/accept", dependencies=[Once], responses=problems(*CHANGE, IllegalMove))
async def accept_call_up(
    call_up_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> CallUpOut:
    """The person comes: said by the caseworker or the organiser."""
    return tagged(response, CallUpOut.of(await actions.accept(session, actor, call_up_id, version)))


@router.post(f"{CALL}/decline", dependencies=[Once], responses=problems(*CHANGE, IllegalMove))
async def decline_call_up(
    call_up_id: UUID,
    version: VersionDep,
    body: DeclineCallUp,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> CallUpOut:
    """The person does not come, also after having said yes."""
    return tagged(response, CallUpOut.of(await actions.decline(session, actor, call_up_id, version, body)))


@router.post(
    f"{CALL}/replace",
    status_code=201,
    dependencies=[Once],
    responses=problems(*CHANGE, Clash, IllegalMove, *FULL) | EXISTS,
)
async def replace_call_up(
    call_up_id: UUID,
    version: VersionDep,
    body: NewCallUp,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> CallUpOut:
    """Call somebody else up instead: both, or neither. The answer is the new call-up."""
    called, is_new = await actions.replace(session, actor, call_up_id, version, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, CallUpOut.of(called))


@router.get("/cases/{case_id}/call-ups", responses=GET)
async def list_call_ups_of_case(case_id: UUID, session: SessionDep, actor: ActorDep) -> CalledToOut:
    """What somebody was called up to, for who works on the case."""
    found = await actions.read_of_case(session, actor, case_id)
    return CalledToOut(items=[CalledTo.of(*each) for each in found])

"""Routes under /survivors: the people helped, their document and telephone numbers."""

from collections.abc import Awaitable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel

from app.access.actor import Actor
from app.access.table import Permission
from app.codelists.lists import recorded
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.incidents import queries as incidents
from app.routers._deps import ActorDep, PageDep, SessionDep, ShortDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import answer, problems
from app.routers._rooms import Room
from app.routers._warnings import told
from app.survivors import actions, queries, views
from app.survivors.actions import IDENTIFIERS, PHONES
from app.survivors.errors import CasualtyTaken, ConsentNeeded, PossibleDuplicate
from app.survivors.schemas import (
    AddIdentifier,
    Amend,
    AmendPhone,
    Found,
    IdentifierOut,
    NewPhone,
    PhoneOut,
    Register,
    Search,
    SurvivorOut,
    SurvivorRow,
)

router = Room("survivors", prefix="/survivors")
GET = problems(Forbidden, NotFound)
JSON = "application/json"
NEW = (Forbidden, NotFound, Clash, KeyReused, Busy)
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
EXISTS: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already, under the same id"}}

District = Annotated[str, recorded("district")]
Category = Annotated[str, recorded("victim_category")]
Sex = Annotated[str, recorded("sex")]


@router.post(
    "",
    status_code=201,
    response_model=SurvivorOut,
    dependencies=[Once],
    responses=problems(*NEW, PossibleDuplicate, CasualtyTaken) | EXISTS,
)
async def register_survivor(
    body: Register, request: Request, response: Response, session: SessionDep, actor: ActorDep
) -> SurvivorOut | Response:
    """Register a person: with the consent to it, or to save a life, and then only the least.

    Who may be known already is answered as `possible-duplicate`, unless `confirm_new` says that you looked.
    """
    await _check_casualty(session, actor, body.casualty_id)
    try:
        survivor, is_new = await actions.register(session, actor, body)
    except PossibleDuplicate as found:
        return answer(request, found.document())  # not raised: what it told must stay in the audit trail
    response.status_code = 201 if is_new else 200
    out = views.survivor_out(await queries.box(session, survivor.id), survivor)
    return tagged(response, told(actor, out, views.warnings_of(body)))


async def _check_casualty(session: SessionDep, actor: Actor, casualty_id: UUID | None) -> None:
    """Stop when a file is to point to a casualty that is not there."""
    if casualty_id is not None:
        await incidents.casualty(session, actor.grant(Permission.INCIDENT_READ), casualty_id)


@router.post("/search", response_model=Found, responses=problems(Forbidden))
async def search_survivors(body: Search, short: ShortDep) -> Response:
    """Look for a person by name in any spelling, document number, telephone or case code.

    Of people outside your reach you learn only which organisation to ask.
    """
    found = await actions.search(short.hot, short.actor, body)
    return Response(found.model_dump_json(), media_type=JSON)


@router.get("", responses=problems(Forbidden))
async def list_survivors(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    district: Annotated[District | None, Query(description="Where the person lives")] = None,
    category: Annotated[Category | None, Query()] = None,
    sex: Annotated[Sex | None, Query()] = None,
) -> Page[SurvivorRow]:
    """The people you are responsible for, in the order of registration."""
    only = {"district_code": district, "category_code": category, "sex_code": sex}
    return await actions.read_page(session, actor, page, only)


@router.get("/{survivor_id}", responses=GET)
async def get_survivor(
    survivor_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> SurvivorOut:
    """One person's record. That you read it is kept in the audit trail."""
    return tagged(response, await actions.read(session, actor, survivor_id))


@router.patch(
    "/{survivor_id}",
    response_model=SurvivorOut,
    dependencies=[Once],
    responses=problems(*CHANGE, Clash, ConsentNeeded, CasualtyTaken),
)
async def amend_survivor(
    survivor_id: UUID,
    version: VersionDep,
    body: Amend,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> SurvivorOut | Response:
    """Change what is known of a person: what is not sent stays, null says that it is not known."""
    await _check_casualty(session, actor, body.casualty_id)
    try:
        survivor = await actions.amend(session, actor, survivor_id, version, body)
    except Stale:
        return await stale(request, actions.read(session, actor, survivor_id))
    return tagged(response, views.survivor_out(await queries.box(session, survivor_id), survivor))


async def stale(request: Request, reading: Awaitable[BaseModel]) -> Response:
    """The refusal of an old version with the record as it is now; that it was shown stays in the trail."""
    current = (await reading).model_dump(mode="json")
    return answer(request, Stale(current=current).document())


@router.get("/{survivor_id}/identifiers", responses=GET)
async def list_identifiers(survivor_id: UUID, session: SessionDep, actor: ActorDep) -> Page[IdentifierOut]:
    """A person's document numbers, in the order of entry."""
    found = await actions.read_all(session, actor, IDENTIFIERS, survivor_id)
    return Page(items=[told(actor, one, one.warnings) for one in found], next_cursor=None)


@router.post(
    "/{survivor_id}/identifiers",
    status_code=201,
    response_model=IdentifierOut,
    dependencies=[Once],
    responses=problems(*NEW, PossibleDuplicate, ConsentNeeded) | EXISTS,
)
async def add_identifier(
    survivor_id: UUID,
    body: AddIdentifier,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> IdentifierOut | Response:
    """Add a document number. What looks mistyped is kept, with a warning."""
    try:
        added, is_new = await actions.add_identifier(session, actor, survivor_id, body)
    except PossibleDuplicate as found:
        return answer(request, found.document())
    response.status_code = 201 if is_new else 200
    return tagged(response, told(actor, added, added.warnings))


@router.delete(
    "/{survivor_id}/identifiers/{identifier_id}",
    status_code=204,
    dependencies=[Once],
    responses=problems(*CHANGE),
)
async def remove_identifier(
    survivor_id: UUID, identifier_id: UUID, version: VersionDep, session: SessionDep, actor: ActorDep
) -> Response:
    """Take a document number off a person's file."""
    await actions.remove(session, actor, IDENTIFIERS, survivor_id, identifier_id, version)
    return Response(status_code=204)


@router.get("/{survivor_id}/phones", responses=GET)
async def list_phones(survivor_id: UUID, session: SessionDep, actor: ActorDep) -> Page[PhoneOut]:
    """A person's telephone numbers, in the order of entry."""
    return Page(items=await actions.read_all(session, actor, PHONES, survivor_id), next_cursor=None)


@router.post(
    "/{survivor_id}/phones",
    status_code=201,
    dependencies=[Once],
    responses=problems(*NEW, ConsentNeeded) | EXISTS,
)
async def add_phone(
    survivor_id: UUID, body: NewPhone, response: Response, session: SessionDep, actor: ActorDep
) -> PhoneOut:
    """Add a telephone number: whose it is, and whether it is safe to call."""
    added, is_new = await actions.add_phone(session, actor, survivor_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, added)


@router.patch(
    "/{survivor_id}/phones/{phone_id}",
    response_model=PhoneOut,
    dependencies=[Once],
    responses=problems(*CHANGE),
)
async def amend_phone(
    survivor_id: UUID,
    phone_id: UUID,
    version: VersionDep,
    body: AmendPhone,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> PhoneOut | Response:
    """Change whose number it is, or whether it is safe to call."""
    try:
        changed = await actions.amend_phone(session, actor, survivor_id, phone_id, version, body)
    except Stale:
        return await stale(request, actions.read_phone(session, actor, survivor_id, phone_id))
    return tagged(response, changed)


@router.delete(
    "/{survivor_id}/phones/{phone_id}", status_code=204, dependencies=[Once], responses=problems(*CHANGE)
)
async def remove_phone(
    survivor_id: UUID, phone_id: UUID, version: VersionDep, session: SessionDep, actor: ActorDep
) -> Response:
    """Take a telephone number off a person's file."""
    await actions.remove(session, actor, PHONES, survivor_id, phone_id, version)
    return Response(status_code=204)

"""Routes of printed pages: PDF, in the language that is asked for. Nothing is kept of them."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic.json_schema import SkipJsonSchema
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.cases.errors import ConsentMissing
from app.codelists.lists import LANGUAGES, Language
from app.core.db import unit_of_work
from app.core.errors import Forbidden, NotFound
from app.printing import actions, letters, matches, press
from app.printing.sheets import Sheet
from app.printing.words import Words
from app.referrals.errors import NotLive
from app.routers._deps import CallerDep, acting
from app.routers._problems import Described, problems
from app.routers._rooms import Room

router = Room("printed pages")
Draw = Callable[[AsyncSession, Actor, Words, UUID], Awaitable[Sheet]]
PDF = "application/pdf"
PAGE: Described = {
    200: {"description": "A page", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}
GET = problems(Forbidden, NotFound) | PAGE
LanguageQuery = Annotated[
    Language | SkipJsonSchema[None],
    Query(description="In which language; by default that of the request, or the caller's own"),
]


async def _print(
    request: Request, caller: CallerDep, draw: Draw, about: UUID, language: Language | None
) -> Response:
    """Read in one transaction, that says who reads; print after it, when nobody waits for the connection."""
    async with unit_of_work(request.app.state.database, caller) as session:
        await session.connection()
        actor = acting(session.info["signed"])
        own: Language = next((each for each in LANGUAGES if each == actor.language), "en")
        sheet = await draw(session, actor, Words(language or own), about)
    headers = {
        "Content-Disposition": 'inline; filename="dayaq.pdf"',
        "Content-Language": sheet.words.language,
    }
    return Response(await press.printed(sheet), media_type=PDF, headers=headers)


@router.get("/cases/{case_id}/summary.pdf", responses=GET, response_class=Response)
async def print_case_summary(
    request: Request, caller: CallerDep, case_id: UUID, language: LanguageQuery = None
) -> Response:
    """A case on paper: the person, consents, care, milestones, what is due. Nothing of the compartment."""
    return await _print(request, caller, actions.summary, case_id, language)


@router.get(
    "/referrals/{referral_id}/letter.pdf",
    responses=problems(Forbidden, NotFound, NotLive, ConsentMissing) | PAGE,
    response_class=Response,
)
async def print_referral_letter(
    request: Request, caller: CallerDep, referral_id: UUID, language: LanguageQuery = None
) -> Response:
    """A live referral as a letter: what it shares; to a place without accounts, without assessments."""
    return await _print(request, caller, letters.letter, referral_id, language)


@router.get("/survivors/{survivor_id}/statement.pdf", responses=GET, response_class=Response)
async def print_survivor_statement(
    request: Request, caller: CallerDep, survivor_id: UUID, language: LanguageQuery = None
) -> Response:
    """For the person: what is held about them, what they agreed to, with whom it was shared, who read it."""
    return await _print(request, caller, actions.statement, survivor_id, language)


@router.get("/survivors/{survivor_id}/readers.pdf", responses=GET, response_class=Response)
async def print_survivor_readers(
    request: Request, caller: CallerDep, survivor_id: UUID, language: LanguageQuery = None
) -> Response:
    """Who read a person's file, in which role, how often, when last: an answer to "who saw it?"."""
    return await _print(request, caller, actions.readers, survivor_id, language)


@router.get("/divisions/{division_id}/fixtures.pdf", responses=GET, response_class=Response)
async def print_division(
    request: Request, caller: CallerDep, division_id: UUID, language: LanguageQuery = None
) -> Response:
    """The matches of a division and its table. Teams, and nobody's name."""
    return await _print(request, caller, matches.matches, division_id, language)

"""The route of the bulletin: a year in figures, printed from releases and quoted totals alone."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.codelists.lists import LANGUAGES, Language
from app.core.errors import Forbidden
from app.printing import press
from app.routers._deps import acting
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.printing import PAGE, PDF, LanguageQuery
from app.routers.reports import known
from app.routers.statistics import KEEP, ApartDep
from app.statistics import bulletin, queries
from app.statistics.cube import Cube
from app.statistics.errors import NothingReleased

router = Room("statistics", prefix="/statistics")
Year = Annotated[int, Query(ge=1900, le=2999, description="The year that is told")]


@router.get("/bulletin.pdf", responses=problems(Forbidden, NothingReleased) | PAGE, response_class=Response)
async def print_bulletin(year: Year, apart: ApartDep, language: LanguageQuery = None) -> Response:
    """A year on paper: figures with their margin, pictures, what the agency published, how to read it.

    In Azerbaijani, English or Russian, with the page for a statistician. The same releases in the same
    language are the same bytes.
    """
    async with apart() as session:  # which is over before anything is printed
        actor = acting(session.info["signed"])
        own: Language = next((each for each in LANGUAGES if each == actor.language), "en")
        spoken = language or own
        edition = await _edition(session, replace(actor, language=spoken), year)
    headers = KEEP | {
        "Content-Disposition": f'inline; filename="bulletin-{year}-{spoken}.pdf"',
        "Content-Language": spoken,
    }
    pdf = await press.printed(bulletin.sheet(edition, spoken), edition.at)
    return Response(pdf, media_type=PDF, headers=headers)


async def _edition(session: AsyncSession, actor: Actor, year: int) -> bulletin.Edition:
    """All that is released of a year; NothingReleased where that is nothing."""
    found = await known(session, actor, year, "release.bulletin")
    quarters = await queries.quarters(session, actor.grant(Permission.STATISTICS_QUERY), year)
    audit.record(session, actor, "release.bulletin", [UUID(one.released.release_id) for one in quarters])
    if not (found.care or quarters or _tells(found.cube, year)):
        raise NothingReleased
    return bulletin.Edition(
        found,
        [quarter.released for quarter in quarters],
        [*(bulletin.Source(*each) for each in (*found.releases, *quarters))],
    )


def _tells(cube: Cube | None, year: int) -> bool:
    """Whether registrations of this very year are told apart, or are the last that were released."""
    return cube is not None and (cube.tells(year) or cube.last_day.year == year)

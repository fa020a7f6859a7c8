"""A competition as it is shown; the table of a division, worked out at each reading from its results."""

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.competitions import queries, rules, standings
from app.competitions.models import Competition, Division, Edition
from app.competitions.schemas import CompetitionOut, DivisionWithEntries, StandingOut, StandingsOut


async def table(session: AsyncSession, grant: Grant, division: Division) -> StandingsOut:
    """Everybody's place; who moves only once every match of the league has a result."""
    edition = await queries.get(session, grant, Edition, division.edition_id)
    named = {each.entry.id: each for each in await queries.entries(session, division.id)}
    fixtures = await queries.fixtures(session, division)
    lots = {entry_id: each.entry.lot for entry_id, each in named.items()}
    places = standings.table(list(named), rules.counted(fixtures), rules.scoring(edition), lots)
    without_result = rules.without_result(list(named), fixtures)
    up = edition.promoted if division.level > 1 else 0
    down = edition.relegated if division.level < await queries.lowest(session, division) else 0
    complete = bool(places) and without_result == 0
    return StandingsOut(
        division_id=division.id,
        complete=complete,
        without_result=without_result,
        rows=[
            StandingOut.of(
                place,
                named[place.team],
                standings.movement(place, len(places), up, down) if complete else None,
            )
            for place in places
        ],
    )


async def whole(session: AsyncSession, competition: Competition) -> CompetitionOut:
    """A competition with its teams and editions."""
    contenders = await queries.contenders(session, competition)
    return CompetitionOut.of(competition, contenders, await queries.editions(session, competition))


async def with_entries(session: AsyncSession, division: Division) -> DivisionWithEntries:
    """A division with its teams."""
    return DivisionWithEntries.of(division, await queries.entries(session, division.id))

"""The matches of a division and its table on paper. Teams, and nobody's name."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.competitions import queries, views
from app.competitions.queries import Match
from app.competitions.schemas import StandingsOut
from app.core.config import settings
from app.printing.sheets import Sheet
from app.printing.words import Words


async def matches(session: AsyncSession, actor: Actor, words: Words, division_id: UUID) -> Sheet:
    """Every match with its moment and result as far as they are known, and the table."""
    grant = actor.grant(Permission.PROGRAMME_READ)
    division = await queries.division(session, grant, division_id)
    found = await queries.of_division(session, division)
    head = found[0].competition if found else ""
    sheet = Sheet(
        words, title=words("fixtures"), subtitle=division.name, code="", organisation=head, qr=False
    )
    rows = (
        (_round(one), _when(words, one), one.fixture.place, _sides(one), _result(words, one)) for one in found
    )
    sheet.table("fixtures", [("round", 0), ("when", 3), ("where", 3), ("match", 5), ("result", 0)], rows)
    _table(sheet, await views.table(session, grant, division))
    return sheet


def _round(match: Match) -> str | None:
    return None if match.fixture.round is None else str(match.fixture.round)


def _when(words: Words, match: Match) -> str | None:
    if (at := match.fixture.starts_at) is None:
        return None
    here = at.astimezone(ZoneInfo(settings().time_zone))
    return f"{words.day(here.date())}, {here:%H:%M}"


def _sides(match: Match) -> str:
    return f"{match.home or '?'} – {match.away or '?'}"


def _result(words: Words, match: Match) -> str:
    fixture = match.fixture
    if fixture.cancelled_at:
        return words("cancelled")
    return f"{fixture.home_goals} : {fixture.away_goals}" if fixture.result_code else ""


def _table(sheet: Sheet, standings: StandingsOut) -> None:
    columns = ("played", "won", "drawn", "lost_matches")
    rows = (
        (
            *(str(one.rank), one.name, *map(str, (one.played, one.won, one.drawn, one.lost))),
            *(f"{one.goals_for} : {one.goals_against}", str(one.points)),
        )
        for one in standings.rows
    )
    narrow = [(name, 0) for name in columns]
    sheet.table("standings", [("place_of", 0), ("team", 1), *narrow, ("goals_of", 0), ("points", 0)], rows)

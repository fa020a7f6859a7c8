"""Make leagues for tests, through real actions."""

from typing import Any
from uuid import UUID

from app.competitions import actions, playing
from app.competitions.models import Competition, Division, Edition, Entry, Fixture
from app.competitions.schemas import (
    DrawFixtures,
    GiveResult,
    NewCompetition,
    NewContender,
    NewDivision,
    NewEdition,
    NewEntry,
    NewFixture,
)
from tests.factories import Town
from tests.journeys import payloads
from tests.programmes.factories import Sport


class League:
    """One division of the club's, with as many teams as are wanted."""

    def __init__(self, town: Town) -> None:
        self.town, self.me = town, town.sports
        self.competition: Competition
        self.edition: Edition
        self.division: Division
        self.entries: list[Entry] = []

    async def build(self, teams: int = 4, sport: str = "amputee_football", **edition: Any) -> "League":
        """Found it."""
        me = self.me
        given = NewCompetition.model_validate(payloads.competition(self.town.club.id, sport_code=sport))
        async with self.town.work(me) as session:
            self.competition, _ = await actions.found(session, me, given)
            year = NewEdition.model_validate(payloads.edition(**edition))
            self.edition, _ = await actions.add_edition(session, me, self.competition.id, year)
            self.division = await self.new_division()
            self.entries = [await self.enter(f"Team {number}") for number in range(teams)]
        return self

    async def new_division(self, **more: Any) -> Division:
        """A division of the edition."""
        given = NewDivision.model_validate(payloads.division(**more))
        async with self.town.work(self.me) as session:
            return (await actions.add_division(session, self.me, self.edition.id, given))[0]

    async def enter(self, name: str, division_id: UUID | None = None, **more: Any) -> Entry:
        """A new team in a division."""
        where = division_id or self.division.id
        async with self.town.work(self.me) as session:
            given = NewContender.model_validate(payloads.contender(name))
            team, _ = await actions.add_contender(session, self.me, self.competition.id, given)
            entry = NewEntry.model_validate({"contender_id": team.id} | more)
            return (await actions.add_entry(session, self.me, where, entry))[0]

    async def match(self, home: int = 0, away: int = 1, after_days: int = -1, **more: Any) -> Fixture:
        """A match between two of the teams."""
        sides = self.entries[home].id, self.entries[away].id
        given = NewFixture.model_validate(payloads.fixture(*sides, after_days, **more))
        async with self.town.work(self.me) as session:
            return (await playing.add_fixture(session, self.me, self.division.id, given))[0]

    async def draw(self, stage: str = "league", **more: Any) -> list[Fixture]:
        """All matches of a stage."""
        given = DrawFixtures.model_validate({"stage_code": stage} | more)
        async with self.town.work(self.me) as session:
            return await playing.draw(session, self.me, self.division.id, given)

    async def result(self, fixture: Fixture, home: int, away: int, **more: Any) -> Fixture:
        """The match after it ended so."""
        given = GiveResult.model_validate({"home_goals": home, "away_goals": away} | more)
        async with self.town.work(self.me) as session:
            now = await session.get(Fixture, fixture.id)
            assert now
            return await playing.give_result(session, self.me, fixture.id, now.version, given)


__all__ = ["League", "Sport"]

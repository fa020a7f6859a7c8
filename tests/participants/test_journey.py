"""From a case to a tournament: clearance, twelve weeks of training, five teams, a table, what it shows."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.access.table import Permission
from app.competitions import queries, views
from app.competitions.models import Fixture
from app.milestones.models import Milestone, MilestoneChange
from app.participants import sheets
from tests.journeys import payloads
from tests.participants.factories import Club
from tests.participants.test_sheets import THIGH, Match
from tests.programmes.factories import Sport


@pytest.fixture
async def match(connection: AsyncConnection) -> Match:
    match = Match(await Club(await Sport(connection).build()).build())
    await match.found(others=4)
    return match


async def test_from_a_case_to_a_tournament_of_five(match: Match) -> None:
    club, town, me = match.club, match.town, match.me
    player = await match.player(THIGH, given_on=payloads.day(-9))
    for week in reversed(range(13)):
        await club.note(await club.training(-7 * week - 1), player)

    drawn = await match.league.draw(first=f"{payloads.day(-3)}T06:00:00Z", rounds_per_day=2, every_minutes=60)
    for number, fixture in enumerate(drawn):
        if match.own.id in (fixture.home_id, fixture.away_id):
            match.fixture = fixture
            assert (await match.sheet((player, "outfield"))).players[0].enrolment_id == player.id
        await match.league.result(fixture, number % 3, 1)
        async with town.work(me) as session:
            await sheets.competed(session, me, fixture.id)

    async with town.work(town.caseworker) as session:
        grant = town.caseworker.grant(Permission.PROGRAMME_READ)
        division = await queries.division(session, grant, match.league.division.id)
        table = await views.table(session, grant, division)
        shown = await session.exec(
            select(Milestone.definition_code, MilestoneChange.fact_code, MilestoneChange.fact_id)
            .join(Milestone)
            .where(Milestone.case_id == player.case_id)
        )
        facts = {code: (fact, record) for code, fact, record in shown if fact}
        first = (await session.exec(select(Fixture.id).order_by(Fixture.starts_at))).all()  # type: ignore[arg-type]
    assert (table.complete, len(table.rows)) == (True, 5)
    assert {row.played for row in table.rows} == {4}
    assert {code: fact for code, (fact, _) in facts.items()} == {
        "sport_join": "enrolment",
        "sport_clearance": "clearance",
        "sport_tried": "attendance",
        "sport_regular": "attendance",
        "sport_compete": "fixture",
    }
    assert facts["sport_join"][1] == player.id
    assert facts["sport_compete"][1] in first
    assert set((await club.reached(player.case_id)).values()) == {"achieved"}

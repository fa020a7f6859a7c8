"""What can be done to a competition: by its facility, in order, and by nobody else."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.access.table import Permission
from app.competitions import actions, playing, queries, views
from app.competitions.errors import (
    AlreadyDrawn,
    FewTeams,
    MatchNotPlayed,
    MatchPlayed,
    NextMatchPlayed,
    OutsideDivision,
    ProtestDecided,
)
from app.competitions.models import Competition, Edition, Fixture, Protest
from app.competitions.schemas import (
    AmendEdition,
    AmendEntry,
    CancelFixture,
    DecideProtest,
    MoveFixture,
    NewCompetition,
    NewContender,
    NewProtest,
    StandingsOut,
)
from app.core import clock
from app.core.errors import Clash, Forbidden, Invalid, NotFound, Stale
from tests.cases.factories import events
from tests.competitions.factories import League
from tests.journeys import payloads
from tests.programmes.factories import Sport, programme


@pytest.fixture
async def league(connection: AsyncConnection) -> League:
    return await League(await Sport(connection).build()).build()


def fault(refusal: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (error,) = refusal.value.facts["errors"]
    return error["pointer"], error["code"]


async def table(league: League, who: Any = None) -> StandingsOut:
    actor = who or league.town.caseworker
    async with league.town.work(actor) as session:
        grant = actor.grant(Permission.PROGRAMME_READ)
        division = await queries.division(session, grant, league.division.id)
        return await views.table(session, grant, division)


async def test_only_the_facilitys_own_coordinator_changes_its_competition(league: League) -> None:
    town = league.town
    assert isinstance(town, Sport)
    told = AmendEdition(win=2)

    for who in (town.rival, town.caseworker, town.provider, town.auditor):
        with pytest.raises(Forbidden):
            async with town.work(who) as session:
                await actions.amend_edition(session, who, league.edition.id, 1, told)
        async with town.work(who) as session:  # nor does the database let them
            assert (await session.exec(sa.update(Edition).values(win=9))).rowcount == 0
    given = NewCompetition.model_validate(payloads.competition(town.club.id))
    with pytest.raises(Forbidden):
        async with town.work(town.rival) as session:
            await actions.found(session, town.rival, given)
    with pytest.raises(NotFound):
        async with town.work(town.rival) as session:
            session.add(Competition(facility_id=town.club.id, sport_code="other", name="x"))
    async with town.work(town.coordinator) as session:
        changed = await actions.amend_edition(session, town.coordinator, league.edition.id, 1, told)
    with pytest.raises(Stale):
        async with town.work(league.me) as session:
            await actions.amend_edition(session, league.me, league.edition.id, 1, told)

    assert (changed.win, changed.version) == (2, 2)
    assert [e.object_ids for e in await events(town, "edition.amend")] == [[league.edition.id]]


async def test_a_team_does_not_play_itself_nor_one_of_another_division(league: League) -> None:
    other = await league.new_division(name="B", level=2)
    stranger = await league.enter("Stranger", other.id)
    league.entries.append(stranger)

    for home, away, expected in (
        (0, 0, ("/away_id", "same_team")),
        (0, 4, ("/away_id", "not_of_this_division")),
    ):
        with pytest.raises(Invalid) as refusal:
            await league.match(home, away)
        assert fault(refusal) == expected
    for sides in ((league.entries[0], league.entries[0]), (league.entries[0], stranger)):
        within = {"division_id": league.division.id, "facility_id": league.division.facility_id}
        said = {"stage_code": "league", "home_id": sides[0].id, "away_id": sides[1].id}
        with pytest.raises(Clash):  # and the database knows both rules
            async with league.town.work(league.me) as session:
                session.add(Fixture.model_validate(within | said))
    async with league.town.work(league.me) as session:
        assert (await session.exec(select(Fixture))).all() == []


async def test_a_team_of_ones_own_comes_from_a_programme_of_the_same_sport(league: League) -> None:
    town, me = league.town, league.me
    mine = await programme(town)
    volleyball = await programme(town, sport_code="sitting_volleyball")
    assert isinstance(town, Sport)
    others = await programme(town, town.rival)

    for wrong in (volleyball, others):
        given = NewContender(name="Ours", programme_id=wrong.id)
        with pytest.raises(Invalid) as refusal:
            async with town.work(me) as session:
                await actions.add_contender(session, me, league.competition.id, given)
        assert fault(refusal) == ("/programme_id", "not_of_this_sport")
    async with town.work(me) as session:
        given = NewContender(name="Ours", programme_id=mine.id)
        team, is_new = await actions.add_contender(session, me, league.competition.id, given)

    assert is_new
    assert team.programme_id == mine.id


async def test_a_result_is_of_a_match_that_was_played(league: League) -> None:
    ahead, off = await league.match(after_days=2), await league.match(after_days=-2)
    played, me = await league.match(2, 3), league.me
    async with league.town.work(me) as session:
        await playing.cancel_fixture(session, me, off.id, 1, CancelFixture(reason_code="weather"))

    for wrong, because in ((ahead, "ahead"), (off, "cancelled")):
        with pytest.raises(MatchNotPlayed) as refusal:
            await league.result(wrong, 1, 0)
        assert refusal.value.facts == {"because": because}
    await league.result(played, 2, 1)
    corrected = await league.result(played, 2, 2)
    with pytest.raises(MatchPlayed):
        async with league.town.work(me) as session:
            await playing.move_fixture(session, me, played.id, 3, MoveFixture(place="Elsewhere"))
    with pytest.raises(MatchPlayed):
        async with league.town.work(me) as session:
            await playing.cancel_fixture(session, me, played.id, 3, CancelFixture(reason_code="weather"))
    with pytest.raises(Invalid) as no_penalties:
        await league.result(played, 1, 1, home_penalties=4, away_penalties=2)

    assert fault(no_penalties) == ("/home_penalties", "no_penalties_here")
    assert (corrected.home_goals, corrected.away_goals, corrected.version) == (2, 2, 3)
    assert len(await events(league.town, "fixture.result")) == 2


async def test_a_match_of_an_unknown_day_has_a_result_once_its_division_has_begun(league: League) -> None:
    known = await league.match(starts_at=None, round=None)
    later = await league.new_division(
        name="Later", level=2, starts_on=payloads.day(5), ends_on=payloads.day(9)
    )
    league.division, league.entries = later, [await league.enter(n, later.id) for n in ("X", "Y")]
    unknown = await league.match(starts_at=None)

    assert (await league.result(known, 1, 0)).result_code == "played"
    with pytest.raises(MatchNotPlayed):
        await league.result(unknown, 1, 0)


async def test_matches_lie_within_the_days_of_their_division_and_it_within_its_edition(
    league: League,
) -> None:
    match = await league.match()
    for after in (-70, 130):
        with pytest.raises(OutsideDivision):
            await league.match(after_days=after)
    moved = MoveFixture.model_validate({"starts_at": payloads.moment(130)})
    with pytest.raises(OutsideDivision):
        async with league.town.work(league.me) as session:
            await playing.move_fixture(session, league.me, match.id, 1, moved)
    with pytest.raises(OutsideDivision):
        await league.draw("knockout", first=payloads.midday(115), rest_days=10)
    with pytest.raises(Invalid) as refusal:
        await league.new_division(name="B", starts_on=payloads.day(-61))
    assert fault(refusal) == ("/starts_on", "outside_the_edition")


async def test_a_stage_is_drawn_once_of_two_to_twenty_four_teams(league: League) -> None:
    drawn = await league.draw(first=f"{payloads.day(2)}T06:00:00Z", rest_days=2, every_minutes=60)
    with pytest.raises(AlreadyDrawn):
        await league.draw()
    alone = await league.new_division(name="B", level=2)
    await league.enter("Alone", alone.id)
    league.division = alone
    with pytest.raises(FewTeams):
        await league.draw()

    assert len(drawn) == 6
    moments = sorted(fixture.starts_at for fixture in drawn if fixture.starts_at)
    assert [(moment - moments[0]) / timedelta(hours=1) for moment in moments] == [0, 1, 72, 73, 144, 145]
    (event,) = await events(league.town, "fixture.draw")
    assert event.object_ids == [drawn[0].division_id, *(each.id for each in drawn)]


async def test_a_day_of_play_ends_on_its_day(league: League) -> None:
    with pytest.raises(Invalid) as refusal:
        await league.draw(first=f"{payloads.day(2)}T15:00:00Z", rounds_per_day=3, every_minutes=120)

    assert fault(refusal) == ("/every_minutes", "too_long_a_day")
    async with league.town.work(league.me) as session:
        assert (await session.exec(select(Fixture))).all() == []


async def test_in_a_knock_out_the_winner_goes_on_and_is_not_changed_behind_ones_back(league: League) -> None:
    one, two, final = await league.draw("knockout")
    with pytest.raises(MatchNotPlayed) as refusal:
        await league.result(final, 1, 0)
    assert refusal.value.facts == {"because": "waits_for_a_side"}
    with pytest.raises(Invalid) as level:
        await league.result(one, 1, 1)
    assert fault(level) == ("/home_penalties", "winner_needed")

    await league.result(one, 1, 1, home_penalties=3, away_penalties=4)
    await league.result(two, 2, 0)
    await league.result(two, 0, 2)  # a correction before the next match was played
    ended = await league.result(final, 0, 1)
    with pytest.raises(NextMatchPlayed):
        await league.result(one, 2, 0)
    assert (await league.result(one, 0, 2)).away_goals == 2  # the same side still wins

    assert (ended.home_id, ended.away_id) == (one.away_id, two.away_id)


async def decided(league: League, protest: Protest, outcome: str, version: int = 1) -> Protest:
    async with league.town.work(league.me) as session:
        told = DecideProtest(outcome_code=outcome)
        return await playing.decide_protest(session, league.me, protest.id, version, told)


@pytest.mark.parametrize(
    ("outcome", "result"),
    [("dismissed", (2, 1, "played")), ("replay", (None, None, None)),
     ("awarded_home", (3, 0, "awarded")), ("awarded_away", (0, 3, "awarded"))],
)  # fmt: skip
async def test_a_protest_is_of_a_side_against_a_result_and_decided_once(
    league: League, outcome: str, result: tuple[Any, ...]
) -> None:
    match, me = await league.match(), league.me
    by_home = NewProtest(entry_id=league.entries[0].id, reason_code="eligibility")
    with pytest.raises(MatchNotPlayed):
        async with league.town.work(me) as session:
            await playing.protest(session, me, match.id, by_home)
    await league.result(match, 2, 1)
    other = NewProtest(entry_id=league.entries[2].id, reason_code="conduct")
    with pytest.raises(Invalid) as refusal:
        async with league.town.work(me) as session:
            await playing.protest(session, me, match.id, other)
    assert fault(refusal) == ("/entry_id", "not_in_this_match")
    async with league.town.work(me) as session:
        protest, _ = await playing.protest(session, me, match.id, by_home)

    after = await decided(league, protest, outcome)
    with pytest.raises(ProtestDecided):
        await decided(league, protest, "dismissed", version=2)

    async with league.town.work(me) as session:
        now = await session.get(Fixture, match.id)
        assert now
        assert (now.home_goals, now.away_goals, now.result_code) == result
    assert after.outcome_code == outcome
    assert after.decided_at


async def test_a_table_says_what_it_does_not_know_and_who_moves_only_at_the_end(league: League) -> None:
    await league.new_division(name="B", level=2)
    drawn = await league.draw()
    for fixture in drawn[:-1]:
        await league.result(fixture, 0, 0)
    before = await table(league)
    await league.result(drawn[-1], 0, 1)
    after = await table(league, league.town.counsellor)

    assert (before.complete, before.without_result) == (False, 1)
    assert {row.movement_code for row in before.rows} == {None}
    assert {(row.rank, row.level_with) for row in before.rows} == {(1, 2), (3, 2)}
    assert after.complete
    assert [(row.points, row.rank, row.level_with) for row in after.rows] == [
        (5, 1, 1),
        (3, 2, 2),
        (3, 2, 2),
        (2, 4, 1),
    ]
    assert [row.movement_code for row in after.rows] == ["stays", "stays", "stays", "relegated"]
    assert after.rows[0].entry_id == drawn[-1].away_id
    assert after.rows[0].goal_difference == 1


async def test_lots_part_who_is_level_to_the_end(league: League) -> None:
    entry = league.entries[0]
    for number, one in enumerate(reversed(league.entries), 1):
        async with league.town.work(league.me) as session:
            await actions.amend_entry(session, league.me, one.id, 1, AmendEntry(lot=number))
    with pytest.raises(Clash):  # nobody draws the same lot
        async with league.town.work(league.me) as session:
            await actions.amend_entry(session, league.me, entry.id, 2, AmendEntry(lot=1))

    assert [row.entry_id for row in (await table(league)).rows] == [e.id for e in reversed(league.entries)]


async def test_the_same_again_is_what_exists_and_another_of_its_id_is_refused(league: League) -> None:
    match = payloads.fixture(league.entries[0].id, league.entries[1].id)
    first, again = await league.match(**match), await league.match(**match)
    with pytest.raises(Clash):
        await league.match(**(match | {"round": 2}))
    given = NewCompetition.model_validate(
        payloads.competition(league.town.club.id, id=str(league.competition.id))
    )
    async with league.town.work(league.me) as session:
        assert (await actions.found(session, league.me, given))[1] is False
    with pytest.raises(Clash):
        async with league.town.work(league.me) as session:
            await actions.found(session, league.me, given.model_copy(update={"name": "Cup"}))

    assert first.id == again.id
    assert first.starts_at
    assert clock.day_of(first.starts_at) < clock.today() + timedelta(days=1)
    assert isinstance(league.division.starts_on, date)

"""Who may play where: what rules propose, what a classifier decides, what bars somebody from a sheet."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.competitions import actions as competitions
from app.competitions.models import Entry, Fixture
from app.competitions.schemas import NewContender, NewEntry
from app.core.errors import Forbidden, Invalid, NotFound, Stale
from app.injuries import actions as injuries
from app.injuries.kinds import AMPUTATION
from app.injuries.models import Amputation
from app.injuries.schemas import AddAmputation
from app.participants import judging, sheets
from app.participants.errors import RosterFull
from app.participants.models import Classification, Enrolment, MatchPlayer
from app.participants.schemas import NewClassification, SheetOut, WriteSheet
from tests.cases.factories import events
from tests.competitions.factories import League
from tests.injuries.factories import amputation
from tests.journeys import payloads
from tests.participants.factories import Club
from tests.programmes.factories import Sport
from tests.referrals.factories import Post

THIGH = {"limb_code": "lower", "side_code": "left", "level_code": "tf"}
FOREARM = {"limb_code": "upper", "side_code": "left", "level_code": "tr"}


class Match:
    """The club's own team against another, with people of this and that limb."""

    def __init__(self, club: Club) -> None:
        self.club, self.town, self.me = club, club.town, club.me
        self.league = League(club.town)
        self.own: Entry
        self.fixture: Fixture

    async def build(self, **edition: Any) -> "Match":
        """Enter the team and set a match, yesterday's."""
        await self.found(1, **edition)
        self.fixture = await self.league.match()
        return self

    async def found(self, others: int, **edition: Any) -> None:
        """The own team beside so many others."""
        sport = self.club.programme.sport_code or ""
        await self.league.build(teams=others, sport=sport, **edition)
        await self.club.offer()
        async with self.town.work(self.me) as session:
            given = NewContender(name="Ours", programme_id=self.club.programme.id)
            team, _ = await competitions.add_contender(session, self.me, self.league.competition.id, given)
            entry = NewEntry(contender_id=team.id)
            self.own, _ = await competitions.add_entry(session, self.me, self.league.division.id, entry)
        self.league.entries.append(self.own)

    async def player(
        self, limb: dict[str, str] | None = None, *, cleared: bool = True, **more: Any
    ) -> Enrolment:
        """Somebody enrolled, with a recorded loss, cleared as a rule."""
        case, _ = await self.club.person()
        who = self.town.caseworker
        if limb:
            given = AddAmputation.model_validate(amputation(**limb))
            async with self.town.work(who) as session:
                await injuries.add(session, who, AMPUTATION, case.survivor_id, given)
        row = (await self.club.admit(await self.club.enrol(case))).enrolment
        if cleared:
            post = Post(self.town, case.id, case.survivor_id)
            asked = await post.referral(service_codes=["sports_clearance"])
            await self.club.clear(asked.id, **more)
        return row

    async def sheet(
        self, *players: tuple[Enrolment, str], version: int = 1, entry: UUID | None = None
    ) -> SheetOut:
        """Name the players of the own side."""
        people = [{"enrolment_id": row.id, "position_code": position} for row, position in players]
        given = WriteSheet.model_validate({"entry_id": entry or self.own.id, "players": people})
        async with self.town.work(self.me) as session:
            return await sheets.write(session, self.me, self.fixture.id, version, given)


@pytest.fixture
async def match(connection: AsyncConnection) -> Match:
    return await Match(await Club(await Sport(connection).build()).build()).build(roster_limit=2)


def faults(refusal: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in refusal.value.facts["errors"]]


async def test_what_bars_somebody_is_named_by_place_and_nothing_is_written(match: Match) -> None:
    outfield, keeper = await match.player(THIGH), await match.player(FOREARM)
    unknown = await match.player(None)
    expired = await match.player(THIGH, given_on=payloads.day(-90), valid_until=payloads.day(-2))
    never = await match.player(THIGH, cleared=False)

    for wrong, expected in (
        ((keeper, "outfield"), ("/players/1/position_code", "not_eligible")),
        ((outfield, "goalkeeper"), ("/players/1/position_code", "not_eligible")),
        ((unknown, "outfield"), ("/players/1/position_code", "not_eligible")),
        ((expired, "outfield"), ("/players/1/enrolment_id", "not_cleared")),
        ((never, "outfield"), ("/players/1/enrolment_id", "not_cleared")),
    ):
        with pytest.raises(Invalid) as refusal:
            await match.sheet(
                (outfield, "outfield") if wrong[0] is not outfield else (keeper, "goalkeeper"), wrong
            )
        assert faults(refusal) == [expected]
    await match.club.leave(never, 2)
    with pytest.raises(Invalid) as gone:
        await match.sheet((never, "outfield"))
    with pytest.raises(RosterFull) as full:
        await match.sheet((outfield, "outfield"), (keeper, "goalkeeper"), (unknown, "outfield"))
    with pytest.raises(Invalid) as others:
        await match.sheet((outfield, "outfield"), entry=match.league.entries[0].id)
    with pytest.raises(Stale):
        await match.sheet((outfield, "outfield"), version=9)

    assert faults(gone) == [("/players/0/enrolment_id", "not_enrolled")]
    assert full.value.facts == {"limit": 2}
    assert faults(others) == [("/entry_id", "not_an_own_team")]
    async with match.town.work(match.me) as session:
        assert (await session.exec(select(MatchPlayer))).all() == []


async def test_a_sheet_and_a_result_show_that_they_competed(match: Match) -> None:
    outfield, keeper = await match.player(THIGH), await match.player(FOREARM)
    first = await match.sheet((keeper, "goalkeeper"))
    second = await match.sheet((outfield, "outfield"), (keeper, "goalkeeper"))
    before = await match.club.reached(outfield.case_id)
    await match.league.result(match.fixture, 3, 0)
    async with match.town.work(match.me) as session:
        await sheets.competed(session, match.me, match.fixture.id)
        await sheets.competed(session, match.me, match.fixture.id)

    assert [each.position_code for each in first.players] == ["goalkeeper"]
    assert {each.name for each in second.players} == {
        "Surname1 Aygün Vüqar qızı",
        "Surname2 Aygün Vüqar qızı",
    }
    assert "sport_compete" not in before
    for row in (outfield, keeper):
        assert (await match.club.reached(row.case_id))["sport_compete"] == "achieved"
    assert len(await events(match.town, "sheet.write")) == 2


async def test_a_walkover_shows_nobody_competing(match: Match) -> None:
    row = await match.player(THIGH)
    await match.sheet((row, "outfield"))
    await match.league.result(match.fixture, 3, 0, walkover=True)
    async with match.town.work(match.me) as session:
        await sheets.competed(session, match.me, match.fixture.id)

    assert "sport_compete" not in await match.club.reached(row.case_id)


async def classify(match: Match, row: Enrolment, who: Any = None, **more: Any) -> Classification:
    actor = who or match.town.caseworker
    given = NewClassification.model_validate(payloads.classification(**more))
    async with match.town.work(actor) as session:
        return (await judging.classify(session, actor, row.id, given))[0]


async def test_a_classifier_decides_and_the_rule_only_proposes(match: Match) -> None:
    row, who = await match.player(FOREARM), match.town.caseworker
    async with match.town.work(who) as session:
        before = await judging.read(session, who, row.id)
    decided = await classify(match, row, position_codes=["outfield"])
    assert (await match.sheet((row, "outfield"))).players
    with pytest.raises(Invalid):  # what the rule proposed does not count any more
        await match.sheet((row, "goalkeeper"))
    await classify(match, row, status_code="ne", class_code=None, position_codes=[])
    with pytest.raises(Invalid):
        await match.sheet((row, "outfield"))
    with pytest.raises(Invalid) as not_here:
        await classify(match, row, position_codes=["athlete"])
    async with match.town.work(who) as session:
        after = await judging.read(session, who, row.id)

    said = {each.position_code: (each.outcome_code, each.reason_code) for each in before.proposals}
    assert said == {
        "outfield": ("not_eligible", "two_hands_needed"),
        "goalkeeper": ("eligible", "one_hand_two_feet"),
    }
    assert faults(not_here) == [("/position_codes/0", "not_of_this_sport")]
    assert [each.status_code for each in after.classifications] == ["ne", "c"]
    assert after.classifications[1].id == decided.id
    assert (await match.club.reached(row.case_id))["sport_classified"] == "achieved"


async def test_the_organiser_learns_where_somebody_may_play_and_nothing_of_the_limbs(match: Match) -> None:
    row = await match.player(THIGH)
    await classify(match, row)

    for who in (match.me, match.town.provider, match.town.counsellor):
        with pytest.raises(Forbidden):
            async with match.town.work(who) as session:
                await judging.read(session, who, row.id)
        with pytest.raises(Forbidden):
            await classify(match, row, who)
        async with match.town.work(who) as session:
            assert (await session.exec(select(Classification))).all() == []
    with pytest.raises(NotFound):
        await classify(match, row, match.town.outsider)
    assert isinstance(match.town, Sport)
    async with match.town.work(match.town.rival) as session:
        assert (await session.exec(select(MatchPlayer))).all() == []
    async with match.town.work(match.me) as session:
        assert (await session.exec(select(Amputation))).all() == []
        seen = (await session.exec(select(Enrolment))).one()
    assert (seen.eligibility_code, seen.eligible_position_codes) == ("eligible", ["outfield"])

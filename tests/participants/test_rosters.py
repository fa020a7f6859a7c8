"""Limits of a roster and of the court, by sport: the table, its edges, and what a sheet says to them."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.codelists import lists
from app.core.errors import Invalid
from app.participants import rosters, sheets
from app.participants.errors import ClassLimit, CourtOver
from app.participants.models import Enrolment
from app.participants.schemas import EnrolmentOut, WriteSheet
from tests.participants.factories import Club
from tests.participants.test_sheets import Match, classify, faults
from tests.programmes.factories import Sport

SHIN = {"limb_code": "lower", "side_code": "left", "level_code": "tt"}
TOES = {"limb_code": "lower", "side_code": "left", "level_code": "pf"}


def test_every_limit_is_of_a_sport_and_a_class_that_are_known() -> None:
    for sport in ("amputee_football", "sitting_volleyball", "wheelchair_basketball"):
        assert rosters.of(sport).source
        assert sport in lists.load("sport")
    assert rosters.of("sitting_volleyball").limited_class in lists.load("sport_class")
    assert rosters.of("para_swimming") == rosters.of(None) == rosters.NONE


@pytest.mark.parametrize(
    ("sport", "class_code", "expected"),
    [("sitting_volleyball", "vs1", 0), ("sitting_volleyball", "vs2", 1),
     ("sitting_volleyball", "other", None),
     ("sitting_volleyball", None, None), ("wheelchair_basketball", "wb_1_0", 10),
     ("wheelchair_basketball", "wb_4_5", 45), ("wheelchair_basketball", "vs1", None),
     ("amputee_football", "a2", None), ("para_swimming", "s1_s10", None)],
)  # fmt: skip
def test_what_a_class_weighs(sport: str, class_code: str | None, expected: int | None) -> None:
    assert rosters.weight(sport, class_code) == expected


@pytest.mark.parametrize(
    ("sport", "begin", "refused"),
    [("wheelchair_basketball", [45, 45, 20, 20, 10], None),
     ("wheelchair_basketball", [45, 45, 20, 20, 15], "points"),
     ("wheelchair_basketball", [10] * 6, "players"), ("sitting_volleyball", [0, 0, 0, 0, 0, 1], None),
     ("sitting_volleyball", [0, 0, 0, 0, 1, 1], "limited_class"), ("sitting_volleyball", [0] * 7, "players"),
     ("amputee_football", [None] * 7, None), ("amputee_football", [None] * 8, "players"),
     ("para_swimming", [None] * 30, None)],
)  # fmt: skip
def test_who_begins_keeps_the_limits(sport: str, begin: list[int | None], refused: str | None) -> None:
    limits = rosters.of(sport)
    if refused is None:
        rosters.need_court(limits, begin)
        return
    with pytest.raises(CourtOver) as refusal:
        rosters.need_court(limits, begin)
    assert refusal.value.facts["rule"] == refused
    assert set(refusal.value.facts) == {"rule", "most"}  # never the sum


@pytest.fixture
def club(connection: AsyncConnection) -> Club:
    return Club(Sport(connection))


async def play(club: Club, sport: str) -> Match:
    """The club plays this sport instead."""
    await club.town.build()
    match = Match(await club.build(sport_code=sport))
    return await match.build()


async def sheet(match: Match, players: list[tuple[Enrolment, bool]], version: int = 1) -> Any:
    people = [
        {"enrolment_id": row.id, "position_code": "player", "starts": starts} for row, starts in players
    ]
    given = WriteSheet.model_validate({"entry_id": match.own.id, "players": people})
    async with match.town.work(match.me) as session:
        return await sheets.write(session, match.me, match.fixture.id, version, given)


async def test_a_volleyball_roster_has_two_of_the_lesser_impaired_and_the_court_one(club: Club) -> None:
    match = await play(club, "sitting_volleyball")
    cleared: dict[str, Any] = {"sport_code": "sitting_volleyball"}
    one = await match.player(SHIN, **cleared)
    minimal = [await match.player(TOES, **cleared) for _ in range(3)]

    with pytest.raises(ClassLimit) as roster:
        await sheet(match, [(row, False) for row in (one, *minimal)])
    with pytest.raises(CourtOver):
        await sheet(match, [(one, True), (minimal[0], True), (minimal[1], True)])
    written = await sheet(match, [(one, True), (minimal[0], True), (minimal[1], False)])

    assert roster.value.facts == {"most": 2}
    assert sorted(each.starts for each in written.players) == [False, True, True]


async def test_basketball_points_are_kept_by_the_server_and_shown_to_nobody_here(club: Club) -> None:
    match = await play(club, "wheelchair_basketball")
    people = [await match.player(SHIN, sport_code="wheelchair_basketball") for _ in range(4)]

    with pytest.raises(Invalid) as unknown:
        await sheet(match, [(people[0], False), (people[1], True)])
    assert (await sheet(match, [(row, False) for row in people])).players  # on the bench nobody counts
    for row in people:
        await classify(match, row, class_code="wb_4_5", position_codes=["player"])
    with pytest.raises(CourtOver) as over:
        await sheet(match, [(row, True) for row in people])
    assert (await sheet(match, [(row, row is not people[3]) for row in people])).players

    assert faults(unknown) == [("/players/1/enrolment_id", "not_classified")]
    assert over.value.facts == {"rule": "points", "most": 14.0}
    assert "roster_weight" not in EnrolmentOut.model_fields

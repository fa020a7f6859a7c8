"""What is written as text for COPY is what the database reads."""

from datetime import UTC, datetime

import pytest

from app.core.errors import IllegalMove
from app.demo import walks
from app.demo.dice import Urn, dice, spread, urn
from app.demo.programme import _copy
from app.demo.sheets import EMPTY, Sheets, columns, tables
from tests.demo.conftest import Loaded

NOW = datetime(2026, 3, 14, 9, 30, 0, 123456, tzinfo=UTC)
ODD = ["tab\there", "line\nbreak", "back\\slash", r"\N", "100 % of it", "Əliyev, İbrahim", "", '{"a"}']


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_arrive_as_they_are(demo: Loaded, name: str) -> None:
    sheets = Sheets(dice(name))
    new = sheets.record("organisation", NOW, name=name, kind_code="ngo", closed_on=None)
    with demo.cursor() as cursor:
        assert _copy(cursor, sheets.finished()) == 1
        cursor.execute("select name, created_at, version, closed_on from organisation where id = %s", [new])
        found = cursor.fetchone()

    assert found == (name, NOW, 1, None)


def test_a_row_holds_the_defaults_of_its_table() -> None:
    sheets = Sheets(dice("x"))
    sheets.record("facility", NOW, name="F", kind_code="hospital", district_code="az_ba")
    ((_, _, text),) = sheets.finished()
    row = dict(zip(columns("facility"), text.decode().rstrip("\n").split("\t"), strict=True))

    assert (row["takes_referrals"], row["version"], row["address"]) == ("t", "1", "")
    assert row["closed_on"] == EMPTY


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="colour"):
        Sheets(dice("x")).record("organisation", NOW, name="A", colour="green")


def test_a_value_that_no_column_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        Sheets(dice("x")).record("organisation", NOW, name=1j)


def test_a_series_differs_in_one_column_only() -> None:
    sheets = Sheets(dice("x"))
    who = dice("y").new_id(NOW)
    sheets.series("name_key", "key", {5, -7}, survivor_id=who, organisation_id=who)
    ((name, many, text),) = sheets.finished()

    assert (name, many) == ("name_key", 2)
    assert sorted(text.decode().splitlines()) == sorted(f"{key}\t{who.hex}\t{who.hex}" for key in (5, -7))


def test_parents_are_copied_before_their_children() -> None:
    order = [table.name for table in tables()]

    for table in tables():
        for key in table.foreign_key_constraints:
            assert order.index(key.referred_table.name) <= order.index(table.name)


def test_a_way_that_the_state_table_does_not_know_is_refused() -> None:
    row = {"actions": "assess implement", "least_days": "1", "most_days": "2", "weight": "1", "reasons": ""}

    with pytest.raises(IllegalMove):
        walks._walk(walks.TABLES["case"], row)


@pytest.mark.parametrize("record", ["case", "milestone", "referral"])
def test_every_way_can_be_drawn_and_has_a_gap_for_each_move(record: str) -> None:
    draws = dice(record)
    ways = walks.walks(record)
    drawn = {walks.pick(draws, record, days) for days in range(0, 2000, 3) for _ in range(6)}

    assert drawn == set(ways)
    assert all(len(way.gaps) == len(way.moves) for way in ways)
    table = walks.TABLES[record]
    assert {way.target for way in ways} == {move.target for move in table.moves} | {table.start}


@pytest.mark.parametrize("days", range(0, 2500, 50))
def test_a_referral_of_an_ended_case_is_not_under_way(days: int) -> None:
    draws = dice("ended", days)

    assert (
        not {walks.pick(draws, "referral", days, ended=True).target for _ in range(40)}
        & (walks.UNDER_WAY["referral"])
    )


def test_moments_rise_and_stay_before_the_end() -> None:
    end = datetime(2026, 3, 15, tzinfo=UTC)
    moments = spread(dice("m"), NOW, end, [(1, 5), (10, 90), (0.1, 0.2)])

    assert NOW < moments[0] < moments[1] < moments[2] <= end


def test_dice_fall_alike_from_the_same_seed_and_otherwise_not() -> None:
    assert [dice("a", 1).random() for _ in range(3)] == [dice("a", 1).random()] * 3
    assert dice("a", 1).random() != dice("a", 2).random()
    assert dice("a").new_id(NOW) == dice("a").new_id(NOW)


def test_an_urn_gives_by_weight_and_never_what_weighs_nothing() -> None:
    draws, heavy = dice("u"), Urn([("a", 3.0), ("b", 1.0), ("never", 0.0)])
    found = [heavy.draw(draws) for _ in range(4000)]

    assert 0.7 < found.count("a") / 4000 < 0.8
    assert set(found) == {"a", "b"}
    assert urn("x:2 y").things == ["x", "y"]

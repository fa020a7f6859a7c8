"""What may be counted of programmes: one file stands in one cell of a table, and who is not named in none."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cases.models import Case
from app.codelists import ages, lists
from app.core.db import Limits, unit_of_work
from app.core.errors import NotFound
from app.participants import rules
from app.statistics import care, queries, tables
from tests.statistics.caring import Care, noon
from tests.statistics.files import Files

YEAR = date(2025, 12, 31)
PLAN = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 100))
PRODUCER = Limits(rights="stats_producer")


@pytest.fixture
def given(files: Files) -> Care:
    return Care(files)


async def a_case(given: Care) -> Case:
    [survivor] = await given.files.add()
    return await given.case(survivor)


async def counts(given: Care, counted: str) -> dict[tuple[str, ...], int]:
    """The cells that are not empty, by the finest table of what is counted."""
    async with unit_of_work(given.files.owner, PRODUCER) as session:
        groups = (await queries.care_groups(session, PLAN))[counted]
    of = [one.dimensions for one in PLAN.tables if one.counts == counted][-1]
    found: Counter[tuple[str, ...]] = Counter()
    for group in groups:
        found[tuple(str(group[name]) for name in of)] += int(group["files"] or 0)
    return dict(found)


def weekly(first: date, weeks: int) -> list[date]:
    return [first + timedelta(weeks=week) for week in range(weeks)]


async def test_who_takes_part_is_told_apart_by_how_often(given: Care) -> None:
    regular, often, tried, absent, before = [await a_case(given) for _ in range(5)]
    await given.enrolled(regular, *weekly(date(2025, 1, 6), 14))
    await given.enrolled(often, *[date(2025, 5, day) for day in (1, 8, 15, 22, 29)])
    await given.enrolled(tried, date(2025, 5, 1), date(2025, 5, 8), date(2025, 5, 15), status="late")
    await given.enrolled(absent, date(2025, 5, 1), status="excused")
    await given.enrolled(before, *weekly(date(2024, 6, 1), 20))

    assert await counts(given, "presence") == {
        ("sport", "regular"): 1,
        ("sport", "often"): 1,
        ("sport", "tried"): 1,
    }


async def test_regular_in_the_database_is_what_the_rule_of_the_milestone_says(given: Care) -> None:
    """The rule is written once for the file and once for the count; here they meet on random days."""
    dice, expected = random.Random(7), Counter[tuple[str, str]]()
    for _ in range(40):
        first = date(2024, 10, 1) + timedelta(days=dice.randrange(120))
        days = sorted({first + timedelta(days=dice.randrange(100)) for _ in range(dice.randrange(4, 16))})
        in_year = [day for day in days if day.year == 2025]
        await given.enrolled(await a_case(given), *days)
        if in_year:
            kept = [day for day in days if day >= date(2025, 1, 1) - timedelta(days=89)]
            regular = any(rules.is_regular([d for d in kept if d <= last], last) for last in in_year)
            expected["sport", "regular" if regular else "often" if len(in_year) > 3 else "tried"] += 1

    assert await counts(given, "presence") == dict(expected)
    assert expected["sport", "regular"] > 2


async def test_who_is_in_two_programmes_is_counted_in_the_one_they_were_at_most_often(given: Care) -> None:
    case = await a_case(given)
    await given.enrolled(case, *weekly(date(2025, 1, 6), 5), kind="peer_support")
    await given.enrolled(case, date(2025, 5, 1))
    await given.enrolled(case, date(2025, 5, 2))  # another club: the sport is one
    for _ in range(16):
        torn = await a_case(given)
        await given.enrolled(torn, date(2025, 5, 1))
        await given.enrolled(torn, date(2025, 5, 1), kind="peer_support")

    found = await counts(given, "presence")

    assert found["peer_support", "often"] == 1
    assert sum(found.values()) == 17
    assert len(found) == 3  # where both are as often, neither kind always wins
    assert found == await counts(given, "presence")


@pytest.mark.parametrize(
    ("joined", "ended", "stayed"),
    [
        (date(2024, 3, 31), None, "m12_plus"),
        (date(2024, 3, 31), date(2025, 3, 31), "m12_plus"),
        (date(2024, 3, 31), date(2025, 3, 30), "m6_11"),
        (date(2024, 3, 31), date(2024, 9, 30), "m6_11"),
        (date(2024, 3, 31), date(2024, 9, 29), "m3_5"),
        (date(2024, 11, 30), date(2025, 2, 28), "m3_5"),
        (date(2024, 11, 30), date(2025, 2, 27), "m0_2"),
        (date(2024, 1, 1), date(2024, 1, 1), "m0_2"),
        (date(2024, 12, 31), date(2025, 12, 31), "m12_plus"),
        (date(2023, 12, 31), None, None),
        (date(2025, 1, 1), None, None),
        (None, None, None),
    ],
)
async def test_how_long_people_stayed_is_that_of_who_joined_the_year_before(
    given: Care, joined: date | None, ended: date | None, stayed: str | None
) -> None:
    await given.enrolled(await a_case(given), joined=joined, ended=ended)

    assert await counts(given, "retention") == ({("sport", stayed): 1} if stayed else {})


async def test_who_joined_twice_is_counted_by_the_first_time(given: Care) -> None:
    case = await a_case(given)
    await given.enrolled(case, joined=date(2024, 6, 1), kind="vocational_training")
    await given.enrolled(case, joined=date(2024, 2, 1), ended=date(2024, 6, 1))

    assert await counts(given, "retention") == {("sport", "m3_5"): 1}


async def test_sessions_are_those_that_were_held_and_noted(given: Care) -> None:
    for kind in ("sport", "mine_risk_education"):
        await given.held(kind, date(2025, 1, 1), date(2025, 12, 31), date(2024, 12, 31), date(2026, 1, 1))
    await given.held("sport", date(2025, 5, 1), cancelled_at=noon(date(2025, 5, 1)))
    await given.held("sport", date(2025, 5, 1), noted_at=None)
    new_year = datetime(2024, 12, 31, 20, 30, tzinfo=UTC)  # in Baku it is 2025
    await given.held("peer_support", date(2025, 1, 1), starts_at=new_year)

    assert await counts(given, "sessions") == {
        ("sport",): 2,
        ("mine_risk_education",): 2,
        ("peer_support",): 1,
    }


async def test_people_reached_are_counted_by_sex_and_age_and_the_bands_are_those_of_the_list(
    given: Care,
) -> None:
    bands = list(lists.load("age_band"))
    young = [band for band in bands if band != "unknown" and band == ages.band_of(int(band.split("_")[0]))]
    minors = {band for band in young if int(lists.load("age_band")[band].extra["min_age"]) < 18}
    for place, band in enumerate(bands):
        await given.reached(date(2025, 3, 1), **{f"female_{band}": 1 + place, f"male_{band}": 100})
    await given.reached(date(2025, 3, 2), unknown_18_59=7)
    await given.reached(date(2024, 3, 2), female_18_59=1000)

    girls = sum(1 + place for place, band in enumerate(bands) if band in minors)
    women = sum(1 + place for place, band in enumerate(bands) if band in set(young) - minors)
    assert await counts(given, "reached") == {
        ("girl",): girls,
        ("boy",): 100 * len(minors),
        ("woman",): women,
        ("man",): 100 * len(set(young) - minors),
        ("unknown",): len(bands) + 100 + 7,
    }


async def test_only_who_agreed_is_counted_and_one_file_less_changes_one_cell_of_a_table(given: Care) -> None:
    """The clamp, for everything that is counted: whatever is on file, it moves one cell by one."""
    every = ("presence", "retention", "sessions", "reached")
    [never] = await given.files.add(consent=False)
    [after] = await given.files.add(registered_on=date(2026, 1, 1))
    case = await a_case(given)
    for one in (case, *[await given.case(survivor) for survivor in (never, after)]):
        for kind in ("sport", "peer_support", "vocational_training"):
            await given.enrolled(one, *weekly(date(2025, 1, 6), 14), kind=kind, joined=date(2024, 6, 1))
    together = {counted: await counts(given, counted) for counted in every}

    async with unit_of_work(given.files.owner, None) as session:
        await (await session.connection()).execute(
            sa.text("update consent set withdrawn_at = now() where survivor_id = :it"),
            {"it": case.survivor_id},
        )

    assert [sum(together[counted].values()) for counted in ("presence", "retention")] == [1, 1]
    assert await counts(given, "presence") == await counts(given, "retention") == {}
    assert [await counts(given, counted) for counted in every[2:]] == [together[each] for each in every[2:]]


@pytest.mark.parametrize("rights", ["app_rw", "app_auth", "stats_reader"])
async def test_nobody_who_signs_in_can_count_programmes(
    login: AsyncEngine, files: Files, rights: str
) -> None:
    with pytest.raises(NotFound):
        async with unit_of_work(login, Limits(rights=rights)) as session:
            await (await session.connection()).execute(
                sa.text("select * from stats.programme_fact(2025, 'UTC')")
            )


async def test_a_row_tells_no_file(files: Files) -> None:
    async with unit_of_work(files.owner, PRODUCER) as session:
        found = await (await session.connection()).execute(
            sa.text("select * from stats.programme_fact(2025, 'UTC')")
        )
    assert list(found.keys()) == ["counts", "programme", "state", "people"]

"""What may be counted of care: one file stands in at most three cells of a table, and in one wait."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.careplans.states import Status as PlanStatus
from app.cases.models import Case
from app.cases.states import Status as CaseStatus
from app.core.db import Limits, unit_of_work
from app.core.errors import NotFound
from app.milestones.states import Status as MilestoneStatus
from app.referrals.states import Status
from app.statistics import care, queries, tables
from tests.statistics.caring import Care, noon
from tests.statistics.files import Files

YEAR = date(2025, 12, 31)
PLAN = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 100))
ACHIEVED, SUSTAINED = MilestoneStatus.ACHIEVED, MilestoneStatus.SUSTAINED


@pytest.fixture
def given(files: Files) -> Care:
    return Care(files)


async def a_case(given: Care, **facts: Any) -> Case:
    [survivor] = await given.files.add()
    return await given.case(survivor, **facts)


async def counts(given: Care, table: str) -> dict[tuple[str, ...], int]:
    """The cells of a table that somebody stands in."""
    async with unit_of_work(given.files.owner, Limits(rights="stats_producer")) as session:
        groups = (await queries.care_groups(session, PLAN))[table]
    of = next(one.dimensions for one in PLAN.tables if one.counts == table)
    found: Counter[tuple[str, ...]] = Counter()
    for group in groups:
        found[tuple(str(group[name]) for name in of)] += int(group["files"] or 0)
    return dict(found)


@pytest.mark.parametrize(
    ("days", "band"),
    [
        *((0, "d0_7"), (7, "d0_7"), (8, "d8_30"), (30, "d8_30"), (31, "d31_60"), (61, "d61_90")),
        *((91, "d91_180"), (180, "d91_180"), (181, "d181_365"), (366, "d366_730"), (731, "d731_plus")),
    ],
)
def test_the_bands_are_written_once_for_the_median_and_once_for_the_database(days: int, band: str) -> None:
    """The database's own are tried below."""
    first, last = next(((a, b) for a, b in care.BANDS if a <= days <= b), (731, 10**6))
    assert band == (f"d{first}_{last}" if last < 10**6 else "d731_plus")


async def test_a_wait_is_the_first_referral_that_was_settled_in_the_year(given: Care) -> None:
    edges = [0, 7, 8, 30, 31, 60, 61, 90, 91, 180, 181, 365, 366, 730, 731]
    for days in edges:
        case = await a_case(given)
        started = date(2025, 11, 3)
        await given.referral(case, date.fromordinal(started.toordinal() - days), started)
        await given.referral(case, date(2025, 11, 1), date(2025, 12, 30))  # a second one is not counted

    found = await counts(given, "waits")

    assert found == {(code,): 2 for code in care.SERVED[:-1]} | {("d731_plus",): 1}


async def test_who_was_not_served_waits_or_never_asked_is_told_apart(given: Care) -> None:
    declined, gave_up, expired, waiting, late, taken_back, nothing, before = [
        await a_case(given) for _ in range(8)
    ]
    await given.referral(declined, date(2025, 3, 1), ended=date(2025, 3, 4), status=Status.DECLINED)
    await given.referral(gave_up, date(2024, 3, 1), ended=date(2025, 1, 4), status=Status.DISCONTINUED)
    await given.referral(expired, date(2025, 3, 1), ended=date(2025, 6, 1), status=Status.EXPIRED)
    await given.referral(waiting, date(2025, 3, 1), status=Status.WAITLISTED)
    await given.referral(late, date(2025, 3, 1), date(2026, 1, 20))  # the snapshot's day makes no difference
    await given.referral(taken_back, date(2025, 3, 1), ended=date(2025, 4, 1), status=Status.CANCELLED)
    await given.referral(nothing, None, status=Status.DRAFT)
    await given.referral(before, date(2024, 3, 1), date(2024, 4, 1))

    assert await counts(given, "waits") == {("not_served",): 3, ("waiting",): 2, ("none",): 3}


async def test_services_are_lanes_in_which_help_began_in_the_year_each_once(given: Care) -> None:
    case = await a_case(given)
    await given.referral(case, date(2025, 1, 1), date(2025, 2, 1), services=("prosthetics", "gait_training"))
    await given.referral(
        case, date(2025, 1, 1), date(2025, 2, 1), services=("surgery",), given=("peer_support",)
    )
    await given.training(case, date(2025, 6, 1))
    other = await a_case(given)
    await given.stay(other, date(2025, 5, 5))
    await given.stay(other, date(2025, 6, 5), in_error=True)
    await given.training(other, date(2025, 6, 1), status="absent")
    await given.referral(other, date(2025, 1, 1))  # nothing began
    await given.training(other, date(2024, 6, 1), kind="peer_support")  # another year

    assert await counts(given, "services") == {
        ("rehabilitation",): 1,
        ("psychosocial",): 1,
        ("sport",): 1,
        ("emergency",): 1,
    }


async def test_a_file_in_five_lanes_is_counted_in_three_and_no_lane_always_loses(given: Care) -> None:
    """The clamp: whatever is on file, one person moves a table by three at most."""
    for _ in range(12):
        case = await a_case(given)
        lanes = ("surgery", "prosthetics", "peer_support", "micro_grant", "amputee_football")
        await given.referral(case, date(2025, 1, 1), date(2025, 2, 1), services=lanes)
        every = dict.fromkeys(
            ("emergency", "rehabilitation", "psychosocial", "reintegration", "sport"), "stuck"
        )
        await given.plan(case, date(2025, 1, 5), every)

    services, needs = await counts(given, "services"), await counts(given, "needs")

    assert sum(services.values()) == sum(needs.values()) == 36
    assert len(services) == len(needs) == 5
    assert services == await counts(given, "services")  # the same three every time


async def test_one_person_with_two_cases_is_one_file(given: Care) -> None:
    [survivor] = await given.files.add()
    closed = {"status": CaseStatus.CLOSED, "closed_at": noon(date(2025, 3, 1))}
    first = await given.case(survivor, **closed)
    second = await given.case(survivor)
    for case in (first, second):
        await given.referral(case, date(2025, 1, 1), date(2025, 2, 1))
        await given.milestone(case, "device_delivered", (ACHIEVED, date(2025, 2, 1)))
    await given.plan(first, date(2025, 1, 1), {"rehabilitation": "stuck"})
    await given.plan(second, date(2025, 4, 1), {"rehabilitation": "reached"})

    assert await counts(given, "services") == {("rehabilitation",): 1}
    assert await counts(given, "milestones") == {("rehabilitation", "reached"): 1}
    assert await counts(given, "needs") == {("rehabilitation", "met"): 1}
    assert sum((await counts(given, "waits")).values()) == 1


async def test_a_need_is_met_when_every_goal_of_its_lane_was_reached_by_the_end_of_the_year(
    given: Care,
) -> None:
    met, later, old, closed_before = [await a_case(given) for _ in range(4)]
    await given.plan(met, date(2024, 5, 1), {"sport": "reached", "emergency": "under_way"}, date(2025, 6, 1))
    await given.plan(later, date(2025, 5, 1), {"sport": "reached"}, date(2026, 2, 1))
    await given.plan(old, date(2025, 1, 1), {"sport": "stuck"}, date(2025, 1, 2), PlanStatus.SUPERSEDED)
    await given.plan(old, date(2026, 1, 2), {"sport": "reached"})  # approved after the year
    await given.plan(closed_before, date(2024, 1, 1), {"sport": "stuck"})
    async with unit_of_work(given.files.owner, None) as session:
        case = await session.get_one(Case, closed_before.id)
        case.status, case.closed_at = CaseStatus.CLOSED, noon(date(2024, 12, 30))

    assert await counts(given, "needs") == {
        ("sport", "met"): 1,
        ("sport", "open"): 2,
        ("emergency", "open"): 1,
    }


async def test_milestones_count_in_the_year_in_which_they_were_noted(given: Care) -> None:
    both, before = await a_case(given), await a_case(given)
    await given.milestone(
        both, "device_delivered", (ACHIEVED, date(2024, 12, 1)), (SUSTAINED, date(2025, 6, 1))
    )
    await given.milestone(both, "walks_in_community", (ACHIEVED, date(2025, 6, 1)))
    await given.milestone(both, "first_aid_given", (MilestoneStatus.DROPPED, date(2025, 6, 1)))
    await given.milestone(before, "device_delivered", (ACHIEVED, date(2024, 12, 31)))

    assert await counts(given, "milestones") == {("rehabilitation", "sustained"): 1}


async def test_only_who_agreed_and_was_registered_by_the_end_of_the_year_is_counted(given: Care) -> None:
    [never] = await given.files.add(consent=False)
    [after] = await given.files.add(registered_on=date(2026, 1, 1))
    for survivor in (never, after):
        case = await given.case(survivor)
        await given.referral(case, date(2025, 1, 1), date(2025, 2, 1))
        await given.plan(case, date(2025, 1, 1), {"sport": "reached"})
        await given.milestone(case, "device_delivered", (ACHIEVED, date(2025, 2, 1)))

    assert [await counts(given, table.counts) for table in care.CARE] == [{}, {}, {}, {}]


READ = "select * from stats.care_fact(2025, 'UTC', '{}')"


@pytest.mark.parametrize("rights", ["app_rw", "app_auth", "stats_reader"])
async def test_nobody_who_signs_in_can_count_care(login: AsyncEngine, files: Files, rights: str) -> None:
    with pytest.raises(NotFound):
        async with unit_of_work(login, Limits(rights=rights)) as session:
            await (await session.connection()).execute(sa.text(READ))


async def test_a_row_tells_no_file(files: Files) -> None:
    case = await a_case(Care(files))
    await Care(files).referral(case, date(2025, 1, 1), date(2025, 2, 1))
    async with unit_of_work(files.owner, Limits(rights="stats_producer")) as session:
        found = await (await session.connection()).execute(sa.text(READ))
    assert list(found.keys()) == ["counts", "pillar", "state", "registered_on"]

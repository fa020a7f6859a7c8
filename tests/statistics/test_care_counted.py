"""The year of care as it is counted, against the rows of files that it counts, on care thrown by dice."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cases.states import Status as CaseStatus
from app.core.db import unit_of_work
from app.milestones.states import Status as MilestoneStatus
from app.referrals.states import Status
from app.statistics import care
from tests.factories import Town
from tests.statistics.caring import Care, noon
from tests.statistics.files import Files

PEOPLE, YEARS, ZONE = 24, (2024, 2025, 2026), "Asia/Baku"
SERVICES = (
    *("surgery", "prosthetics", "peer_support", "micro_grant", "amputee_football", "counselling_individual"),
    *("physiotherapy", "orthotics", "no_such_service"),
)
MILESTONES = ("device_delivered", "wounds_closed", "sport_join", "pension", "peer_group_joined", "job_wage")
PILLARS = ("emergency", "rehabilitation", "psychosocial", "reintegration", "sport")
EDGES = [  # of the year there, in the hours of here
    *("2024-12-31 19:59:59.999999+00", "2024-12-31 20:00+00"),
    *("2025-12-31 19:59:59.999999+00", "2025-12-31 20:00+00"),
]
BY_FILE = (
    "select counts, pillar, state, count(*) as files from stats.care_fact(:year, :zone, cast(:of as jsonb))"
    " group by counts, pillar, state"
)
COUNTED = "select counts, pillar, state, files from stats.care_counted(:year, :zone, cast(:of as jsonb))"


async def cells(owner: AsyncEngine, statement: str, year: int) -> Counter[tuple[Any, ...]]:
    """Every cell that somebody stands in."""
    given = {"year": year, "zone": ZONE, "of": json.dumps(care.pillar_of())}
    async with unit_of_work(owner, None) as session:
        rows = (await (await session.connection()).execute(sa.text(statement), given)).all()
    assert len({tuple(row[:3]) for row in rows}) == len(rows)  # each cell once
    return Counter({tuple(row[:3]): row.files for row in rows})


async def lived(given: Care, dice: Random) -> None:
    """One file, with or without consent, and whatever may have been done for it in two years."""

    def day() -> date:
        return date(2024, 7, 1) + timedelta(days=dice.randrange(730))

    registered = date(dice.choice(YEARS), 1, 1)
    [survivor] = await given.files.add(consent=dice.random() < 0.9, registered_on=registered)
    for closes in dice.choice([[True], [False], [True, False]]):  # one case at a time is open
        closed = {"status": CaseStatus.CLOSED, "closed_at": noon(day())} if closes else {}
        case = await given.case(survivor, **closed)
        for _ in range(dice.randrange(4)):
            sent, started, ended = (dice.choice([None, day(), day()]) for _ in range(3))
            services = tuple(dice.sample(SERVICES, dice.randint(1, 5)))
            instead = tuple(dice.sample(SERVICES, dice.choice([0, 0, 2])))
            status = dice.choice(
                [Status.IN_PROGRESS, Status.DECLINED, Status.DISCONTINUED, Status.WAITLISTED]
            )
            await given.referral(case, sent, started, ended, status, services, instead)
        for code in dice.sample(MILESTONES, dice.randrange(len(MILESTONES) + 1)):
            changes = [(MilestoneStatus.ACHIEVED, day()), (MilestoneStatus.SUSTAINED, day())]
            await given.milestone(case, code, *changes[: dice.randint(1, 2)])
        goals = {lane: dice.choice(["reached", "stuck"]) for lane in dice.sample(PILLARS, dice.randrange(6))}
        await given.plan(case, day(), goals, reviewed=day())
        if dice.random() < 0.5:
            await given.stay(case, day(), in_error=dice.random() < 0.2)
        kind, there = (
            dice.choice(["sport", "peer_support", "mine_risk_education"]),
            dice.choice(["present", "absent"]),
        )
        await given.training(case, day(), there, kind)


@pytest.fixture(scope="module")
async def register(town: Town, owner: AsyncEngine) -> AsyncIterator[Files]:
    """People of all kinds, seeded; some things were done on the last and the first moment of a year."""
    files, dice = Files(town, owner), Random(1729)
    given = Care(files)
    for _ in range(PEOPLE):
        await lived(given, dice)
    async with unit_of_work(owner, None) as session:
        connection = await session.connection()
        await connection.execute(sa.text("set local session_replication_role = replica"))
        for number, moment in enumerate(EDGES):
            for table, column, which in (
                ("referral", "started_at", "started_at is not null"),
                ("milestone_change", "created_at", "true"),
                ("programme_session", "starts_at", "true"),
                ("care_plan", "approved_at", "true"),
                ("case_file", "closed_at", "closed_at is not null"),
            ):
                some = f"update {table} set {column} = cast(cast(:at as text) as timestamptz)"
                some += f" where {which} and abs(hashtext(id::text)) % 20 = :number"
                await connection.execute(sa.text(some), {"at": moment, "number": number})
    yield files
    await files.clear()


@pytest.mark.parametrize("year", YEARS)
async def test_every_cell_counts_as_many_files_as_stand_in_it(
    register: Files, owner: AsyncEngine, year: int
) -> None:
    by_file, counted = await cells(owner, BY_FILE, year), await cells(owner, COUNTED, year)

    assert counted == by_file
    assert sum(counted.values()) > PEOPLE


async def test_the_dice_fell_so_that_all_of_it_was_tried(register: Files, owner: AsyncEngine) -> None:
    """Each table with most of its lanes, every state, every end of a wait, more than three lanes."""
    every = await cells(owner, COUNTED, 2025)
    of = {table.counts: {cell[1:] for cell in every if cell[0] == table.counts} for table in care.CARE}
    more = (
        "select max(n) from (select count(distinct m.definition_code) n from milestone m group by case_id) x"
    )

    assert len(of["services"]) > care.MOST
    assert len(of["needs"]) > care.MOST
    assert {state for _, state in of["needs"]} == {"met", "open"}
    assert {state for _, state in of["milestones"]} == {"reached", "sustained"}
    assert {"not_served", "waiting", "none"} < {state for _, state in of["waits"]}
    async with unit_of_work(owner, None) as session:
        assert (await (await session.connection()).execute(sa.text(more))).scalar_one() > care.MOST

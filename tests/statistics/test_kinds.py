"""Bulletins, years of care and rebases: what each pays, each drawn once, and what follows a rebase."""

import asyncio
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import clock
from app.core.db import unit_of_work
from app.core.errors import Clash, Problem
from app.statistics import disclosure, jobs, rules
from app.statistics.errors import CohortTooSmall, PeriodNotCovered, ReleaseBurnt, WrongPeriod
from app.statistics.states import Kind
from tests.conftest import web
from tests.factories import signed
from tests.statistics.caring import Care
from tests.statistics.files import Files
from tests.statistics.publishing import approve

UNTIL = date(2025, 12, 31)
Q1, Q2 = date(2026, 3, 31), date(2026, 6, 30)
COHORT, NEXT = "until_2025-12-31", "2026-01-01_2026-12-31"


class Unlucky(Exception):
    """The machine stops in the middle."""


async def ledger(files: Files, cohort: str) -> list[tuple[str, float, float]]:
    async with unit_of_work(files.owner, jobs.PRODUCER) as session:
        found = await (await session.connection()).execute(
            sa.text("select kind, rho, total from stats.budget_entry where cohort = :it order by number"),
            {"it": cohort},
        )
        return [(kind, float(rho), float(total)) for kind, rho, total in found]


def stop(*_: object) -> None:
    raise Unlucky


@pytest.fixture(scope="module")
async def service(login: AsyncEngine) -> Any:
    async with web(login) as client:
        yield client


async def test_the_bulletins_of_a_year_cost_each_of_its_files_one_payment(files: Files) -> None:
    await jobs.make_release(files.owner, UNTIL)

    first = await jobs.make(files.owner, Kind.BULLETIN, Q1)
    second = await jobs.make(files.owner, Kind.BULLETIN, Q2)
    again = await jobs.make(files.owner, Kind.BULLETIN, Q1)

    assert (first.new, second.new, again.new) == (True, True, False)
    assert again.sha256 == first.sha256
    assert await ledger(files, NEXT) == [("bulletin", 0.03125, 0.03125)]
    assert await ledger(files, COHORT) == [("registrations", 0.25, 0.25)]


async def test_the_year_after_its_bulletins_is_the_cohort_that_they_entered(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    await jobs.make_release(files.owner, UNTIL)
    await jobs.make(files.owner, Kind.BULLETIN, Q1)
    monkeypatch.setattr(clock, "today", lambda: date(2027, 2, 1))

    year = await jobs.make_release(files.owner)

    assert (year.new, year.cohort) == (True, NEXT)
    assert await ledger(files, NEXT) == [("bulletin", 0.03125, 0.03125), ("registrations", 0.25, 0.28125)]


async def test_a_bulletin_that_failed_is_burnt_and_drawn_again_only_on_a_line_of_its_own(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    await jobs.make_release(files.owner, UNTIL)
    await jobs.make(files.owner, Kind.BULLETIN, Q1)
    with monkeypatch.context() as broken:
        broken.setattr(disclosure, "protect", stop)
        with pytest.raises(Unlucky):
            await jobs.make(files.owner, Kind.BULLETIN, Q2)
    with pytest.raises(ReleaseBurnt):
        await jobs.make(files.owner, Kind.BULLETIN, Q2)

    made = await jobs.make(files.owner, Kind.BULLETIN, Q2, again=True)

    assert made.new
    assert [total for _, _, total in await ledger(files, NEXT)] == [0.03125, 0.0625]
    with pytest.raises(Clash):  # the database: one line pays for a quarter once
        async with unit_of_work(files.owner, jobs.PRODUCER) as session:
            await (await session.connection()).execute(
                sa.text(
                    "insert into stats.quarter select budget_entry_id, first_day from stats.quarter limit 1"
                )
            )


@pytest.mark.parametrize(
    ("kind", "last_day", "refusal"),
    [
        (Kind.BULLETIN, date(2026, 2, 28), WrongPeriod),
        (Kind.BULLETIN, date(2026, 3, 30), WrongPeriod),
        (Kind.BULLETIN, date(2099, 3, 31), Problem),
        (Kind.CARE, date(2025, 6, 30), WrongPeriod),
        (Kind.CARE, date(2026, 12, 31), PeriodNotCovered),
        (Kind.REBASE, date(2024, 12, 31), WrongPeriod),
        (Kind.REBASE, date(2026, 12, 31), PeriodNotCovered),
    ],
)
async def test_a_period_of_another_kind_is_refused_and_nothing_is_paid(
    files: Files, kind: Kind, last_day: date, refusal: type[Problem]
) -> None:
    await jobs.make_release(files.owner, UNTIL)

    with pytest.raises(refusal):
        await jobs.make(files.owner, kind, last_day)

    assert await ledger(files, COHORT) == [("registrations", 0.25, 0.25)]
    assert await ledger(files, NEXT) == []


async def test_nothing_comes_before_the_first_registrations(files: Files) -> None:
    for kind, day in ((Kind.BULLETIN, Q1), (Kind.CARE, UNTIL), (Kind.REBASE, UNTIL)):
        with pytest.raises(PeriodNotCovered):
            await jobs.make(files.owner, kind, day)


async def test_a_quarter_of_too_few_expected_people_is_refused(files: Files) -> None:
    await jobs.make_release(files.owner, UNTIL)
    with pytest.raises(CohortTooSmall):
        await jobs.make(files.owner, Kind.BULLETIN, Q1, expected_files=19)


async def test_a_year_of_care_is_charged_to_every_cohort_whose_files_it_may_count(
    files: Files, service: AsyncClient
) -> None:
    care = Care(files)
    for survivor in await files.add(90):
        case = await care.case(survivor)
        await care.referral(case, date(2025, 1, 1), date(2025, 2, 1))
    await files.add(50)
    await jobs.make_release(files.owner, date(2024, 12, 31), 600)
    with pytest.raises(PeriodNotCovered):
        await jobs.make(files.owner, Kind.CARE, UNTIL)
    await jobs.make_release(files.owner, UNTIL, 100)

    made = await jobs.make(files.owner, Kind.CARE, UNTIL)
    await approve(files.owner, made.release_id)

    assert (await ledger(files, "until_2024-12-31"))[-1] == ("care", 0.0403125, 0.2903125)
    assert (await ledger(files, "2025-01-01_2025-12-31"))[-1] == ("care", 0.0403125, 0.2903125)
    answer = await service.get("/statistics/care?year=2025", headers=signed(files.town.analyst))
    assert answer.status_code == 200
    body = answer.json()
    tables = {table["name"]: table for table in body["tables"]}
    waited = {row["codes"]["wait"]: row for row in tables["waits"]["rows"]}
    rehabilitation = next(r for r in tables["services"]["rows"] if r["codes"]["pillar"] == "rehabilitation")
    assert abs(waited["d31_60"]["value"] - 90) <= 4 * waited["d31_60"]["half_width"]
    assert abs((rehabilitation["value"] or 0) - 90) <= 4 * rehabilitation["half_width"]
    assert (tables["services"]["most_lanes"], tables["waits"]["most_lanes"]) == (3, 1)
    assert body["wait"]["sentence"]
    assert "2025" in tables["needs"]["sentence"]
    refused = await service.get("/statistics/care?year=2024", headers=signed(files.town.analyst))
    assert (refused.status_code, refused.json()["code"], refused.json()["years"]) == (
        409,
        "nothing-released",
        [2025],
    )


async def test_care_that_one_cohort_cannot_pay_is_paid_by_none(files: Files) -> None:
    await jobs.make_release(files.owner, date(2024, 12, 31), 600)
    await jobs.make_release(files.owner, UNTIL, 100)
    async with unit_of_work(files.owner, jobs.PRODUCER) as session:
        await (await session.connection()).execute(
            sa.text("select stats.spend('all', '2025-01-01_2025-12-31', 'all of it', 1.0)")
        )

    with pytest.raises(Problem, match="budget"):
        await jobs.make(files.owner, Kind.CARE, UNTIL)

    assert await ledger(files, "until_2024-12-31") == [("registrations", 0.25, 0.25)]


async def test_a_rebase_takes_the_place_of_all_before_it_and_gives_it_back_when_withdrawn(
    files: Files, service: AsyncClient
) -> None:
    analyst, coordinator = signed(files.town.analyst), files.town.coordinator
    await files.add(60)
    for until in (date(2024, 12, 31), UNTIL):
        made = await jobs.make_release(files.owner, until, 600)
        await approve(files.owner, made.release_id)
    before = (await service.post("/statistics/query", json={}, headers=analyst)).json()

    rebase = await jobs.make(files.owner, Kind.REBASE, UNTIL)
    await approve(files.owner, rebase.release_id)

    after = (await service.post("/statistics/query", json={}, headers=analyst)).json()
    listed = (await service.get("/statistics/releases", headers=analyst)).json()
    old = next(one for one in listed if one["status"] == "superseded")
    table = await service.get(f"/statistics/releases/{old['id']}/tables/total", headers=analyst)
    assert [len(before["releases"]), len(after["releases"])] == [2, 1]
    assert after["releases"][0]["id"] == str(rebase.release_id)
    assert after["total"]["half_width"] < before["total"]["half_width"]
    assert sorted(one["status"] for one in listed) == ["published", "superseded", "superseded"]
    assert old["superseded_by_id"] == str(rebase.release_id)
    assert table.status_code == 200  # what was cited stays readable
    for cohort in ("until_2024-12-31", "2025-01-01_2025-12-31"):
        assert (await ledger(files, cohort))[-1] == ("rebase", 0.25, 0.5)
    path = f"/statistics/preparations/{rebase.release_id}"
    version = (await service.get(path, headers=signed(coordinator))).json()["release"]["version"]
    gone = await service.post(
        f"{path}/withdraw", json={"reason_code": "error_in_method"}, headers=signed(coordinator, version)
    )
    assert gone.json()["status"] == "withdrawn"
    assert (await service.post("/statistics/query", json={}, headers=analyst)).json() == before


async def test_the_calendar_asks_for_each_period_once_however_often_it_runs(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2026, 8, 1))

    first, second = await jobs.due(files.owner), await jobs.due(files.owner)
    at_once = await asyncio.gather(jobs.due(files.owner), jobs.due(files.owner))

    made = [one for one in first if isinstance(one, jobs.Made)]
    assert [(one.kind.value, one.cohort, one.new) for one in made] == [
        ("registrations", COHORT, True),
        ("bulletin", "2026-01-01_2026-03-31", True),
        ("bulletin", "2026-04-01_2026-06-30", True),
        ("care", "2025-01-01_2025-12-31", True),
    ]
    for later in (second, *at_once):
        assert [(one.sha256, one.new) for one in later if isinstance(one, jobs.Made)] == [
            (one.sha256, False) for one in made
        ]


async def test_a_refusal_keeps_nothing_else_from_being_made(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    await jobs.make_release(files.owner, UNTIL)
    with monkeypatch.context() as broken:
        broken.setattr(disclosure, "protect", stop)
        with pytest.raises(Unlucky):
            await jobs.make(files.owner, Kind.BULLETIN, Q1)
    monkeypatch.setattr(clock, "today", lambda: date(2026, 8, 1))

    done = await jobs.due(files.owner)

    assert [type(one).__name__ for one in done] == ["Made", "ReleaseBurnt", "Made", "Made"]


@pytest.mark.parametrize(
    ("after", "today", "ends"),
    [
        (UNTIL, date(2026, 4, 29), []),
        (UNTIL, date(2026, 4, 30), [Q1]),
        (UNTIL, date(2026, 8, 1), [Q1, Q2]),
        (None, date(2026, 8, 1), [Q2]),
        (UNTIL, date(2026, 2, 28), []),
    ],
)
def test_a_quarter_is_due_when_its_late_registrations_are_in(
    after: date | None, today: date, ends: list[date]
) -> None:
    assert rules.quarters_due(after, today) == ends

"""The release job on a real database: what is paid, what is published, what happens to a run that fails."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Grant
from app.access.table import Permission
from app.core import clock
from app.core.db import Limits, unit_of_work
from app.core.errors import Clash, NotFound, Problem
from app.core.hot import within
from app.statistics import disclosure, jobs, queries, tables
from app.statistics.counting import counted
from app.statistics.cube import Cube, Question
from app.statistics.errors import BudgetSpent, CohortNotOver, CohortTooSmall, NothingReleased, ReleaseBurnt
from tests.statistics.files import Files
from tests.statistics.publishing import publish

UNTIL = date(2025, 12, 31)
READER = Limits(rights="stats_reader")


def may_query(files: Files) -> Grant:
    return files.town.analyst.grant(Permission.STATISTICS_QUERY)


async def cube(files: Files, engine: AsyncEngine) -> Cube:
    analyst = replace(files.town.analyst.limits, rights="stats_reader")
    async with unit_of_work(engine, analyst) as session:
        hot = await within(session)
        return await queries.cube(hot, await queries.published(hot, may_query(files), "release.query"))


async def ask(engine: AsyncEngine, statement: str, rights: str = "stats_producer", **values: object) -> Any:
    async with unit_of_work(engine, Limits(rights=rights)) as session:
        return (await (await session.connection()).execute(sa.text(statement), values)).all()


async def ledger(files: Files) -> list[tuple[str, float, float]]:
    found = await ask(files.owner, "select request_id, rho, total from stats.budget_entry order by number")
    return [(request, float(rho), float(total)) for request, rho, total in found]


async def bodies(files: Files) -> list[tuple[str, str]]:
    found = await ask(files.owner, "select name, body from stats.artefact order by release_id, name")
    return [(name, body) for name, body in found]


async def test_a_release_publishes_eight_protected_tables_of_what_is_registered(
    files: Files, login: AsyncEngine
) -> None:
    await files.add(70)
    await files.add(40, sex_code="male", district_code="az_agm", registered_on=date(2011, 3, 1))

    made = await publish(files.owner, UNTIL)

    published = await cube(files, login)
    total = published.answer(Question()).total
    assert made.new
    assert [name for name, _ in await bodies(files)] == sorted(t.name for t in published.tables)
    assert len(published.tables) == 8
    assert abs((total.value or 0) - 110) <= 4 * total.half_width
    assert await ledger(files) == [("until_2025-12-31/1", 0.25, 0.25)]


async def test_the_job_counts_exactly_what_is_in_the_view(files: Files) -> None:
    await files.add(3)
    await files.add(2, sex_code="male", district_code=None, registered_on=date(2011, 3, 1), birth_year=None)
    await files.add(4, registered_on=date(2026, 1, 1))
    plan = tables.national(tables.Cohort(None, UNTIL, 3400))

    async with unit_of_work(files.owner, jobs.PRODUCER) as session:
        counts = counted(plan, await queries.groups(session, plan.cohort))

    filled: dict[str, int] = {}
    for table in plan.tables:
        part = counts[plan.slices()[table.name]]
        at = zip(plan.cells(table), part.tolist(), strict=True)
        filled |= {f"{table.name} {codes}": count for codes, count in at if count}
    assert filled["total ()"] == 5
    assert filled["region_year ('qarabag', '2024')"] == 3
    assert filled["region_year ('unknown', 'until_2016')"] == 2
    assert filled["region_sex ('unknown', 'male')"] == 2
    assert filled["sex_age ('male', 'unknown')"] == 2
    assert filled["district ('az_fuz',)"] == 3


async def test_what_was_released_is_never_drawn_again_whatever_is_registered_since(
    files: Files, login: AsyncEngine
) -> None:
    """D1 and the newcomer: one more file in the released period changes no byte of what can be read."""
    await files.add(60)
    first = await jobs.make_release(files.owner, UNTIL)
    before = await bodies(files)

    await files.add(1)
    again = await jobs.make_release(files.owner, UNTIL)
    earlier = await jobs.make_release(files.owner, date(2020, 12, 31))

    assert (again.new, again.release_id, again.sha256) == (False, first.release_id, first.sha256)
    assert earlier.release_id == first.release_id
    assert await bodies(files) == before
    assert len(await ledger(files)) == 1


async def test_the_next_release_is_of_the_days_since_and_both_are_read_as_one(
    files: Files, login: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2027, 3, 1))
    await files.add(60)
    await files.add(55, registered_on=date(2026, 7, 1))
    await publish(files.owner, UNTIL)

    later = await publish(files.owner)

    found = (await cube(files, login)).answer(Question(["year"]))
    years = {cell.codes[0]: cell for cell in found.cells}
    assert later.cohort == "2026-01-01_2026-12-31"
    assert abs((years["2026"].value or 0) - 55) <= 4 * years["2026"].half_width
    assert abs((found.total.value or 0) - 115) <= 4 * found.total.half_width
    assert [line[2] for line in await ledger(files)] == [0.25, 0.25]  # each file pays in its own cohort


async def test_no_day_of_registration_is_in_two_cohorts(files: Files) -> None:
    await jobs.make_release(files.owner, UNTIL)

    with pytest.raises(Clash):
        await ask(
            files.owner,
            "insert into stats.cohort values ('twice', '[2025-06-01,2026-06-01)', 60, now()) returning name",
        )


class Unlucky(Exception):
    """Something breaks in the middle of a run."""


async def test_a_run_that_fails_has_paid_and_is_not_drawn_again_for_free(
    files: Files, login: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    throws = []

    def fails(*given: object) -> None:
        throws.append(given)
        raise Unlucky

    monkeypatch.setattr(disclosure, "protect", fails)
    await files.add(60)
    with pytest.raises(Unlucky):
        await jobs.make_release(files.owner, UNTIL)
    with pytest.raises(ReleaseBurnt):
        await jobs.make_release(files.owner, UNTIL)
    with pytest.raises(NothingReleased):
        await cube(files, login)
    assert len(throws) == 1
    assert await ledger(files) == [("until_2025-12-31/1", 0.25, 0.25)]

    monkeypatch.undo()
    made = await publish(files.owner, date(2020, 1, 1), again=True)

    assert made.new
    assert made.cohort == "until_2025-12-31"
    assert (await ledger(files))[1] == ("until_2025-12-31/2", 0.25, 0.5)


async def test_files_are_never_charged_beyond_their_cap(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise Unlucky

    monkeypatch.setattr(disclosure, "protect", fails)
    for _ in range(5):
        with pytest.raises(Unlucky):
            await jobs.make_release(files.owner, UNTIL, again=True)

    with pytest.raises(BudgetSpent) as refusal:
        await jobs.make_release(files.owner, UNTIL, again=True)

    assert refusal.value.facts["left"] == 0
    assert [line[2] for line in await ledger(files)] == [0.25, 0.5, 0.75, 1.0, 1.25]


async def test_one_request_is_charged_once(files: Files) -> None:
    await jobs.make_release(files.owner, UNTIL)

    with pytest.raises(Clash):
        await ask(files.owner, "select stats.spend('until_2025-12-31/1', 'until_2025-12-31', 'x', 0.01)")
    with pytest.raises(Clash):
        await ask(files.owner, "select stats.spend('free', 'until_2025-12-31', 'x', 0)")
    with pytest.raises(Clash):
        await ask(files.owner, "select stats.spend('nobody', 'no such cohort', 'x', 0.01)")


@pytest.mark.parametrize(
    "change",
    [
        "update stats.artefact set body = '{}'",
        "update stats.budget_entry set total = 0",
        "delete from stats.release",
        "truncate stats.cohort cascade",
    ],
)
async def test_nobody_changes_what_was_published_or_paid(files: Files, change: str) -> None:
    await jobs.make_release(files.owner, UNTIL)

    for rights in ("none", "owner", "stats_producer"):
        with pytest.raises((NotFound, Problem)):
            await ask(files.owner, change, rights)

    assert len(await bodies(files)) == 8


async def test_the_job_cannot_write_to_the_ledger_past_its_only_door(files: Files) -> None:
    await jobs.make_release(files.owner, UNTIL)

    with pytest.raises(NotFound):
        await ask(
            files.owner,
            "insert into stats.budget_entry select gen_random_uuid(), cohort, 9, 'free', what, 0.01, 0, now()"
            " from stats.budget_entry returning id",
        )


async def test_an_artefact_that_was_forged_is_not_served(files: Files, login: AsyncEngine) -> None:
    await files.add(60)
    await publish(files.owner, UNTIL)
    forge = (
        "update stats.artefact set body = replace(body, '\"cells\":[', '\"cells\":[1') where name = 'total'"
    )
    async with unit_of_work(files.owner, None) as session:
        connection = await session.connection()
        await connection.execute(sa.text("set local session_replication_role = replica"))
        await connection.execute(sa.text(forge))

    with pytest.raises(ValueError, match="not the one that was published"):
        await cube(files, login)


async def test_a_period_too_small_or_not_over_is_refused_before_anything_is_paid(
    files: Files,
) -> None:
    await jobs.make_release(files.owner, UNTIL)

    with pytest.raises(CohortTooSmall):
        await jobs.make_release(files.owner, date(2026, 3, 31))
    with pytest.raises(CohortNotOver):
        await jobs.make_release(files.owner, clock.today() + timedelta(days=1))
    with pytest.raises(CohortTooSmall):
        await jobs.make_release(files.owner, clock.today(), expected_files=49)

    assert len(await ledger(files)) == 1


async def test_two_runs_at_once_make_one_release(files: Files) -> None:
    await files.add(60)

    runs = await asyncio.gather(
        *(jobs.make_release(files.owner, UNTIL) for _ in range(3)), return_exceptions=True
    )

    made = [one for one in runs if isinstance(one, jobs.Made)]
    assert len({one.release_id for one in made}) == 1
    assert all(isinstance(one, (jobs.Made, Clash, ReleaseBurnt)) for one in runs)
    assert len(await bodies(files)) == 8
    assert len(await ledger(files)) == 1


async def test_the_artefact_says_what_it_cost_and_reads_back(files: Files, login: AsyncEngine) -> None:
    await files.add(60)
    made = await publish(files.owner, UNTIL)

    published = await cube(files, login)
    async with unit_of_work(login, READER) as session:
        [release] = await queries.releases(session, may_query(files))
        names = await queries.table_names(session, may_query(files))
        with pytest.raises(NotFound):
            await queries.table(session, may_query(files), made.release_id, "nothing")

    assert release.sha256 == made.sha256
    assert release.config_sha256 == published.releases[0].plan.sha256
    assert len(names[made.release_id]) == 8
    assert np.array(published.releases[0].cells).dtype == np.int64

"""The continuum-of-care clock over HTTP: who reads which groups, and that nobody else does."""

from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient

from app.access.actor import Actor
from app.access.table import Permission
from app.core.errors import Forbidden, NotFound
from app.waits import jobs, queries
from app.waits.schemas import WaitsOut
from app.waits.stages import STAGES
from tests.cases.factories import a_case, events
from tests.factories import Town, signed
from tests.waits.test_stages import ago, open_since

PATH = "/continuum-of-care"


async def read(client: AsyncClient, actor: Actor, **query: Any) -> WaitsOut:
    answer = await client.get(PATH, params=query, headers=signed(actor))
    assert answer.status_code == 200, answer.text
    return WaitsOut.model_validate_json(answer.content)


async def measured(town: Town) -> int:
    """Two cases in the north, of which one lives in a known district; measured."""
    await open_since(town, 30, district_code="az_ba")
    await open_since(town, 400, district_code=None)
    return await jobs.measure(town.database)


async def test_before_it_was_measured_it_says_so(client: AsyncClient, town: Town) -> None:
    assert await read(client, town.coordinator) == WaitsOut(measured_at=None, items=[])


async def test_it_is_told_by_stage_and_by_one_thing_more(client: AsyncClient, town: Town) -> None:
    many = await measured(town)
    assert await measured(town) > 0 < many

    async def seen(**query: Any) -> list[tuple[str | None, str | None, int]]:
        found = await read(client, town.coordinator, stage="needs_assessed", **query)
        return [(one.district_code, one.period, one.counted) for one in found.items]

    years, quarters = {f"{ago(30):%Y}": 2}, {}
    for day in (30, 400):
        years[f"{ago(day):%Y}"] = 2
        quarters[f"{ago(day):%Y}-Q{(ago(day).month + 2) // 3}"] = 2
    home = {"district": "az_ba"}
    assert await seen() == [(None, None, 4)]
    assert await seen(by="district") == [("az_ba", None, 2), ("unknown", None, 2)]
    assert await seen(by="year") == [(None, year, many) for year, many in sorted(years.items())]
    assert await seen(by="quarter") == [(None, each, many) for each, many in sorted(quarters.items())]
    assert await seen(**home) == [("az_ba", None, 2)]
    assert await seen(**home, by="year") == [("az_ba", f"{ago(30):%Y}", 2)]
    assert await seen(by="district", period=f"{ago(400):%Y}") == [("unknown", f"{ago(400):%Y}", 2)]
    assert await seen(period="1999") == []
    whole = await read(client, town.coordinator)
    assert whole.measured_at
    assert {one.stage_code for one in whole.items} <= {stage.code for stage in STAGES}
    assert (whole.items[0].still_waiting, whole.items[0].median) == (4, None)


async def test_a_supervisor_reads_the_own_team_and_a_coordinator_any(client: AsyncClient, town: Town) -> None:
    await measured(town)
    mine, all_of_it = await read(client, town.supervisor), await read(client, town.coordinator)
    other = await read(client, town.other_supervisor)

    assert [one.counted for one in mine.items] == [one.counted for one in all_of_it.items] == [2]
    assert other.items == []
    assert (await read(client, town.coordinator, team_id=str(town.north.id))).items == mine.items
    assert (await read(client, town.supervisor, team_id=str(town.north.id))).items == mine.items
    theirs = await client.get(
        PATH, params={"team_id": str(town.north.id)}, headers=signed(town.other_supervisor)
    )
    assert theirs.status_code == 404
    read_by = await events(town, "wait.list")
    assert {(line.user_id, line.object_ids == []) for line in read_by} == {
        (actor.user_id, True) for actor in (town.supervisor, town.other_supervisor, town.coordinator)
    }


@pytest.mark.parametrize(
    ("who", "query", "pointer"),
    [
        ("coordinator", {"by": "quarter", "district": "az_ba"}, "/by"),
        ("coordinator", {"by": "district", "period": "2026-Q3"}, "/period"),
        ("supervisor", {"by": "year", "district": "az_ba"}, "/by"),
        ("supervisor", {"by": "district", "period": "2026"}, "/period"),
    ],
)
async def test_a_group_too_small_for_a_curve_is_refused(
    client: AsyncClient, town: Town, who: str, query: dict[str, str], pointer: str
) -> None:
    answer = await client.get(PATH, params=query, headers=signed(getattr(town, who)))

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, "too_small_a_group")


@pytest.mark.parametrize("query", [{"by": "team"}, {"period": "2026-Q5"}, {"district": "x"}, {"stage": "x"}])
async def test_an_odd_question_is_refused(client: AsyncClient, town: Town, query: dict[str, str]) -> None:
    assert (await client.get(PATH, params=query, headers=signed(town.coordinator))).status_code == 422


async def test_nobody_else_reads_it_and_only_the_calendar_measures(client: AsyncClient, town: Town) -> None:
    await measured(town)
    for actor in (town.caseworker, town.provider, town.counsellor, town.analyst, town.auditor):
        assert (await client.get(PATH, headers=signed(actor))).status_code == 403
    with pytest.raises(Forbidden):
        town.caseworker.grant(Permission.OVERSIGHT_READ)
    grant = town.supervisor.grant(Permission.OVERSIGHT_READ)
    async with town.work(town.supervisor) as session:
        with pytest.raises(NotFound):
            await queries.measure(session, grant, town.sessions[0].expires_at)


async def test_the_database_itself_shows_a_team_its_own_groups(town: Town) -> None:
    await measured(town)
    shown = {}
    for name in ("supervisor", "other_supervisor", "caseworker", "coordinator"):
        async with town.work(getattr(town, name)) as session:
            rows = await (await session.connection()).execute(sa.text("select team_id from wait_measure"))
            shown[name] = {line[0] for line in rows}

    north = town.north.id
    assert shown == {
        "supervisor": {north},
        "other_supervisor": set(),
        "caseworker": set(),
        "coordinator": {north, None},
    }


async def test_a_row_nobody_measured_cannot_be_written_by_a_supervisor(town: Town) -> None:
    await a_case(town)
    with pytest.raises(NotFound):
        async with town.work(town.supervisor) as session:
            await (await session.connection()).execute(
                sa.text(
                    "insert into wait_measure (id, created_at, version, measured_at, stage_code, unit,"
                    " counted, reached, still_waiting, left_early, unknown) values"
                    " (gen_random_uuid(), now(), 1, now(), 'first_aid', 'minutes', 1, 1, 0, 0, 0)"
                )
            )

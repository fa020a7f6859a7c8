"""A release is drafted, drawn, checked by somebody else, published on its day; the database sees to it."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Actor
from app.core import clock
from app.core.db import Limits, unit_of_work
from app.core.errors import IllegalMove, NotFound, Problem
from app.statistics import jobs
from app.statistics.states import RELEASE, Action, Party, Status
from tests.conftest import web
from tests.factories import signed
from tests.statistics.files import Files

BASE = "/statistics/preparations"
LAST_DAY = date(2025, 12, 31)
ROWS = {(m.source, m.action, m.by): m for m in RELEASE.moves}


@pytest.fixture(scope="module")
async def service(login: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(login) as client:
        yield client


async def draft(service: AsyncClient, who: Actor, last_day: date = LAST_DAY, **more: Any) -> Response:
    body = {"last_day": last_day.isoformat(), **more}
    return await service.post(BASE, json=body, headers=signed(who))


async def act(service: AsyncClient, who: Actor, one: dict[str, Any], action: str) -> Response:
    body = {"reason_code": "error_in_records"} if action == "withdraw" else {}
    path = f"{BASE}/{one['id']}/{action}"
    return await service.post(path, json=body, headers=signed(who, one["version"]))


async def seen(service: AsyncClient, who: Actor, release_id: str) -> dict[str, Any]:
    answer = await service.get(f"{BASE}/{release_id}", headers=signed(who))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(("now", "action", "party"), list(product(Status, Action, Party)))
def test_only_written_rows_are_legal(now: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert RELEASE.find(now, action, [party]) is row
        return
    with pytest.raises(IllegalMove):
        RELEASE.find(now, action, [party])


async def test_nobody_reads_a_release_before_it_is_checked_and_published(
    service: AsyncClient, files: Files
) -> None:
    town = files.town
    await files.add(60)
    one = (await draft(service, town.coordinator, expected_files=600)).json()
    made = await jobs.make_release(files.owner)

    async def figure() -> int:
        return (await service.post("/statistics/query", json={}, headers=signed(town.analyst))).status_code

    prepared = await seen(service, town.auditor, one["id"])
    before = await figure()
    own = await act(service, town.coordinator, prepared["release"], "check")
    checked = await act(service, town.auditor, prepared["release"], "check")
    between = await figure()
    published = await act(service, town.coordinator, checked.json(), "publish")

    assert str(made.release_id) == one["id"]
    assert (prepared["adds_up"], prepared["fingerprint_holds"], len(prepared["tables"])) == (True, True, 8)
    assert prepared["metadata"]["publication_on"] == prepared["release"]["publication_on"]
    assert prepared["release"]["open_actions"] == ["check", "withdraw"]
    assert (before, between, await figure()) == (409, 409, 200)
    assert (own.status_code, own.json()["code"]) == (409, "own-release")
    assert published.json()["status"] == "published"
    assert published.json()["open_actions"] == ["withdraw"]


async def test_who_checked_it_does_not_publish_it(service: AsyncClient, files: Files) -> None:
    await files.add(60)
    await jobs.make_release(files.owner, LAST_DAY)
    [one] = (await service.get(BASE, headers=signed(files.town.coordinator))).json()

    checked = await act(service, files.town.coordinator, one, "check")
    refused = await act(service, files.town.coordinator, checked.json(), "publish")

    assert checked.json()["open_actions"] == ["withdraw"]
    assert (refused.status_code, refused.json()["code"]) == (409, "own-release")


async def test_figures_come_out_on_the_day_that_was_fixed_and_not_before(
    service: AsyncClient, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.today()
    one = (await draft(service, files.town.coordinator, today, expected_files=600)).json()
    early = await _prepared(files, today, monkeypatch, rules_days=30)
    one = (await seen(service, files.town.auditor, one["id"]))["release"]
    one = (await act(service, files.town.auditor, one, "check")).json()

    refused = await act(service, files.town.coordinator, one, "publish")

    assert early
    assert one["publication_on"] == (today + timedelta(days=44)).isoformat()
    assert (refused.status_code, refused.json()["code"]) == (409, "not-its-day")


async def _prepared(files: Files, today: date, patch: pytest.MonkeyPatch, rules_days: int) -> bool:
    with pytest.raises(Problem, match="not over"):
        await jobs.make_release(files.owner)
    with patch.context() as later:
        later.setattr(clock, "today", lambda: today + timedelta(days=rules_days))
        return (await jobs.make_release(files.owner)).new


async def test_one_draft_waits_at_a_time_and_can_be_taken_back_at_no_cost(
    service: AsyncClient, files: Files
) -> None:
    one = (await draft(service, files.town.coordinator)).json()
    second = await draft(service, files.town.coordinator)

    taken = await act(service, files.town.coordinator, one, "withdraw")
    third = await draft(service, files.town.coordinator)

    assert (second.status_code, second.json()["code"]) == (409, "draft-waits")
    assert (taken.json()["status"], taken.json()["open_actions"]) == ("withdrawn", [])
    assert third.status_code == 201


async def test_a_withdrawn_release_is_read_by_nobody_and_never_drawn_again_for_free(
    service: AsyncClient, files: Files
) -> None:
    await files.add(60)
    await jobs.make_release(files.owner, LAST_DAY)
    [one] = (await service.get(BASE, headers=signed(files.town.auditor))).json()
    checked = (await act(service, files.town.auditor, one, "check")).json()
    published = (await act(service, files.town.coordinator, checked, "publish")).json()

    await act(service, files.town.coordinator, published, "withdraw")

    asked = await service.post("/statistics/query", json={}, headers=signed(files.town.analyst))
    with pytest.raises(Problem, match="was withdrawn") as refusal:
        await jobs.make_release(files.owner, LAST_DAY)
    assert asked.json()["code"] == "nothing-released"
    assert refusal.value.slug == "release-burnt"


@pytest.mark.parametrize(
    "body",
    [
        {"last_day": "2025-02-30"},
        {"last_day": "2025-12-31", "expected_files": 49},
        {"last_day": "2025-12-31", "expected_files": -1},
        {"last_day": "2025-12-31", "tables": []},
        {},
    ],
)
async def test_a_draft_that_cannot_be_is_refused_and_leaves_nothing(
    service: AsyncClient, files: Files, body: dict[str, Any]
) -> None:
    answer = await service.post(BASE, json=body, headers=signed(files.town.coordinator))

    assert answer.status_code in (409, 422)
    assert (await service.get(BASE, headers=signed(files.town.coordinator))).json() == []


@pytest.mark.parametrize(
    ("rights", "role", "change"),
    [
        ("stats_producer", "", "set sha256 = repeat('0', 64)"),
        ("stats_producer", "", "set budget_entry_id = null"),
        ("app_rw", "coordinator", "set cohort = 'another'"),
        ("app_rw", "coordinator", "set snapshot_at = now()"),
        ("none", "", "set publication_on = '2020-01-01'"),
        ("none", "", "set config_sha256 = null"),
    ],
)
async def test_the_database_refuses_to_change_what_was_said_or_drawn(
    files: Files, rights: str, role: str, change: str
) -> None:
    await jobs.make_release(files.owner, LAST_DAY)

    with pytest.raises((NotFound, Problem)):
        await _ask(files.owner, f"update stats.release {change} returning id", rights, role)


@pytest.mark.parametrize(
    ("rights", "role", "found"),
    [
        ("stats_reader", "analyst", 0),
        ("stats_reader", "coordinator", 0),
        ("app_rw", "caseworker", 0),
        ("app_rw", "administrator", 0),
        ("app_rw", "auditor", 8),
    ],
)
async def test_the_database_shows_what_is_not_published_to_who_checks_it_alone(
    files: Files, rights: str, role: str, found: int
) -> None:
    await jobs.make_release(files.owner, LAST_DAY)

    assert len(await _ask(files.owner, "select name from stats.artefact", rights, role)) == found


async def _ask(engine: AsyncEngine, statement: str, rights: str, role: str) -> Any:
    async with unit_of_work(engine, Limits(rights=rights, role=role)) as session:
        return (await (await session.connection()).execute(sa.text(statement))).all()

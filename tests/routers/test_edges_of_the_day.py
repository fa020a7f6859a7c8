"""The hours in which it is another day here than in Greenwich, as people meet them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cases.models import Case
from app.core import clock
from app.referrals.states import Status as Letter
from tests.cases.factories import a_case
from tests.emergency.factories import on, stay
from tests.factories import Town, signed
from tests.referrals.factories import a_post
from tests.routers.test_assessments import short_set
from tests.survivors.factories import consent
from tests.zones import FAR, be_in

EDGES = [("Asia/Baku", time(21, 30)), ("America/Bogota", time(2))]  # half past one, and nine in the evening


@pytest.fixture(params=EDGES, ids=[zone for zone, _ in EDGES])
async def held(
    request: pytest.FixtureRequest, connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch, town: Town
) -> datetime:
    """A moment at which it is another day here, held still. The town stands already."""
    zone, at = request.param
    await be_in(zone, monkeypatch, connection)
    moment = datetime.combine(clock.now().date(), at, UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert clock.today() != moment.date()
    return moment


async def written(client: AsyncClient, town: Town, case: Case, day: str) -> dict[str, Response]:
    """A record of care, an assessment, a consent and a note of a need, each of this day."""
    until = (clock.today() + timedelta(days=30)).isoformat()
    sent: dict[str, tuple[str, Any]] = {
        "/admitted/date": (f"/cases/{case.id}/facility-stays", stay(admitted=on(day), discharged=None)),
        "/assessed_on": (f"/cases/{case.id}/assessments", short_set(assessed_on=day)),
        "/given_on": (
            f"/survivors/{case.survivor_id}/consents",
            consent("anonymised_statistics", given_on=day, valid_until=until),
        ),
    }
    me = signed(town.caseworker)
    return {name: await client.post(path, json=body, headers=me) for name, (path, body) in sent.items()}


@pytest.mark.usefixtures("held")
async def test_what_is_of_today_here_is_written_down_and_what_is_of_tomorrow_is_not(
    client: AsyncClient, town: Town
) -> None:
    case, today = await a_case(town), clock.today()

    late = await written(client, town, case, (today + timedelta(days=1)).isoformat())
    now = await written(client, town, case, today.isoformat())

    assert {name: answer.status_code for name, answer in now.items()} == dict.fromkeys(now, 201), [
        answer.text for answer in now.values()
    ]
    assert {
        name: [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
        for name, answer in late.items()
    } == {name: [(name.removesuffix("/date"), "in_the_future")] for name in late}


async def test_what_is_due_today_is_late_from_midnight_here(
    client: AsyncClient, town: Town, held: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, today = await a_case(town), clock.today()
    task = {"kind_code": "visit", "due_on": today.isoformat()}
    made = await client.post(f"/cases/{case.id}/tasks", json=task, headers=signed(town.caseworker))
    assert made.status_code == 201, made.text
    midnight = clock.beginning(today + timedelta(days=1))
    assert held < midnight

    seen = []
    for moment in (clock.beginning(today) - timedelta(seconds=1), held, midnight):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        me, boss = signed(town.caseworker), signed(town.supervisor)
        mine = (await client.get("/today", headers=me)).json()["tasks"]
        listed = (await client.get("/tasks", headers=me)).json()["items"]
        team = (await client.get(f"/teams/{town.north.id}/overview", headers=boss)).json()
        late = sum(member["tasks_overdue"] for member in team["items"])
        seen.append((len(mine), [each["overdue"] for each in listed], late))

    assert seen == [(0, [False], 0), (1, [False], 0), (1, [True], 1)]


@pytest.mark.parametrize("zone", FAR)
async def test_a_consent_that_ran_out_shows_nothing_from_midnight_here(
    client: AsyncClient, town: Town, connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    await be_in(zone, monkeypatch, connection)
    post, today = await a_post(town), clock.today()
    await post.consent(valid_until=today.isoformat())
    referral = await post.referral(at=Letter.ACCEPTED)
    path, midnight = f"/referrals/{referral.id}/shared-record", clock.beginning(today + timedelta(days=1))

    seen = []
    for moment in (midnight - timedelta(seconds=1), midnight):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        seen.append((await client.get(path, headers=signed(town.provider))).status_code)

    assert seen == [200, 404]
    assert (await client.get(path, headers=signed(town.caseworker))).status_code == 200

"""Routes of programmes: what is answered, and to whom."""

from typing import Any

import pytest
from httpx import AsyncClient
from icalendar import Calendar

from app.core.pages import Page
from app.programmes.schemas import HeldOut, ProgrammeRow, ReachOut
from tests.factories import Town, signed
from tests.journeys import payloads

Json = dict[str, Any]


async def founded(client: AsyncClient, town: Town, **more: Any) -> Json:
    body = payloads.programme(town.club.id, **more)
    answer = await client.post("/programmes", json=body, headers=signed(town.sports))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_programme_with_all_that_belongs_to_it(client: AsyncClient, town: Town) -> None:
    one = await founded(client, town, capacity=20, minimum_age=16)
    path, me = f"/programmes/{one['id']}", signed(town.sports)
    season = (await client.post(f"{path}/seasons", json=payloads.season(), headers=me)).json()
    await client.post(f"{path}/groups", json={"name": "Juniors"}, headers=me)
    coach = {"user_id": str(town.sports.user_id), "role_code": "coach"}
    await client.post(f"{path}/staff", json=coach, headers=me)
    repeat = {"weekdays": ["tu", "fr"], "until": payloads.day(30)}
    body = payloads.session(season["id"], 0, repeat=repeat, id=None)
    planned = await client.post(f"{path}/sessions", json=body, headers=me)

    seen = await client.get(path, headers=signed(town.caseworker))
    listed = await client.get(f"{path}/sessions?limit=3", headers=signed(town.provider))
    found = await client.get("/programmes?kind=sport&sport=amputee_football", headers=signed(town.supervisor))
    none = await client.get("/programmes?kind=peer_support", headers=signed(town.supervisor))

    shown = seen.json()
    assert [len(shown[part]) for part in ("seasons", "groups", "staff")] == [1, 1, 1]
    assert (shown["consent_purpose_code"], shown["has_calendar"]) == ("sport", False)
    assert seen.headers["etag"] == '"1"'
    page = Page[HeldOut].model_validate_json(listed.content)
    assert len(page.items) == 3
    assert page.next_cursor
    assert len(planned.json()["items"]) >= 8
    assert [row.id for row in Page[ProgrammeRow].model_validate_json(found.content).items] != []
    assert none.json()["items"] == []


async def test_a_calendar_is_read_by_its_address_until_it_is_taken_back(
    client: AsyncClient, town: Town
) -> None:
    one = await founded(client, town)
    path = f"/programmes/{one['id']}"
    me = signed(town.sports)
    season = (await client.post(f"{path}/seasons", json=payloads.season(), headers=me)).json()
    planned = await client.post(f"{path}/sessions", json=payloads.session(season["id"], 2), headers=me)
    held = planned.json()["items"][0]

    opened = await client.post(f"{path}/calendar", headers=signed(town.sports, 1))
    address = f"http://house{opened.json()['path']}"
    read = await client.get(address)
    again = await client.post(f"{path}/calendar", headers=signed(town.sports, 2))
    old = await client.get(address)
    address = f"http://house{again.json()['path']}"
    cancel = {"reason_code": "weather"}
    await client.post(f"/sessions/{held['id']}/cancel", json=cancel, headers=signed(town.sports, 1))
    cancelled = await client.get(address)
    await client.post(f"{path}/calendar/close", headers=signed(town.sports, 3))
    closed = await client.get(address)

    (event,) = Calendar.from_ical(read.content).walk("VEVENT")
    assert (str(event["uid"]), str(event["status"])) == (f"{held['id']}@dayaq", "CONFIRMED")
    assert str(Calendar.from_ical(cancelled.content).walk("VEVENT")[0]["status"]) == "CANCELLED"
    assert read.headers["content-type"].startswith("text/calendar")
    assert [old.status_code, closed.status_code] == [404, 404]
    assert closed.json()["code"] == "feed-void"
    assert town.sports.user_id.hex not in read.text


async def test_a_community_session_counts_people_and_names_nobody(client: AsyncClient, town: Town) -> None:
    one = await founded(client, town, kind_code="mine_risk_education", sport_code=None)
    path, me = f"/programmes/{one['id']}", signed(town.sports)
    season = (await client.post(f"{path}/seasons", json=payloads.season(), headers=me)).json()
    body = payloads.session(season["id"], kind_code="community")
    held = (await client.post(f"{path}/sessions", json=body, headers=me)).json()["items"][0]
    told = {
        "people": [
            {"sex_code": "female", "age_band_code": "6_11", "people": 20},
            {"sex_code": "male", "age_band_code": "6_11", "people": 18},
        ],
        "topic_codes": ["recognise", "report"],
        "material_codes": ["leaflet"],
        "village": "Şükürbəyli",
    }

    twice = {"people": [told["people"][0]] * 2}  # type: ignore[index]
    refused = await client.put(f"/sessions/{held['id']}/reach", json=twice, headers=signed(town.sports, 1))
    counted = await client.put(f"/sessions/{held['id']}/reach", json=told, headers=signed(town.sports, 1))
    seen = await client.get(f"/sessions/{held['id']}", headers=signed(town.caseworker))

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "repeated")
    shown = ReachOut.model_validate(seen.json())
    assert sum(each.people for each in shown.people) == 38
    assert shown.session.village == "Şükürbəyli"
    assert counted.headers["etag"] == '"2"'


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"minutes": 0}, "/minutes"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
        ({"kind_code": "feast"}, "/kind_code"),
        ({"repeat": {"weekdays": [], "until": "2026-01-01"}, "id": None}, "/repeat/weekdays"),
        ({"repeat": {"weekdays": ["mo", "mo"], "until": "2026-01-01"}, "id": None}, "/repeat/weekdays"),
        ({"group_id": "00000000-0000-7000-8000-000000000000"}, "/group_id"),
        ({"season_id": "00000000-0000-7000-8000-000000000000"}, "/season_id"),
    ],
)
async def test_a_wrong_plan_names_its_field_and_changes_nothing(
    client: AsyncClient, town: Town, wrong: Json, pointer: str
) -> None:
    one = await founded(client, town)
    path, me = f"/programmes/{one['id']}", signed(town.sports)
    season = (await client.post(f"{path}/seasons", json=payloads.season(), headers=me)).json()

    answer = await client.post(f"{path}/sessions", json=payloads.session(season["id"]) | wrong, headers=me)
    listed = await client.get(f"{path}/sessions", headers=me)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert listed.json()["items"] == []

"""Being told outside the app, over HTTP: one's own wishes, webhooks, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlmodel import col, select

from app.accounts.models import LoginSession
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.couriers.models import Preference, Webhook
from tests.cases.factories import events
from tests.couriers.factories import PREFERENCE, URL, allowed, hook, prefer
from tests.factories import Town, signed

assert allowed
Json = dict[str, Any]
SAID = {
    "email": "aysel@example.org",
    "phone": "+994500000118",
    "email_kinds": ["referral_accept"],
    "daily_kinds": ["task_raise"],
    "quiet_from": "22:00",
    "quiet_until": "07:00",
}


async def test_somebody_says_how_to_be_told_and_nobody_else_sees_it(client: AsyncClient, town: Town) -> None:
    me, colleague = town.analyst, town.colleague
    first = await client.get(PREFERENCE, headers=signed(me))
    made = await prefer(client, me, **SAID)
    outdated = await client.put(PREFERENCE, json={}, headers=signed(me, first.json()["version"] + 5))

    assert first.json()["email"] is None
    assert made == made | SAID | {"text_kinds": [], "daily_at": "08:00", "wakes_for_urgent": False}
    assert (outdated.status_code, outdated.json()["current"]) == (412, made)
    assert (await client.get(PREFERENCE, headers=signed(me))).json() == made
    assert (await client.get(PREFERENCE, headers=signed(colleague))).json()["email"] is None
    async with town.work(me) as session:
        [kept] = (await session.exec(select(Preference))).all()
        assert b"aysel" not in (kept.email or b"")
    async with town.work(colleague) as session:
        assert (await session.exec(select(Preference))).all() == []
    [line] = await events(town, "notification.prefer")
    assert (line.user_id, line.field_class) == (me.user_id, "contact")

    emptied = await prefer(client, me)
    assert (emptied["email"], emptied["email_kinds"]) == (None, [])


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"email": "not an address"}, "/email", "string_pattern_mismatch"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "/email", "string_pattern_mismatch"),
        ({"phone": "12"}, "/phone", "string_too_short"),
        ({"email_kinds": ["volcano"]}, "/email_kinds/0", "not_in_code_list"),
        ({"email": "a@example.org", "email_kinds": ["other", "other"]}, "/email_kinds", "repeated"),
        ({"email_kinds": ["other"]}, "/email", "missing"),
        ({"text_kinds": ["other"]}, "/phone", "missing"),
        ({"daily_at": "24:00"}, "/daily_at", "not_a_time"),
        ({"daily_at": "8:00"}, "/daily_at", "not_a_time"),
        ({"daily_at": 8}, "/daily_at", "not_a_time"),
        ({"quiet_from": "22:00"}, "/quiet_until", "missing"),
        ({"wakes_for_urgent": "yes"}, "/wakes_for_urgent", "bool_type"),
        ({"fax": "1"}, "", "extra_forbidden"),
    ],
)
async def test_a_wish_that_cannot_be_kept_is_refused_by_field(
    client: AsyncClient, town: Town, said: Json, pointer: str, code: str
) -> None:
    answer = await client.put(PREFERENCE, json=said, headers=signed(town.caseworker, 1))
    faults = [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert (answer.status_code, faults) == (422, [(pointer, code)])
    assert (await client.get(PREFERENCE, headers=signed(town.caseworker))).json()["email"] is None


@pytest.mark.usefixtures("allowed")
async def test_a_webhook_shows_its_key_once_and_is_renewed_amended_and_stopped(
    client: AsyncClient, town: Town
) -> None:
    admin = town.administrator
    made = await hook(client, town, kinds=["referral_send"])
    path = f"/webhooks/{made['id']}"
    row = (await client.get(path, headers=signed(admin))).json()
    [listed] = (await client.get("/webhooks", headers=signed(admin))).json()["items"]
    renewed = (await client.post(f"{path}/renew-key", headers=signed(admin, 1))).json()
    amended = (await client.patch(path, json={"kinds": []}, headers=signed(admin, 2))).json()
    stopped = (await client.post(f"{path}/stop", headers=signed(admin, 3))).json()
    over = await client.patch(path, json={"url": URL}, headers=signed(admin, 4))
    twice = await client.post(f"{path}/stop", headers=signed(admin, 4))

    assert (len(made["key"]), "key" in row, "key" in listed) == (64, False, False)
    assert row == {name: value for name, value in made.items() if name != "key"}
    assert listed == row | {"created_at": listed["created_at"]}
    assert renewed["key"] != made["key"]
    assert renewed["key_id"] != made["key_id"]
    assert (amended["kinds"], bool(stopped["stopped_at"])) == ([], True)
    assert over.json()["code"] == twice.json()["code"] == "webhook-stopped"
    async with town.work(admin) as session:
        [kept] = (await session.exec(select(Webhook))).all()
        assert renewed["key"].encode() not in kept.key


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"url": "http://hooks.example.org/"}, "/url", "string_pattern_mismatch"),
        ({"url": "https://127.0.0.1/"}, "/url", "string_pattern_mismatch"),
        ({"url": "https://[64:ff9b::7f00:1]/"}, "/url", "string_pattern_mismatch"),
        ({"url": "https://hooks.example.org.evil.example/"}, "/url", "host_not_allowed"),
        ({"url": "https://evilhooks.example.org/"}, "/url", "host_not_allowed"),
        ({"url": "https://metadata.internal/"}, "/url", "host_not_allowed"),
        ({"kinds": ["volcano"]}, "/kinds/0", "not_in_code_list"),
        ({"facility_id": "018f0000-0000-7000-8000-000000000000"}, "/facility_id", "not_in_directory"),
    ],
)
async def test_a_webhook_leads_only_where_it_was_allowed_to(
    client: AsyncClient, town: Town, changes: Json, pointer: str, code: str
) -> None:
    body = {"facility_id": str(town.workshop.id), "url": URL} | changes
    answer = await client.post("/webhooks", json=body, headers=signed(town.administrator))
    faults = [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert (answer.status_code, faults) == (422, [(pointer, code)])
    assert (await client.get("/webhooks", headers=signed(town.administrator))).json()["items"] == []


@pytest.mark.usefixtures("allowed")
async def test_the_same_webhook_under_the_same_id_is_the_one_that_is_there(
    client: AsyncClient, town: Town
) -> None:
    made = await hook(client, town)
    same = {"id": made["id"], "facility_id": made["facility_id"], "url": URL, "kinds": []}
    again = await client.post("/webhooks", json=same, headers=signed(town.administrator))
    other = await client.post(
        "/webhooks", json=same | {"kinds": ["other"]}, headers=signed(town.administrator)
    )
    assert (again.status_code, again.json()) == (200, made)
    assert (other.status_code, other.json()["code"]) == (409, "clash")


@pytest.mark.usefixtures("allowed")
async def test_a_way_out_is_opened_only_by_who_has_just_shown_who_they_are(
    client: AsyncClient, town: Town
) -> None:
    async with unit_of_work(town.database, GATE) as session:
        mine = col(LoginSession.id) == town.administrator.session_id
        long_ago = clock.now() - timedelta(minutes=6)
        await session.exec(sa.update(LoginSession).where(mine).values(auth_at=long_ago))
    body = {"facility_id": str(town.workshop.id), "url": URL}
    answer = await client.post("/webhooks", json=body, headers=signed(town.administrator))
    assert (answer.status_code, answer.json()["code"]) == (403, "step-up-needed")

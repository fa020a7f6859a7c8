"""Idempotency-Key: repeats have one effect and one answer, and the kept answer names nobody in clear."""

import asyncio

import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.core.ids import new_id
from app.core.once import FirstAnswer
from app.organisations.models import Organisation
from tests.conftest import web
from tests.factories import Town, signed

BODY = {"name": "Zvezdanaya", "kind_code": "ngo"}


async def count(town: Town, table: type[Organisation | AuditEvent]) -> int:
    actor = town.auditor if table is AuditEvent else town.administrator
    async with town.work(actor) as session:
        return await session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


async def test_twenty_repeats_at_once_have_one_effect(real: AsyncEngine) -> None:
    town = await Town(real).build()
    headers = signed(town.administrator) | {"idempotency-key": str(new_id())}

    async with web(real) as client:
        send = [client.post("/organisations", json=BODY, headers=headers) for _ in range(20)]
        answers = await asyncio.gather(*send)
        late = await client.post("/organisations", json=BODY, headers=headers)

    decided = [a for a in [*answers, late] if a.status_code not in {409, 503}]
    assert len(decided) >= 2
    assert {(a.status_code, a.content, a.headers["etag"]) for a in decided} == {(201, late.content, '"1"')}
    assert await count(town, Organisation) == 3
    assert await count(town, AuditEvent) == 1


async def test_a_key_serves_one_request_only(client: AsyncClient, town: Town) -> None:
    headers = signed(town.administrator) | {"idempotency-key": str(new_id())}

    first = await client.post("/organisations", json=BODY, headers=headers)
    other_body = await client.post("/organisations", json=BODY | {"name": "Other"}, headers=headers)
    other_path = await client.post("/teams", json=BODY, headers=headers)

    assert first.status_code == 201
    assert other_body.json()["type"] == other_path.json()["type"] == "/problems/key-reused"


async def test_a_key_belongs_to_one_person(client: AsyncClient, town: Town) -> None:
    key = {"idempotency-key": str(new_id())}

    first = await client.post("/organisations", json=BODY, headers=signed(town.administrator) | key)
    second = await client.post("/organisations", json=BODY, headers=signed(town.coordinator) | key)

    assert first.json()["id"] != second.json()["id"]


async def test_a_refusal_leaves_the_key_free(client: AsyncClient, town: Town) -> None:
    path, key = f"/organisations/{town.agency.id}", {"idempotency-key": str(new_id())}

    early = await client.patch(path, json={"name": "B"}, headers=signed(town.administrator, version=9) | key)
    later = await client.patch(path, json={"name": "B"}, headers=signed(town.administrator, version=1) | key)

    assert (early.status_code, later.status_code) == (412, 200)


async def test_a_kept_answer_is_sealed(client: AsyncClient, town: Town) -> None:
    headers = signed(town.administrator) | {"idempotency-key": str(new_id())}
    await client.post("/organisations", json=BODY, headers=headers)

    async with town.work(town.administrator) as session:
        kept = (await session.exec(select(FirstAnswer).where(col(FirstAnswer.status).is_not(None)))).one()

    assert kept.body
    assert BODY["name"].encode() not in kept.body
    assert set(kept.headers or {}) <= {"content-type", "etag", "location"}

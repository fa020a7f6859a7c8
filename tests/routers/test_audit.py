"""The audit trail as an auditor reads it."""

from httpx import AsyncClient

from app.audit import actions
from app.audit.schemas import AuditEventOut
from app.core.ids import new_id
from app.core.pages import Page
from tests.factories import Town, signed


async def test_an_auditor_finds_who_looked_at_a_record_and_that_is_an_event_too(
    client: AsyncClient, town: Town
) -> None:
    looked_at, other = new_id(), new_id()
    async with town.work(town.caseworker) as session:
        actions.record(session, town.caseworker, "survivor.read", [looked_at, other])
        actions.record(session, town.caseworker, "survivor.read", other)

    first = await client.get(f"/audit/events?record_id={looked_at}", headers=signed(town.auditor))
    second = await client.get(f"/audit/events?record_id={looked_at}", headers=signed(town.auditor))
    by_person = await client.get(
        f"/audit/events?user_id={town.caseworker.user_id}", headers=signed(town.auditor)
    )

    found = Page[AuditEventOut].model_validate_json(first.content).items
    assert [(e.user_id, e.action, e.role) for e in found] == [
        (town.caseworker.user_id, "survivor.read", "caseworker")
    ]
    assert [e["action"] for e in second.json()["items"]] == ["survivor.read", "audit.list"]
    assert len(by_person.json()["items"]) == 2


async def test_the_database_itself_shows_the_trail_to_auditors_only(client: AsyncClient, town: Town) -> None:
    for actor in (town.administrator, town.coordinator, town.caseworker):
        assert (await client.get("/audit/events", headers=signed(actor))).status_code == 403

"""What people are told: to whom it is shown, and what marks it as read."""

from httpx import AsyncClient

from app.core.ids import new_id
from app.notifications import actions
from tests.factories import Town, signed


async def test_a_message_to_a_facility_is_seen_by_those_who_answer_for_it_only(
    client: AsyncClient, town: Town
) -> None:
    async with town.work(town.caseworker) as session:
        actions.tell_facility(session, town.workshop.id, "referral.send", new_id())

    seen = {
        name: len((await client.get("/notifications", headers=signed(actor))).json()["items"])
        for name, actor in {
            "provider": town.provider,
            "counsellor": town.counsellor,
            "other": town.other_provider,
            "sender": town.caseworker,
        }.items()
    }

    assert seen == {"provider": 1, "counsellor": 1, "other": 0, "sender": 0}


async def test_reading_a_message_takes_it_off_the_unread_list(client: AsyncClient, town: Town) -> None:
    async with town.work(town.caseworker) as session:
        actions.tell_person(session, town.caseworker.user_id, "referral.accept", new_id())
    listed = (await client.get("/notifications?unread=true", headers=signed(town.caseworker))).json()

    read = await client.post(
        f"/notifications/{listed['items'][0]['id']}/read", headers=signed(town.caseworker)
    )
    left = (await client.get("/notifications?unread=true", headers=signed(town.caseworker))).json()

    assert (len(listed["items"]), read.status_code, left["items"]) == (1, 200, [])
    assert read.headers["etag"] == '"2"'


async def test_a_message_to_somebody_else_does_not_exist(client: AsyncClient, town: Town) -> None:
    async with town.work(town.caseworker) as session:
        actions.tell_person(session, town.caseworker.user_id, "referral.accept", new_id())
    mine = (await client.get("/notifications", headers=signed(town.caseworker))).json()["items"][0]["id"]

    theirs = await client.post(f"/notifications/{mine}/read", headers=signed(town.colleague))
    nobodys = await client.post(f"/notifications/{new_id()}/read", headers=signed(town.colleague))

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() | {"request_id": ""} == nobodys.json() | {"request_id": ""}

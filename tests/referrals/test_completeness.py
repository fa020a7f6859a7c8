"""A referral from preview to end: sent on, without accounts, in the queue, missed, reported, discussed."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlmodel import col

from app.access.actor import Actor
from app.accounts.models import Membership
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.referrals.models import Referral, ReferralMessage
from app.referrals.states import UNSERVED, Action, Party, Status
from tests.cases.factories import events, told
from tests.factories import Town, signed
from tests.referrals.factories import REPORT, Post, a_post, told_facility

Json = dict[str, Any]
MOMENTS = {"version", "sent_at", "answer_by"}


async def ask(client: AsyncClient, who: Actor, path: str, body: Json, version: int = 0) -> Response:
    return await client.post(path, json=body, headers=signed(who, version or None))


async def read(client: AsyncClient, who: Actor, path: str, status: int = 200) -> Any:
    answer = await client.get(path, headers=signed(who))
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize("share", [[], ["identity"], ["identity", "contact", "assessments", "milestones"]])
async def test_the_preview_is_what_the_centre_sees(client: AsyncClient, town: Town, share: list[str]) -> None:
    post = await a_post(town)
    await post.consent()
    draft = await post.draft(share_codes=share)
    path = f"/referrals/{draft.id}"

    before = await read(client, town.caseworker, f"{path}/preview")
    await post.step(draft, Action.SEND, Party.SENDER)
    seen = await read(client, town.provider, path)
    shared = await read(client, town.provider, f"{path}/shared-record")

    assert before["refusals"] == []
    assert {k: v for k, v in before["referral"].items() if k not in MOMENTS} == {
        k: v for k, v in seen.items() if k not in MOMENTS
    }
    assert before["shared"] | {"version": 0} == shared | {"version": 0}
    assert (await client.get(f"{path}/preview", headers=signed(town.caseworker))).status_code == 409


async def test_the_preview_says_what_stands_against_sending(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    draft = await post.draft()

    found = await read(client, town.caseworker, f"/referrals/{draft.id}/preview")

    assert found["refusals"] == ["consent-missing"]
    assert await told_facility(town, town.workshop.id) == []
    assert len(await events(town, "referral.preview")) == 1


async def test_nothing_is_sent_to_where_nobody_would_read_it(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    await post.consent()
    draft = await post.draft()
    async with unit_of_work(town.database, GATE) as session:
        there = sa.update(Membership).where(col(Membership.facility_id) == town.workshop.id)
        await session.exec(there.values(ended_at=clock.now()))

    answer = await ask(client, town.caseworker, f"/referrals/{draft.id}/send", {}, draft.version)
    preview = await read(client, town.caseworker, f"/referrals/{draft.id}/preview")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "nobody_there")
    assert preview["refusals"] == ["facility-cannot-receive"]
    assert (await post.now(draft.id), await told_facility(town, town.workshop.id)) == (draft, [])


@pytest.mark.parametrize("status", sorted(UNSERVED))
async def test_what_was_not_served_is_sent_on_by_one_call_linked(
    client: AsyncClient, town: Town, status: Status
) -> None:
    post = await a_post(town)
    old = await post.referral(at=status)
    await post.consent(town.club.id)
    body = {"to_facility_id": str(town.club.id), "service_codes": ["peer_support"]}
    path = f"/referrals/{old.id}/send-on"

    answer = await ask(client, town.caseworker, path, body, old.version)
    again = await ask(client, town.caseworker, path, body, old.version)

    new = answer.json()
    assert (answer.status_code, new["status"], new["previous_id"]) == (201, "sent", str(old.id))
    assert (new["to_facility_id"], new["service_codes"]) == (str(town.club.id), ["peer_support"])
    assert (new["reason"], new["share_codes"]) == (post.letter()["reason"], old.share_codes)
    assert (again.status_code, again.json()["code"]) == (409, "not-unserved")
    assert [kind for kind, _ in await told_facility(town, town.club.id)] == ["referral.send"]
    assert (await post.now(old.id)).status is status
    assert [move.target for move in await post.moves(new["id"])] == [Status.DRAFT, Status.SENT]


async def test_the_suggested_facility_is_where_it_goes(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    sent = await post.referral()
    body = {"reason_code": "no_capacity", "suggested_facility_id": str(town.club.id)}
    declined = await ask(client, town.provider, f"/referrals/{sent.id}/decline", body, sent.version)
    assert declined.status_code == 200
    path, version = f"/referrals/{sent.id}/send-on", declined.json()["version"]
    on = {"service_codes": ["peer_support"]}

    refused = await ask(client, town.caseworker, path, on, version)
    nothing = await told_facility(town, town.club.id)
    await post.consent(town.club.id)
    answer = await ask(client, town.caseworker, path, on, version)

    assert (refused.status_code, refused.json()["code"], nothing) == (409, "consent-missing", [])
    assert (answer.status_code, answer.json()["to_facility_id"]) == (201, str(town.club.id))


@pytest.mark.parametrize("status", sorted(set(Status) - UNSERVED))
async def test_nothing_else_is_sent_on(client: AsyncClient, town: Town, status: Status) -> None:
    post = await a_post(town)
    await post.consent(town.club.id)
    old = await post.referral(at=status)
    body = {"to_facility_id": str(town.club.id), "service_codes": ["peer_support"]}

    answer = await ask(client, town.caseworker, f"/referrals/{old.id}/send-on", body, old.version)

    assert (answer.status_code, answer.json()["code"]) == (409, "not-unserved")
    assert await told_facility(town, town.club.id) == []


async def test_without_a_place_to_send_it_to_the_field_is_named(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    old = await post.referral(at=Status.EXPIRED)

    answer = await ask(client, town.caseworker, f"/referrals/{old.id}/send-on", {}, old.version)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/to_facility_id")


def said_by_hand() -> list[Json]:
    """What a place without accounts says, from now on to the end."""
    soon = clock.now() + timedelta(minutes=1)
    return [
        {"action": "accept"},
        {"action": "waitlist", "expected_on": (clock.today() + timedelta(days=400)).isoformat()},
        {"action": "schedule", "scheduled_for": soon.isoformat()},
        {"action": "no-show", "reason_code": "cost", "next_step_code": "transport"},
        {"action": "schedule", "scheduled_for": (soon + timedelta(days=9)).isoformat()},
        {"action": "start"},
        {"action": "complete", "outcome_code": "service_completed", "counter_referral": REPORT},
    ]


async def test_a_place_without_accounts_is_followed_by_hand_to_the_end(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    referral = await post.outside()
    path, version = f"/referrals/{referral.id}", referral.version
    seen = await read(client, town.caseworker, path)
    assert (seen["by_hand"], seen["open_by_hand"]) == (True, ["accept", "decline"])

    for body in said_by_hand():
        answer = await ask(client, town.caseworker, f"{path}/by-hand", body, version)
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]

    assert (answer.json()["status"], answer.json()["counter_referral"]) == ("completed", REPORT)
    assert await told_facility(town, referral.to_facility_id) == []
    assert await told(town, town.caseworker) == []  # who does it needs not be told
    assert {move.by_id for move in await post.moves(referral.id)} == {town.caseworker.user_id}


async def test_whoever_is_responsible_hears_what_somebody_else_wrote_down(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    referral = await post.outside()

    answer = await ask(
        client, town.supervisor, f"/referrals/{referral.id}/by-hand", {"action": "accept"}, referral.version
    )

    assert answer.status_code == 200
    assert await told(town, town.caseworker) == [("referral.accept", referral.id)]


async def test_nobody_answers_for_a_facility_that_can(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path = f"/referrals/{referral.id}/by-hand"

    answers = [await ask(client, town.caseworker, path, {"action": "accept"}, referral.version)]
    answers += [await ask(client, town.provider, path, {"action": "accept"}, referral.version)]
    answers += [await ask(client, town.caseworker, path, {"action": "revoke"}, referral.version)]
    answers += [await ask(client, town.caseworker, path, {"action": "decline"}, referral.version)]

    assert [answer.status_code for answer in answers] == [409, 403, 422, 422]
    assert answers[0].json()["code"] == "not-by-hand"
    assert await post.now(referral.id) == referral


async def test_a_change_of_order_is_explained_to_both_sides(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.step(await post.referral(priority_code="normal"), Action.ACCEPT, Party.RECEIVER)
    path, body = f"/referrals/{referral.id}", {"priority_code": "urgent", "reason_code": "growing_child"}

    answer = await ask(client, town.provider, f"{path}/prioritise", body, referral.version)

    assert (answer.status_code, answer.json()["priority_code"]) == (200, "urgent")
    assert (answer.json()["status"], answer.json()["priority_reason_code"]) == ("accepted", "growing_child")
    assert (await told(town, town.caseworker))[-1] == ("referral.prioritise", referral.id)
    for side in (town.caseworker, town.provider):
        last = (await read(client, side, f"{path}/history"))["items"][-1]
        assert (last["action"], last["reason_code"], last["priority_code"]) == (
            *("prioritise", "growing_child", "urgent"),
        )


async def test_a_missed_visit_has_a_next_step(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral(at=Status.SCHEDULED)
    path = f"/referrals/{referral.id}/no-show"

    refused = await ask(client, town.provider, path, {"reason_code": "cost"}, referral.version)
    answer = await ask(client, town.provider, path, {"next_step_code": "home_visit"}, referral.version)
    seen = await read(client, town.caseworker, f"/referrals/{referral.id}")

    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/next_step_code"]
    assert answer.status_code == 200
    assert (seen["next_step_code"], seen["no_show_reason_code"]) == ("home_visit", "unknown")


async def test_the_report_says_what_was_given(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral(at=Status.IN_PROGRESS)
    body = {
        "outcome_code": "service_completed",
        "counter_referral": REPORT,
        "given_codes": ["prosthetics", "gait_training"],
        "device_codes": ["ll_prosthesis"],
    }
    path = f"/referrals/{referral.id}/complete"

    twice = await ask(client, town.provider, path, body | {"device_codes": ["x"]}, referral.version)
    answer = await ask(client, town.provider, path, body, referral.version)
    seen = await read(client, town.caseworker, f"/referrals/{referral.id}")

    assert (twice.status_code, answer.status_code) == (422, 200)
    assert (seen["given_codes"], seen["device_codes"]) == (body["given_codes"], body["device_codes"])


async def messages_of(client: AsyncClient, who: Actor, referral: Referral) -> list[tuple[str, str, bool]]:
    found = await read(client, who, f"/referrals/{referral.id}/messages")
    return [(each["side"], each["text"], each["read_at"] is not None) for each in found]


async def test_messages_are_read_in_the_order_of_writing_whatever_ids_they_were_given(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path = f"/referrals/{referral.id}/messages"
    for who, letter, text in (
        (town.provider, "f", "1"),
        (town.caseworker, "0", "2"),
        (town.provider, "7", "3"),
    ):
        body = {"id": f"{letter * 8}-1111-7111-8111-111111111111", "text": text}
        assert (await ask(client, who, path, body)).status_code == 201

    assert [text for _, text, _ in await messages_of(client, town.caseworker, referral)] == ["1", "2", "3"]


async def test_both_sides_write_to_each_other_and_see_what_was_read(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path = f"/referrals/{referral.id}/messages"
    asked, answered = "Can she come on a Tuesday?", "Yes, at nine."

    first = (await ask(client, town.caseworker, path, {"text": asked})).json()
    for reader, was_read in ((town.caseworker, False), (town.provider, True)):
        await ask(client, reader, f"{path}/{first['id']}/read", {})
        assert await messages_of(client, reader, referral) == [("sender", asked, was_read)]
    await ask(client, town.provider, path, {"text": answered})

    assert await messages_of(client, town.caseworker, referral) == [
        ("sender", asked, True),
        ("receiver", answered, False),
    ]
    assert (await told_facility(town, town.workshop.id))[-1] == ("referral.message", referral.id)
    assert await told(town, town.caseworker) == [("referral.message", referral.id)]
    async with town.work(town.caseworker) as session:
        kept = await session.get(ReferralMessage, first["id"])
    assert kept
    assert asked.encode() not in kept.text


@pytest.mark.parametrize("text", ["", "   ", "\u200b \n", "a\u0000b"])
async def test_a_message_that_shows_nothing_is_refused(client: AsyncClient, town: Town, text: str) -> None:
    post = await a_post(town)
    referral = await post.referral()
    before = await told_facility(town, town.workshop.id)

    answer = await ask(client, town.caseworker, f"/referrals/{referral.id}/messages", {"text": text})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/text")
    assert await messages_of(client, town.caseworker, referral) == []
    assert await told_facility(town, town.workshop.id) == before


async def test_a_message_is_there_once_however_often_it_is_sent(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path, body = f"/referrals/{referral.id}/messages", {"id": str(referral.id), "text": "One"}

    answers = [
        await ask(client, town.caseworker, path, each) for each in (body, body, body | {"text": "Two"})
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert len(await messages_of(client, town.caseworker, referral)) == 1
    assert [kind for kind, _ in await told_facility(town, town.workshop.id)].count("referral.message") == 1


@pytest.mark.parametrize("status", [Status.DECLINED, Status.COMPLETED, Status.CANCELLED, Status.REVOKED])
async def test_when_it_is_over_the_centre_reads_no_message_and_nobody_writes_one(
    client: AsyncClient, town: Town, status: Status
) -> None:
    post: Post = await a_post(town)
    referral = await post.referral(at=status)
    path = f"/referrals/{referral.id}/messages"

    written = [await ask(client, who, path, {"text": "Hello"}) for who in (town.caseworker, town.provider)]

    assert [answer.status_code for answer in written] == [409, 404]
    await read(client, town.provider, path, 404)
    await read(client, town.caseworker, path)

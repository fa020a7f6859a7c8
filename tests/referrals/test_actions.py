"""Every action of a referral over HTTP: who, when, and what is left behind."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.access.actor import Actor
from app.core import clock
from app.core.states import Move
from app.referrals.states import REFERRAL, Action, Party, Status
from app.survivors import actions as survivors
from tests.cases.factories import events, told
from tests.factories import Town, signed
from tests.referrals.factories import REPORT, a_post, bodies, told_facility

Json = dict[str, Any]
BY_PEOPLE = [move for move in REFERRAL.moves if move.by is not Party.SYSTEM]
BY_SYSTEM = [move for move in REFERRAL.moves if move.by is Party.SYSTEM]
ACTIONS = list(dict.fromkeys(move.action for move in BY_PEOPLE))
SIDE = {move.action: move.by for move in BY_PEOPLE}


async def act(client: AsyncClient, actor: Actor, referral: Any, action: Action) -> Response:
    """A request as the web app sends it."""
    body = bodies()[action].model_dump(mode="json") if action in bodies() else None
    path = f"/referrals/{referral.id}/{action.value}"
    return await client.post(path, json=body, headers=signed(actor, referral.version))


def name(move: Move[Status, Action, Party]) -> str:
    return f"{move.source.value}-{move.action.value}"


@pytest.mark.parametrize("move", BY_PEOPLE, ids=name)
async def test_a_row_of_the_table_is_followed_and_told_once(
    client: AsyncClient, town: Town, move: Move[Status, Action, Party]
) -> None:
    post = await a_post(town)
    await post.consent()
    before = await post.referral(at=move.source)
    heard = await hears(town)

    answer = await act(client, post.actor(move.by), before, move.action)

    after, moves = await post.now(before.id), await post.moves(before.id)
    assert (answer.status_code, answer.json()["status"]) == (200, move.target.value)
    assert answer.headers["etag"] == f'"{before.version + 1}"'
    assert answer.json()["open_actions"] == REFERRAL.open(move.target, [move.by])
    assert (after.status, after.version) == (move.target, before.version + 1)
    assert moves[-1].model_dump(include={"action", "source", "target", "by_id"}) == {
        "action": move.action,
        "source": move.source,
        "target": move.target,
        "by_id": post.actor(move.by).user_id,
    }
    assert await news(town, heard) == expected_news(move, before.id)
    line = (await events(town, f"referral.{move.action.value}"))[-1]
    assert set(line.object_ids) == {before.id, before.case_id, before.survivor_id}
    if move.stamps:
        stamp: datetime = getattr(after, move.stamps)
        assert timedelta() <= clock.now() - stamp < timedelta(minutes=1)


async def hears(town: Town) -> dict[Party, list[Any]]:
    return {
        Party.SENDER: await told(town, town.caseworker),
        Party.RECEIVER: await told_facility(town, town.workshop.id),
    }


async def news(town: Town, before: dict[Party, list[Any]]) -> dict[Party, list[Any]]:
    return {side: messages[len(before[side]) :] for side, messages in (await hears(town)).items()}


def expected_news(move: Move[Status, Action, Party], referral_id: Any) -> dict[Party, list[Any]]:
    message = [(f"referral.{move.action.value}", referral_id)]
    return {side: message if move.tells is side else [] for side in (Party.SENDER, Party.RECEIVER)}


@pytest.mark.parametrize("move", BY_SYSTEM, ids=name)
async def test_what_the_system_does_is_told_once_and_is_nobodys(
    town: Town, move: Move[Status, Action, Party]
) -> None:
    post = await a_post(town)
    before = await post.referral(at=move.source)
    heard = await hears(town)

    after = await post.step(before, move.action, Party.SYSTEM)

    last = (await post.moves(before.id))[-1]
    assert after.status is move.target
    assert (last.action, last.by_id) == (move.action, None)
    assert after.ended_at is not None
    assert await news(town, heard) == expected_news(move, before.id)


@pytest.mark.parametrize("status", Status)
async def test_nothing_else_is_possible_for_anybody(client: AsyncClient, town: Town, status: Status) -> None:
    """Every action by either side that has no row from here is refused, and changes and tells nothing."""
    post = await a_post(town)
    await post.consent()
    referral = await post.referral(at=status)
    heard = await hears(town)
    rows = {(move.action, move.by) for move in REFERRAL.moves if move.source is status}
    tried = 0

    for action in ACTIONS:
        for side in (Party.SENDER, Party.RECEIVER):
            if (action, side) in rows:
                continue
            answer = await act(client, post.actor(side), referral, action)
            tried += 1
            if SIDE[action] is not side:
                assert answer.status_code == 403, (action, side)
            elif side is Party.RECEIVER and status is Status.DRAFT:
                assert answer.status_code == 404
            else:
                assert (answer.status_code, answer.json()["code"]) == (409, "illegal-move"), action
                assert answer.json()["open_actions"] == REFERRAL.open(status, [side])

    assert tried >= 2 * len(ACTIONS) - 5
    assert await post.now(referral.id) == referral
    assert await news(town, heard) == {Party.SENDER: [], Party.RECEIVER: []}


async def test_each_side_says_what_belongs_to_its_step(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    sent = await post.referral()
    seen: list[Json] = []

    referral = sent
    for action in (Action.ACCEPT, Action.WAITLIST, Action.SCHEDULE, Action.START, Action.COMPLETE):
        answer = await act(client, town.provider, referral, action)
        referral = await post.now(sent.id)
        seen.append(answer.json())
    sender = (await client.get(f"/referrals/{sent.id}", headers=signed(town.caseworker))).json()

    told_now = bodies()
    assert seen[1]["expected_on"] == told_now[Action.WAITLIST].expected_on.isoformat()
    assert seen[2]["scheduled_for"] is not None
    assert (seen[4]["outcome_code"], seen[4]["counter_referral"]) == ("service_completed", REPORT)
    assert (sender["outcome_code"], sender["counter_referral"]) == ("service_completed", REPORT)
    assert referral.counter_referral
    assert REPORT.encode() not in referral.counter_referral


async def test_the_answer_is_due_as_the_priority_says(town: Town) -> None:
    post = await a_post(town)

    for priority, hours in (("emergency", 24), ("urgent", 72), ("normal", 14 * 24)):
        sent = await post.referral(priority_code=priority)

        assert sent.sent_at
        assert sent.answer_by == sent.sent_at + timedelta(hours=hours)
        assert sent.consent_id == post.consents[town.workshop.id]


async def test_a_refusal_may_name_another_place(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    body = {"reason_code": "no_capacity", "suggested_facility_id": str(town.club.id)}
    path = f"/referrals/{referral.id}/decline"

    nowhere = body | {"suggested_facility_id": str(referral.id)}
    refused = await client.post(path, json=nowhere, headers=signed(town.provider, referral.version))
    declined = await client.post(path, json=body, headers=signed(town.provider, referral.version))
    sender = (await client.get(f"/referrals/{referral.id}", headers=signed(town.caseworker))).json()

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/suggested_facility_id"
    assert declined.status_code == 200
    assert (sender["decline_reason_code"], sender["suggested_facility_id"]) == tuple(body.values())


NOT_ENOUGH: list[tuple[str, Json, str]] = [
    ("decline", {}, "/reason_code"),
    ("decline", {"reason_code": "moved"}, "/reason_code"),
    ("cancel", {"reason_code": "no_capacity"}, "/reason_code"),
    ("discontinue", {"reason_code": "sent_in_error"}, "/reason_code"),
    ("waitlist", {"expected_on": "2020-01-01"}, "/expected_on"),
    ("schedule", {}, "/scheduled_for"),
    ("schedule", {"scheduled_for": "2026-11-23T10:00:00"}, "/scheduled_for"),
    ("complete", {"outcome_code": "service_completed"}, "/counter_referral"),
    ("complete", {"outcome_code": "accepted", "counter_referral": "x"}, "/outcome_code"),
    ("accept", {"note": "x"}, ""),
]


async def test_what_a_step_needs_is_checked(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()

    for action, body, pointer in NOT_ENOUGH:
        actor = town.caseworker if action == "cancel" else town.provider
        headers = signed(actor, referral.version)
        answer = await client.post(f"/referrals/{referral.id}/{action}", json=body, headers=headers)

        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert await post.now(referral.id) == referral


async def test_nobody_is_expected_before_the_referral_was_sent(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral(at=Status.ACCEPTED)
    assert referral.sent_at
    before = (referral.sent_at - timedelta(hours=1)).isoformat()

    answer = await client.post(
        f"/referrals/{referral.id}/schedule",
        json={"scheduled_for": before},
        headers=signed(town.provider, referral.version),
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "before_sending")


async def test_what_is_cancelled_before_it_was_sent_stays_the_senders(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    draft = await post.draft()

    answer = await act(client, town.caseworker, draft, Action.CANCEL)
    seen = await client.get(f"/referrals/{draft.id}", headers=signed(town.provider))
    inbox = await client.get("/referrals?box=inbox", headers=signed(town.provider))

    assert (answer.json()["status"], answer.json()["cancel_reason_code"]) == ("cancelled", "person_wish")
    assert (seen.status_code, inbox.json()["items"]) == (404, [])


async def test_a_case_of_somebody_elses_cannot_be_referred(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    for actor in (town.colleague, town.outsider, town.other_supervisor):
        answer = await client.post("/referrals", json=post.letter(), headers=signed(actor))
        assert answer.status_code == 404
    for actor in (town.provider, town.sports, town.analyst, town.administrator, town.auditor):
        answer = await client.post("/referrals", json=post.letter(), headers=signed(actor))
        assert answer.status_code == 403
    for actor in (town.caseworker, town.supervisor, town.coordinator):
        answer = await client.post("/referrals", json=post.letter(), headers=signed(actor))
        assert (answer.status_code, answer.json()["owner_id"]) == (201, str(town.caseworker.user_id))


async def test_whoever_takes_over_the_file_is_told_from_then_on(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    async with town.work(town.supervisor) as session:
        await survivors.entrust(
            session, town.supervisor, post.survivor_id, town.colleague.user_id, town.north.id
        )

    answer = await act(client, town.provider, await post.now(referral.id), Action.ACCEPT)

    assert answer.status_code == 200
    assert await told(town, town.caseworker) == []
    assert [kind for kind, _ in await told(town, town.colleague)] == ["referral.accept"]

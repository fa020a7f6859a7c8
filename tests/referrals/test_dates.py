"""A date that moves: a visit at another time, a place that is expected later. Nobody has missed anything."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.access.actor import Actor
from app.core import clock
from app.referrals.models import Referral
from app.referrals.states import Status
from tests.cases.factories import told
from tests.factories import Town, signed
from tests.referrals.factories import a_post

SAID = {
    "schedule": ("scheduled_for", clock.now() + timedelta(days=9)),
    "waitlist": ("expected_on", clock.today() + timedelta(days=90)),
}
STANDS = {"schedule": Status.SCHEDULED, "waitlist": Status.WAITLISTED}


async def says(client: AsyncClient, who: Actor, referral: Referral, action: str, **said: Any) -> Response:
    path = f"/referrals/{referral.id}/{action}"
    return await client.post(path, json=said, headers=signed(who, referral.version))


async def history(client: AsyncClient, who: Actor, referral: Referral, name: str) -> list[Any]:
    answer = await client.get(f"/referrals/{referral.id}/history", headers=signed(who))
    return [step[name] for step in answer.json()["items"] if step["action"] in SAID]


@pytest.mark.parametrize("action", SAID)
async def test_a_date_moves_without_a_missed_visit_and_both_sides_see_what_it_was(
    client: AsyncClient, town: Town, action: str
) -> None:
    name, later = SAID[action]
    post = await a_post(town)
    referral = await post.referral(at=STANDS[action])
    first = getattr(referral, name)

    answer = await says(client, town.provider, referral, action, **{name: later.isoformat()})

    assert (answer.status_code, answer.json()["status"]) == (200, STANDS[action].value)
    assert answer.json()["no_show_reason_code"] is None
    assert (await told(town, town.caseworker)).count((f"referral.{action}", referral.id)) == 2
    for side in (town.caseworker, town.provider):
        kept = [type(first).fromisoformat(day) for day in await history(client, side, referral, name)]
        assert kept == [first, later]


@pytest.mark.parametrize("action", SAID)
async def test_who_may_not_move_a_date_moves_nothing(client: AsyncClient, town: Town, action: str) -> None:
    name, later = SAID[action]
    post = await a_post(town)
    referral = await post.referral(at=STANDS[action])
    news = await told(town, town.caseworker)
    outdated = Referral.model_validate(referral.model_dump() | {"version": referral.version - 1})
    past = {
        "scheduled_for": (clock.now() - timedelta(days=1)).isoformat(),
        "expected_on": (clock.today() - timedelta(days=1)).isoformat(),
    }

    answers = [
        await says(client, town.caseworker, referral, action, **{name: later.isoformat()}),
        await says(client, town.other_provider, referral, action, **{name: later.isoformat()}),
        await says(client, town.provider, outdated, action, **{name: later.isoformat()}),
        await says(client, town.provider, referral, action, **{name: past[name]}),
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 412, 422]
    assert (await post.now(referral.id), await told(town, town.caseworker)) == (referral, news)


async def test_a_place_may_become_unknown_again(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral(at=Status.WAITLISTED)

    answer = await says(client, town.provider, referral, "waitlist")

    assert (answer.status_code, answer.json()["expected_on"]) == (200, None)


async def test_nobody_has_missed_a_visit_that_is_still_to_come(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral(at=Status.SCHEDULED)
    hour = {"scheduled_for": (clock.now() + timedelta(hours=1)).isoformat()}
    moved = await says(client, town.provider, referral, "schedule", **hour)
    assert moved.status_code == 200
    referral, news = await post.now(referral.id), await told(town, town.caseworker)

    answer = await says(client, town.provider, referral, "no-show", next_step_code="end")

    assert (answer.status_code, answer.json()["code"]) == (409, "before-its-time")
    assert (await post.now(referral.id), await told(town, town.caseworker)) == (referral, news)


@pytest.mark.parametrize("action", SAID)
async def test_a_wrong_year_hides_nobody(client: AsyncClient, town: Town, action: str) -> None:
    post = await a_post(town)
    referral = await post.referral(at=STANDS[action])
    day = (clock.today() + timedelta(days=6 * 365)).isoformat()
    far = f"{day}T09:00:00Z" if action == "schedule" else day

    answer = await says(client, town.provider, referral, action, **{SAID[action][0]: far})

    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["code"], fault["pointer"]) == (
        *(422, "too_far_ahead", f"/{SAID[action][0]}"),
    )
    assert fault["message"] == "This lies too far ahead"
    assert await post.now(referral.id) == referral

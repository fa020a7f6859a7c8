"""Several at once, on a database that really commits: one wins, and what is told is told once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Actor
from app.cases.errors import ConsentMissing
from app.core import clock
from app.core.hot import within
from app.core.ids import new_id
from app.referrals import actions
from app.referrals.models import Referral
from app.referrals.states import Action, Party, Status
from app.survivors import actions as survivors
from app.survivors.rules import SHARING
from app.survivors.schemas import NewConsent, WithdrawConsent
from tests.cases.factories import told
from tests.conftest import web
from tests.factories import Town, signed
from tests.referrals.factories import DATA, Post, a_post, told_facility
from tests.survivors.factories import consent as consent_body

REFUSED = {409, 412}  # somebody was faster; a lock that was not to be had in time is a 409 too


@pytest.fixture
async def post(real: AsyncEngine) -> Post:
    return await a_post(await Town(real).build())


@pytest.fixture
async def client(real: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(real) as client:
        yield client


def asks(
    client: AsyncClient, actor: Actor, referral: Referral, action: str, body: Any = None, key: str = ""
) -> Any:
    headers = signed(actor, referral.version) | ({"idempotency-key": key} if key else {})
    return client.post(f"/referrals/{referral.id}/{action}", json=body, headers=headers)


def statuses(answers: list[Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def test_of_accepting_and_cancelling_at_once_one_wins(client: AsyncClient, post: Post) -> None:
    town = post.town
    winners = set()

    for _ in range(8):
        referral = await post.referral()
        before = len(await told(town, town.caseworker)), len(await told_facility(town, town.workshop.id))
        answers: list[Response] = await asyncio.gather(
            asks(client, town.provider, referral, "accept"),
            asks(client, town.caseworker, referral, "cancel", {"reason_code": "person_wish"}),
        )
        after = len(await told(town, town.caseworker)), len(await told_facility(town, town.workshop.id))

        won = [answer.json()["status"] for answer in answers if answer.status_code == 200]
        assert len(won) == 1
        assert {answer.status_code for answer in answers} - {200} <= REFUSED
        assert (await post.now(referral.id)).status.value == won[0]
        assert [move.target.value for move in await post.moves(referral.id)] == ["draft", "sent", won[0]]
        assert (after[0] - before[0], after[1] - before[1]) == ((1, 0) if won[0] == "accepted" else (0, 1))
        winners.add(won[0])

    assert winners <= {"accepted", "cancelled"}


async def test_twenty_repeats_at_once_have_one_effect(client: AsyncClient, post: Post) -> None:
    town = post.town
    referral = await post.referral()
    key = str(new_id())

    asked = [asks(client, town.provider, referral, "accept", key=key) for _ in range(20)]
    answers: list[Response] = await asyncio.gather(*asked)

    done = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.text for answer in done}) == 1
    assert statuses(answers).keys() <= {200, 409, 503}  # who could not wait any longer may ask again
    assert len(done) >= 1
    again = await asks(client, town.provider, referral, "accept", key=key)
    assert (again.status_code, again.text) == (200, done[0].text)
    assert [move.target for move in await post.moves(referral.id)][2:] == [Status.ACCEPTED]
    assert await told(town, town.caseworker) == [("referral.accept", referral.id)]


async def test_twenty_drafts_under_one_id_are_one_draft(client: AsyncClient, post: Post) -> None:
    body = post.letter(id=str(new_id()))
    headers = signed(post.town.caseworker)

    answers = await asyncio.gather(
        *(client.post("/referrals", json=body, headers=headers) for _ in range(20))
    )

    count = statuses(list(answers))
    assert count[201] == 1
    assert count.keys() <= {200, 201, 409, 503}
    assert len(await post.moves(body["id"])) == 1


async def test_many_people_of_one_facility_accept_once(client: AsyncClient, post: Post) -> None:
    town = post.town
    referral = await post.referral()

    asked = [asks(client, who, referral, "accept") for who in (town.provider, town.counsellor) * 4]
    answers: list[Response] = await asyncio.gather(*asked)

    assert statuses(answers)[200] == 1
    assert statuses(answers).keys() - {200} <= REFUSED | {503}
    assert await told(town, town.caseworker) == [("referral.accept", referral.id)]


async def test_sending_holds_the_consent_until_it_is_done(post: Post) -> None:
    """A consent taken back while a referral is being sent on it ends that referral too."""
    agreed, draft = await post.consent(), await post.draft()
    me = post.town.caseworker

    async with post.town.work(me) as session:
        await actions.send(session, me, draft.id, draft.version)
        taking_back = asyncio.create_task(post.withdraw(agreed))
        done, _ = await asyncio.wait({taking_back}, timeout=0.5)
        assert not done, "the consent was taken back under a referral that stands on it"

    assert await taking_back == 1
    assert (await post.now(draft.id)).status is Status.REVOKED


async def test_a_consent_can_be_taken_back_while_the_facility_answers(post: Post) -> None:
    """However busy the facility is with the referral at that very moment, the person's word counts."""
    agreed, referral = await post.consent(), await post.referral()
    provider = post.town.provider

    async with post.town.work(provider) as session:
        await actions.accept(await within(session), provider, referral.id, referral.version)
        taking_back = asyncio.create_task(post.withdraw(agreed))
        done, _ = await asyncio.wait({taking_back}, timeout=0.5)
        assert not done

    assert await taking_back == 1
    assert [move.target for move in await post.moves(referral.id)][2:] == [Status.ACCEPTED, Status.REVOKED]


async def test_a_paper_taken_back_while_another_renews_it_ends_what_stood_on_it(post: Post) -> None:
    agreed = await post.consent(valid_until=(clock.today() + timedelta(days=5)).isoformat())
    referral, me = await post.referral(), post.town.caseworker
    longer = consent_body(SHARING, facility_id=str(post.town.workshop.id), data_codes=DATA)

    async with post.town.work(me) as session:
        new, _ = await survivors.give_consent(
            session, me, post.survivor_id, NewConsent.model_validate(longer)
        )
        assert await actions.renew_for(session, me, new.id) == 1
        taking_back = asyncio.create_task(post.withdraw(agreed))
        done, _ = await asyncio.wait({taking_back}, timeout=0.5)
        assert not done, "the paper was taken back while what stands on it was moved to another"

    assert await taking_back == 1
    assert (await post.now(referral.id)).status is Status.REVOKED


async def test_what_was_taken_back_meanwhile_is_not_sent(post: Post) -> None:
    agreed, draft = await post.consent(), await post.draft()
    me, given = post.town.caseworker, WithdrawConsent(reason_code="not_stated")

    async with post.town.work(me) as session:
        await survivors.withdraw_consent(session, me, post.survivor_id, agreed, 1, given)
        sending = asyncio.create_task(post.step(draft, Action.SEND, Party.SENDER))
        done, _ = await asyncio.wait({sending}, timeout=0.5)
        assert not done

    with pytest.raises(ConsentMissing):
        await sending
    assert (await post.now(draft.id)).status is Status.DRAFT


async def test_sending_and_taking_back_at_once_leave_nothing_live(client: AsyncClient, post: Post) -> None:
    """Whoever comes first."""
    for _ in range(4):
        agreed, draft = await post.consent(), await post.draft()
        answer, _ = await asyncio.gather(
            asks(client, post.town.caseworker, draft, "send"), post.withdraw(agreed)
        )

        referral = await post.now(draft.id)
        assert answer.status_code in {200, 409}
        assert referral.status is (Status.REVOKED if answer.status_code == 200 else Status.DRAFT)

"""A paper that is renewed: what is under way stands on it, and ends with whichever is taken back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlmodel import col

from app.access.actor import CALENDAR
from app.core import clock
from app.core.ids import new_id
from app.referrals.models import Referral
from app.referrals.states import Status
from app.survivors.models import Consent
from app.survivors.rules import SHARING
from tests.cases.factories import events
from tests.factories import Town, signed
from tests.referrals.factories import DATA, Post, a_post
from tests.survivors.factories import consent as consent_body


def day(after: int) -> str:
    return (clock.today() + timedelta(days=after)).isoformat()


async def agrees(client: AsyncClient, post: Post, **said: Any) -> UUID:
    """The person signs a paper with the workshop, as its caseworker records it."""
    body = {"facility_id": str(post.town.workshop.id), "data_codes": DATA, "given_on": day(0)} | said
    answer = await client.post(
        f"/survivors/{post.survivor_id}/consents",
        json=consent_body(SHARING, id=str(new_id())) | body,
        headers=signed(post.sender),
    )
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def takes_back(client: AsyncClient, post: Post, consent_id: UUID) -> None:
    path = f"/survivors/{post.survivor_id}/consents/{consent_id}/withdraw"
    said = {"reason_code": "fear_of_harm"}
    answer = await client.post(path, json=said, headers=signed(post.sender, 1))
    assert answer.status_code == 200, answer.text


async def changed(town: Town, referral: Referral, **values: Any) -> None:
    """What only time does."""
    async with town.work(CALENDAR) as session:
        mine = sa.update(Referral).where(col(Referral.id) == referral.id)
        await session.exec(mine.values(**values))


async def read(client: AsyncClient, post: Post, referral: Referral) -> int:
    path = f"/referrals/{referral.id}/shared-record"
    return (await client.get(path, headers=signed(post.town.provider))).status_code


@pytest.mark.parametrize("late", [False, True], ids=["in time", "after its last day"])
async def test_a_treatment_goes_on_when_its_paper_is_renewed(
    client: AsyncClient, town: Town, late: bool
) -> None:
    post = await a_post(town)
    run_out = await post.consent(given_on=day(-9), valid_until=day(-1))
    old = await post.consent(valid_until=day(5))
    under_way = await post.referral(at=Status.IN_PROGRESS)
    over = await post.referral(at=Status.COMPLETED)
    if late:
        await changed(town, under_way, consent_id=run_out)
        assert await read(client, post, under_way) == 404

    new = await agrees(client, post, valid_until=day(300))

    assert await read(client, post, under_way) == 200
    assert (await post.now(under_way.id)).consent_id == new
    assert (await post.now(over.id)).consent_id == old, "what is over was done on the paper of that time"
    (line,) = await events(town, "referral.renew")
    assert line.object_ids == [under_way.id, post.case_id, post.survivor_id, new]


async def test_nothing_revives_what_stands_on_a_paper_that_was_taken_back(
    client: AsyncClient, town: Town
) -> None:
    """Not even where a slip of ours had left it standing."""
    post = await a_post(town)
    old = await post.consent(valid_until=day(5))
    referral = await post.referral(at=Status.ACCEPTED)
    async with town.work(CALENDAR) as session:
        gone = sa.update(Consent).where(col(Consent.id) == old)
        await session.exec(gone.values(withdrawn_at=clock.now()))

    await agrees(client, post, valid_until=day(300))

    assert (await post.now(referral.id)).consent_id == old
    assert await read(client, post, referral) == 404


NOT_MORE = {
    "as long": {},
    "shorter": {"valid_until": 200},
    "allows less": {"data_codes": ["identity", "contact"], "valid_until": 900},
    "with another": {"facility_id": "club", "valid_until": 900},
}


@pytest.mark.parametrize("said", NOT_MORE.values(), ids=NOT_MORE)
async def test_a_paper_that_gives_no_more_changes_nothing(
    client: AsyncClient, town: Town, said: dict[str, Any]
) -> None:
    post = await a_post(town)
    old = await post.consent(valid_until=day(300))
    sent = await post.referral()
    said = {**said, "valid_until": day(said.get("valid_until", 300))}
    if "facility_id" in said:
        said["facility_id"] = str(town.club.id)

    await agrees(client, post, **said)

    now = await post.now(sent.id)
    assert (now.consent_id, now.version) == (old, sent.version)


@pytest.mark.parametrize("which", ["old", "new"])
async def test_whichever_paper_is_taken_back_ends_what_was_renewed(
    client: AsyncClient, town: Town, which: str
) -> None:
    post = await a_post(town)
    papers = {"old": await post.consent(valid_until=day(5))}
    renewed = await post.referral(at=Status.SCHEDULED)
    papers["new"] = await agrees(client, post, valid_until=day(300))
    since = await post.referral()
    assert since.consent_id == papers["new"]

    await takes_back(client, post, papers[which])

    assert (await post.now(renewed.id)).status is Status.REVOKED
    assert await read(client, post, renewed) == 404
    stands = Status.SENT if which == "old" else Status.REVOKED  # it never stood on the old one
    assert (await post.now(since.id)).status is stands


async def test_an_old_paper_that_has_run_out_takes_nothing_back(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    run_out = await post.consent(given_on=day(-9), valid_until=day(-1))
    await post.consent(valid_until=day(5))
    renewed = await post.referral(at=Status.ACCEPTED)
    new = await agrees(client, post, valid_until=day(300))

    await takes_back(client, post, run_out)

    now = await post.now(renewed.id)
    assert (now.status, now.consent_id) == (Status.ACCEPTED, new)
    assert await read(client, post, renewed) == 200

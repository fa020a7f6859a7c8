"""What ends by itself, when, and that it ends once."""

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from app.access.actor import CALENDAR
from app.core.config import settings
from app.referrals import jobs
from app.referrals.models import Referral
from app.referrals.states import Action, Party, Status
from tests.cases.factories import events, told
from tests.factories import Town
from tests.referrals.factories import Post, a_post, told_facility


async def waited(post: Post, referral: Referral, over: timedelta) -> None:
    """Set the answer-by date so far back that it has been over for this long."""
    assert referral.sent_at
    async with post.town.work(post.town.caseworker) as session:
        row = (await session.exec(select(Referral).where(Referral.id == referral.id))).one()
        row.answer_by = referral.sent_at - over


async def test_only_what_nobody_answered_in_time_expires(town: Town) -> None:
    post = await a_post(town)
    day = timedelta(days=1)
    grace = timedelta(days=settings().referral_grace_days)
    late, early = await post.referral(), await post.referral()
    answered = await post.referral(at=Status.ACCEPTED)
    fresh, draft = await post.referral(), await post.draft()
    await waited(post, late, grace + day)
    await waited(post, early, grace - day)
    await waited(post, answered, grace + day)

    ended = [await jobs.expire(town.database), await jobs.expire(town.database)]

    states = {each.id: (await post.now(each.id)).status for each in (late, early, answered, fresh, draft)}
    assert ended == [1, 0]
    assert states == {
        late.id: Status.EXPIRED,
        early.id: Status.SENT,
        answered.id: Status.ACCEPTED,
        fresh.id: Status.SENT,
        draft.id: Status.DRAFT,
    }


async def test_an_expiry_is_told_to_the_sender_and_is_nobodys_act(town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    heard = len(await told_facility(town, town.workshop.id))

    await jobs.expire(town.database, timedelta(days=-30))

    line = (await events(town, "referral.expire"))[0]
    last = (await post.moves(referral.id))[-1]
    assert await told(town, town.caseworker) == [("referral.expire", referral.id)]
    assert len(await told_facility(town, town.workshop.id)) == heard
    assert (last.action, last.by_id, line.user_id) == (Action.EXPIRE, None, CALENDAR.user_id)
    assert line.user_id not in {user.id for user in town.users}


async def test_two_runs_at_once_end_each_referral_once(real: AsyncEngine) -> None:
    town = await Town(real).build()
    post = await a_post(town)
    sent = [await post.referral() for _ in range(4)]

    ended = await asyncio.gather(*(jobs.expire(real, timedelta(days=-30)) for _ in range(4)))

    assert sum(ended) == len(sent)
    assert sorted(await told(town, town.caseworker)) == sorted(("referral.expire", each.id) for each in sent)


async def test_an_expired_referral_can_be_drafted_anew(town: Town) -> None:
    post = await a_post(town)
    await post.step(await post.referral(), Action.EXPIRE, Party.SYSTEM)

    assert (await post.referral()).status is Status.SENT

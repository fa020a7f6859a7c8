"""What is not answered in time reaches the manager, then the coordinator, once each; both sides see it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from app.access.actor import CALENDAR, Actor
from app.accounts.models import Membership
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.errors import NotFound
from app.core.ids import new_id
from app.organisations.models import ClosedDay, Facility
from app.referrals import jobs, queries
from app.referrals.models import Escalation, Referral
from app.referrals.states import Action, Party
from tests.cases.factories import events, told
from tests.factories import KEEPER, Town, signed
from tests.referrals.factories import Post, a_post, told_facility

KIND = "referral.escalate"
HOUR = timedelta(hours=1)


def jump(patch: pytest.MonkeyPatch, to: datetime) -> None:
    """Let the clock show this moment."""
    patch.setattr(clock, "now", lambda: to)


async def heard(town: Town, *people: Actor) -> list[int]:
    """How often each of these was told of an escalation."""
    return [sum(kind == KIND for kind, _ in await told(town, each)) for each in people]


async def managed_by(town: Town, actor: Actor) -> None:
    async with unit_of_work(town.database, KEEPER) as session:
        one = (await session.exec(select(Facility).where(Facility.id == town.workshop.id))).one()
        one.manager_id = actor.user_id


async def steps(client: AsyncClient, town: Town, referral: Referral, actor: Actor) -> list[Any]:
    answer = await client.get(f"/referrals/{referral.id}/escalations", headers=signed(actor))
    assert answer.status_code == 200
    return [(each["step"], each["tells"]) for each in answer.json()]


async def test_the_manager_hears_first_then_the_coordinator_each_once(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await a_post(town)
    await managed_by(town, town.counsellor)
    referral = await post.referral(priority_code="urgent")
    assert referral.answer_by
    everybody = (town.counsellor, town.coordinator, town.caseworker)

    found = []
    for at in (-HOUR, HOUR, 2 * HOUR, 25 * HOUR, 26 * HOUR):
        jump(monkeypatch, referral.answer_by + at)
        found.append((await jobs.escalate(town.database), await heard(town, *everybody)))
    monkeypatch.undo()

    assert found == [
        *((0, [0, 0, 0]), (1, [1, 0, 1]), (0, [1, 0, 1])),
        *((1, [1, 1, 2]), (0, [1, 1, 2])),
    ]
    for side in (town.caseworker, town.provider):
        assert await steps(client, town, referral, side) == [(1, "manager"), (2, "coordinator")]
    assert len(await events(town, KIND)) == 2
    assert [kind for kind, _ in await told_facility(town, town.workshop.id)] == ["referral.send"]


@pytest.mark.parametrize("manager", ["nobody", "somebody who has left"])
async def test_where_nobody_manages_a_facility_all_of_its_people_hear(
    town: Town, monkeypatch: pytest.MonkeyPatch, manager: str
) -> None:
    post = await a_post(town)
    if manager != "nobody":
        await managed_by(town, town.counsellor)
        async with unit_of_work(town.database, GATE) as session:
            wanted = select(Membership).where(col(Membership.id) == town.counsellor.membership_id)
            (await session.exec(wanted)).one().ended_at = clock.now()
    referral = await post.referral(priority_code="emergency")
    assert referral.answer_by
    jump(monkeypatch, referral.answer_by + HOUR)

    await jobs.escalate(town.database)

    assert [kind for kind, _ in await told_facility(town, town.workshop.id)][-1] == KIND
    assert await heard(town, town.counsellor, town.caseworker) == [0, 1]


async def test_what_was_answered_or_taken_back_climbs_no_further(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await a_post(town)
    answered, cancelled = await post.referral(), await post.referral()
    await post.step(answered, Action.ACCEPT, Party.RECEIVER)
    await post.step(cancelled, Action.CANCEL, Party.SENDER)
    jump(monkeypatch, clock.now() + timedelta(days=60))

    assert await jobs.escalate(town.database) == 0


async def test_a_day_closed_later_puts_off_the_date_of_a_normal_referral_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await a_post(town)
    normal = await post.referral(priority_code="normal")
    urgent = await post.referral(priority_code="urgent")
    assert normal.answer_by
    assert urgent.answer_by
    days = [urgent.answer_by.date(), normal.answer_by.date()]
    async with unit_of_work(town.database, KEEPER) as session:
        session.add_all([ClosedDay(facility_id=town.workshop.id, day=day) for day in days])
    jump(monkeypatch, normal.answer_by + HOUR)

    await jobs.escalate(town.database)

    later, same = await post.now(normal.id), await post.now(urgent.id)
    assert later.answer_by
    assert later.answer_by == normal.answer_by + timedelta(days=2)
    assert same.answer_by == urgent.answer_by


async def test_what_waits_for_open_days_keeps_nobody_else_waiting(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of them there are: everything that is due is told of in one run."""
    post = await a_post(town)
    resting = [await post.referral(priority_code="normal") for _ in range(3)]
    await post.referral(priority_code="urgent")
    until = resting[-1].answer_by
    assert until
    async with unit_of_work(town.database, KEEPER) as session:
        place = (await session.exec(select(Facility).where(Facility.id == town.workshop.id))).one()
        for after in range(1, 9):
            rests = clock.day_of(until) + timedelta(days=after)
            session.add(ClosedDay(facility_id=place.id, day=rests))
    monkeypatch.setattr(queries, "MOST_EXPIRED", 2)
    jump(monkeypatch, until + HOUR)
    assert await jobs.escalate(town.database) == 5  # each its first step, the urgent one both
    later = await a_later(town, post, until + 10 * HOUR)

    jump(monkeypatch, until + 80 * HOUR)  # the second step of the three, but for the closed days
    assert await jobs.escalate(town.database) == 2
    assert await taken(town, later) == [1, 2]
    assert [await taken(town, each) for each in resting] == [[1]] * 3


async def a_later(town: Town, post: Post, until: datetime) -> Referral:
    """An urgent one that is to be answered by then."""
    one = await post.referral(priority_code="urgent")
    async with town.work(CALENDAR) as session:
        mine = sa.update(Referral).where(col(Referral.id) == one.id)
        await session.exec(mine.values(sent_at=until - 72 * HOUR, answer_by=until))
    return one


async def taken(town: Town, referral: Referral) -> list[int]:
    async with town.work(town.coordinator) as session:
        rows = select(Escalation.step).where(Escalation.referral_id == referral.id)
        return sorted((await session.exec(rows)).all())


async def test_of_a_place_without_accounts_the_sender_alone_hears(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await a_post(town)
    referral = await post.outside()
    assert referral.answer_by
    jump(monkeypatch, referral.answer_by + HOUR)

    await jobs.escalate(town.database)

    assert await heard(town, town.caseworker, town.coordinator) == [1, 0]
    assert await told_facility(town, referral.to_facility_id) == []


async def test_runs_at_once_take_each_step_once(real: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    town = await Town(real).build()
    post = await a_post(town)
    sent = [await post.referral(priority_code="urgent") for _ in range(3)]
    assert sent[-1].answer_by
    jump(monkeypatch, sent[-1].answer_by + 30 * HOUR)

    taken = await asyncio.gather(*(jobs.escalate(real) for _ in range(4)))

    assert sum(taken) == 2 * len(sent)
    assert await heard(town, town.coordinator, town.caseworker) == [3, 6]


async def test_the_database_takes_an_escalation_from_the_calendar_alone(town: Town) -> None:
    post: Post = await a_post(town)
    referral = await post.referral()
    for actor in (town.caseworker, town.provider, town.supervisor):
        with pytest.raises(NotFound):
            async with town.work(actor) as session:
                session.add(
                    Escalation(
                        id=new_id(),
                        referral_id=referral.id,
                        to_facility_id=referral.to_facility_id,
                        owner_id=referral.owner_id,
                        team_id=referral.team_id,
                        step=1,
                        tells="manager",
                        answer_by=clock.now(),
                    )
                )

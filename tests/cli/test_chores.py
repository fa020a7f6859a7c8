"""What nobody asks for is done by whoever carries the messages: late answers soon, the rest once a day."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from app.access.actor import CALENDAR
from app.cli import chores
from app.core import clock
from app.core.errors import Unavailable
from app.referrals.models import Escalation, Referral
from tests.factories import Town
from tests.referrals.factories import Post, a_post

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
PACE = timedelta(milliseconds=20)


async def late(post: Post) -> Referral:
    """Something urgent that was to be answered an hour ago."""
    referral = await post.referral(priority_code="urgent")
    async with post.town.work(CALENDAR) as session:
        mine = sa.update(Referral).where(col(Referral.id) == referral.id)
        sent = clock.now() - timedelta(hours=73)
        await session.exec(mine.values(sent_at=sent, answer_by=sent + timedelta(hours=72)))
    return referral


async def told_of(town: Town, *late: Referral) -> None:
    """Wait until somebody was told of all of these."""
    ids = {each.id for each in late}
    async with asyncio.timeout(60):
        while True:
            async with town.work(town.coordinator) as session:
                if set((await session.exec(select(Escalation.referral_id))).all()) == ids:
                    return
            await asyncio.sleep(0.02)


async def test_late_answers_are_told_of_at_once_and_the_rest_is_done_once_a_day(
    real: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await Town(real).build()
    post, stop, days = await a_post(town), asyncio.Event(), [clock.today()]
    tidied: list[Any] = []
    whole: Callable[[AsyncEngine], Any] = chores._tidied

    async def counted(engine: AsyncEngine) -> None:
        if not tidied:  # a database that is away for a moment
            tidied.append(None)
            raise Unavailable
        tidied.append(days[-1])
        await whole(engine)

    monkeypatch.setattr(chores, "_tidied", counted)
    monkeypatch.setattr(clock, "today", lambda: days[-1])
    first = await late(post)
    keeping = asyncio.create_task(chores.keep_time(real, stop, PACE))
    await told_of(town, first)
    second = await late(post)
    await told_of(town, first, second)
    days.append(days[0] + timedelta(days=1))
    async with asyncio.timeout(60):
        while len(tidied) < 3:
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(keeping, 60)

    assert tidied == [None, *days]


def test_what_is_deployed_carries_messages_and_keeps_time_without_the_owners_address() -> None:
    """Without it no late answer is noticed and nobody is told of anything outside the app."""
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    courier = services["deliver"]

    assert courier["command"] == ["deliver"]
    assert set(courier["networks"]) == {"inside", "outside"}
    assert courier["restart"] == services["api"]["restart"]
    assert "migration_url" not in courier["secrets"]

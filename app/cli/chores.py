"""What somebody, or a timer, does now and then: end what is over, raise what is due."""

import asyncio
from typing import NamedTuple

import sqlalchemy as sa

from app.accounts import jobs as accounts
from app.cli import database
from app.core.db import GATE, connect, unit_of_work
from app.referrals import jobs as referrals
from app.reminders import jobs as reminders


class Tidied(NamedTuple):
    """How much there was of each."""

    ended: int
    woken: int
    raised: int
    dropped: int


def tidy(owner: sa.URL) -> Tidied:
    """End unanswered referrals, wake cases, raise the day's tasks, drop sessions that open nothing."""

    async def run() -> Tidied:
        engine = connect(database.login_address(owner))
        try:
            ended = woken = 0
            while some := await referrals.expire(engine):
                ended += some
            while some := await reminders.wake(engine):
                woken += some
            raised = await reminders.remind(engine)
            async with unit_of_work(engine, GATE) as session:
                return Tidied(ended, woken, raised, await accounts.tidy(session))
        finally:
            await engine.dispose()

    return asyncio.run(run())

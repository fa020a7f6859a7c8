"""What somebody, or a timer, does now and then: end what is over, renew the root key."""

import asyncio

import sqlalchemy as sa

from app.accounts import jobs as accounts
from app.cli import database
from app.core.db import GATE, connect, unit_of_work
from app.referrals import jobs as referrals


def tidy(owner: sa.URL) -> tuple[int, int]:
    """End referrals nobody answered and drop sessions that open nothing; how many of each."""

    async def run() -> tuple[int, int]:
        engine = connect(database.login_address(owner))
        try:
            ended = 0
            while some := await referrals.expire(engine):
                ended += some
            async with unit_of_work(engine, GATE) as session:
                return ended, await accounts.tidy(session)
        finally:
            await engine.dispose()

    return asyncio.run(run())

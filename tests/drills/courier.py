"""A courier of a drill: the real one, but its webhooks go to a receiver on loopback, which the guard bars."""

import asyncio
import sys
from datetime import timedelta
from functools import partial

import httpcore

from app.core.db import connect
from app.couriers import carriers, jobs, rules
from app.couriers.models import Channel
from app.couriers.parcels import Send

HOLD = timedelta(seconds=5)  # what a killed courier held is sent again after so long
BACK_OFF = (HOLD,) * len(rules.BACK_OFF)  # as often as in service, but a drill cannot wait for days


async def main(address: str, receiver: str) -> None:
    """Carry until killed."""

    async def post(_url: str, headers: dict[str, str], body: bytes) -> int:
        async with asyncio.timeout(HOLD.total_seconds() / 2), httpcore.AsyncConnectionPool() as pool:
            lines = list(headers.items())
            return int((await pool.request("POST", receiver, headers=lines, content=body)).status)

    hook: Send = partial(carriers.webhook, post=post)
    rules.BACK_OFF = BACK_OFF
    ways = {Channel.EMAIL: carriers.mail, Channel.WEBHOOK: hook}
    await jobs.run(connect(address), ways, asyncio.Event(), HOLD)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

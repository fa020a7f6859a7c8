"""What somebody, or a timer, does now and then: end what is over, raise what is due."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts import jobs as accounts
from app.assignments import jobs as assignments
from app.cli import database
from app.core import clock
from app.core.db import GATE, connect, unit_of_work
from app.couriers import carriers
from app.couriers import jobs as couriers
from app.referrals import jobs as referrals
from app.rehabilitation import jobs as rehabilitation
from app.reminders import jobs as reminders
from app.waits import jobs as waits
from app.wellbeing import jobs as wellbeing

PACE = timedelta(minutes=5)
"""The shortest step of the ladder is four hours."""
_log = logging.getLogger(__name__)


class Tidied(NamedTuple):
    """How much there was of each."""

    escalated: int
    ended: int
    woken: int
    raised: int
    asked: int
    dropped: int


def tidy(owner: sa.URL) -> Tidied:
    """Escalate and end unanswered referrals, wake cases, raise tasks, ask for checks, drop sessions."""

    async def run() -> Tidied:
        engine = connect(database.login_address(owner))
        try:
            return await _tidied(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())


async def _tidied(engine: AsyncEngine) -> Tidied:
    escalated, ended = await _late(engine)
    woken = await _all(engine, reminders.wake)
    await rehabilitation.reckon(engine)
    await _all(engine, wellbeing.forget)
    raised = await reminders.remind(engine)
    await referrals.measure_load(engine)
    await waits.measure(engine)
    asked = await _all(engine, reminders.ask_to_verify)
    async with unit_of_work(engine, GATE) as session:
        dropped = await accounts.tidy(session)
    return Tidied(escalated, ended, woken, raised, asked, dropped)


def deliver(address: str, once: bool) -> None:
    """Assign in bulk, carry what is in the outbox, do what the calendar says; until a signal, or once."""

    async def run() -> None:
        engine, ways, stop = connect(address), carriers.configured(), asyncio.Event()
        for ending in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(ending, stop.set)
        try:
            if once:
                await _late(engine)
                await _all(engine, assignments.assign_some)
                await _all(engine, partial(couriers.hand_on, ways=ways))
                await _all(engine, partial(couriers.carry, ways=ways))
            else:
                await asyncio.gather(
                    couriers.run(engine, ways, stop), assignments.run(engine, stop), keep_time(engine, stop)
                )
        finally:
            await engine.dispose()

    asyncio.run(run())


async def keep_time(engine: AsyncEngine, stop: asyncio.Event, pace: timedelta = PACE) -> None:
    """What the calendar says: late answers at this pace, everything else once a day, and at the start."""
    tidied: date | None = None
    while not stop.is_set():
        try:
            if tidied != (today := clock.today()):
                await _tidied(engine)
                tidied = today
            else:
                await _late(engine)
        except couriers.AWAY as error:
            _log.warning("nothing is done by the calendar at the moment: %s", type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), pace.total_seconds())
        except TimeoutError:
            continue


async def _late(engine: AsyncEngine) -> tuple[int, int]:
    """Tell of what was not answered in time, and end what nobody will answer; how many of each."""
    return await _all(engine, referrals.escalate), await _all(engine, referrals.expire)


async def _all(engine: AsyncEngine, job: Callable[[AsyncEngine], Awaitable[int]]) -> int:
    """Run a job, unit of work by unit of work, until it has no more to do."""
    done = 0
    while some := await job(engine):
        done += some
    return done

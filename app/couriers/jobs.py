"""Carry messages out of the house. Any number of workers may do so at once, and any of them may die at once.

What must be told is in the outbox (`notification`) when the change it reports is. A worker hands it on: one
delivery for each way a person or a system is told by, in the transaction that marks it handed. Then it holds
some deliveries for a while, sends them outside any transaction, and settles them. If it dies in between, what
it held is due again when the while is over: everything arrives at least once, under an id that stays.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import CALENDAR
from app.core import clock
from app.core.db import Bind, unit_of_work
from app.core.errors import Problem
from app.couriers import packing, queries, visits
from app.couriers.models import Channel
from app.couriers.parcels import Parcel
from app.couriers.queries import COURIER
from app.couriers.settling import Sent, Ways, send, settle

HOLD = timedelta(minutes=2)  # longer than any sending takes
PAUSE = 1.0  # seconds without anything to do
AWAY = (Problem, OSError, sa.exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = logging.getLogger(__name__)


async def run(database: Bind, ways: Ways, stop: asyncio.Event, hold: timedelta = HOLD) -> None:
    """Hand on and carry until told to stop; a database that is away comes back."""
    while not stop.is_set():
        try:
            busy = await hand_on(database, ways)
            busy += await carry(database, ways, hold) + await remind(database, ways, hold)
        except AWAY as error:
            _log.warning("nothing is carried at the moment: %s", type(error).__name__)
            busy = 0
        if not busy:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE)
            except TimeoutError:
                continue


async def hand_on(database: Bind, ways: Ways) -> int:
    """Make the deliveries of some messages that are new in the outbox; how many messages."""
    async with unit_of_work(database, COURIER) as session:
        messages = await queries.new_messages(session)
        session.add_all(await packing.deliveries(session, messages, list(ways), clock.now()))
        for message in messages:
            message.handed_at = clock.now()
        return len(messages)


async def carry(database: Bind, ways: Ways, hold: timedelta = HOLD) -> int:
    """Send some of what is due; how many deliveries were settled, whether they were taken or not."""
    until = clock.now() + hold
    async with unit_of_work(database, COURIER) as session:
        parcels = await _take(session, until)
    if not (sent := await _all_sent(ways, parcels)):
        return 0
    async with unit_of_work(database, COURIER) as session:
        return settle(await queries.carried(session, _ids(parcels), until), sent, clock.now())


async def remind(database: Bind, ways: Ways, hold: timedelta = HOLD) -> int:
    """Remind some people of visits that are near; how many. A courier sees no file: the calendar does it."""
    if Channel.TEXT not in ways:
        return 0
    until = clock.now() + hold
    async with unit_of_work(database, CALENDAR.limits) as session:
        parcels = await visits.take(session, CALENDAR, until)
    if not (sent := await _all_sent(ways, parcels)):
        return 0
    async with unit_of_work(database, CALENDAR.limits) as session:
        return settle(await visits.carried(session, _ids(parcels), until), sent, clock.now())


async def _all_sent(ways: Ways, parcels: Sequence[Parcel]) -> Sent:
    """How each went, all at once and outside any transaction."""
    return list(zip(parcels, await asyncio.gather(*(send(ways, one) for one in parcels)), strict=True))


def _ids(parcels: Sequence[Parcel]) -> list[UUID]:
    return [delivery for parcel in parcels for delivery in parcel.deliveries]


async def _take(session: AsyncSession, until: datetime) -> Sequence[Parcel]:
    """Hold what is due, and pack it. What was read in the app meanwhile needs no letter any more."""
    found = await queries.due(session, clock.now())
    parcels, unneeded = await packing.parcels(session, found)
    for delivery in unneeded:
        await session.delete(delivery)
    for delivery in found:
        if delivery not in unneeded:
            delivery.held_until, delivery.tries = until, delivery.tries + 1
    return parcels

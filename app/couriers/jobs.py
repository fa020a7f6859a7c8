"""Carry messages out of the house. Any number of workers may do so at once, and any of them may die at once.

What must be told is in the outbox (`notification`) when the change it reports is. A worker hands it on: one
delivery for each way a person or a system is told by, in the transaction that marks it handed. Then it holds
some deliveries for a while, sends them outside any transaction, and settles them. If it dies in between, what
it held is due again when the while is over: everything arrives at least once, under an id that stays.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import asyncpg
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.db import Bind, unit_of_work
from app.core.errors import Problem
from app.couriers import packing, queries, rules
from app.couriers.carriers import Fault, Parcel, Send
from app.couriers.models import Channel, Delivery
from app.couriers.queries import COURIER

HOLD = timedelta(minutes=2)  # longer than any sending takes
PAUSE = 1.0  # seconds without anything to do
AWAY = (Problem, OSError, sa.exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = logging.getLogger(__name__)
Ways = Mapping[Channel, Send]
Sent = list[tuple[Parcel, Fault | None]]


async def run(database: Bind, ways: Ways, stop: asyncio.Event, hold: timedelta = HOLD) -> None:
    """Hand on and carry until told to stop; a database that is away comes back."""
    while not stop.is_set():
        try:
            busy = await hand_on(database, ways) + await carry(database, ways, hold)
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
    sent: Sent = list(zip(parcels, await asyncio.gather(*(_send(ways, one) for one in parcels)), strict=True))
    if not sent:
        return 0
    async with unit_of_work(database, COURIER) as session:
        return await _settle(session, until, sent)


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


async def _send(ways: Ways, parcel: Parcel) -> Fault | None:
    try:
        if not parcel.to:
            raise Fault("no_address", final=True)
        if parcel.channel not in ways:
            raise Fault("no_such_way")
        await ways[parcel.channel](parcel)
    except Fault as fault:
        return fault
    return None


async def _settle(session: AsyncSession, until: datetime, sent: Sent) -> int:
    """Write down how it went, for all that is still ours to settle."""
    faults = {delivery: fault for parcel, fault in sent for delivery in parcel.deliveries}
    ours = await queries.carried(session, list(faults), until)
    for delivery in ours:
        _ended(delivery, faults[delivery.id], clock.now())
    return len(ours)


def _ended(delivery: Delivery, fault: Fault | None, now: datetime) -> None:
    """Sent, or to be tried again later, or given up."""
    delivery.held_until, delivery.fault = None, fault.code if fault else None
    again = rules.next_try(delivery.tries, now) if fault and not fault.final else None
    if fault is None:
        delivery.sent_at = now
    elif again:
        delivery.due_at = again
    else:
        delivery.dead_at = now

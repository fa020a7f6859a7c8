"""The demo's releases are checked and published as any others: by two people of its staff, on their days."""

import asyncio

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from app.access.actor import Actor
from app.access.table import Permission, Role
from app.accounts.models import Membership, User
from app.core import clock
from app.core.db import GATE, connect, unit_of_work
from app.statistics import actions, queries
from app.statistics.states import Status


def publish(owner: sa.URL) -> None:
    """Check what was prepared as the auditor, and publish what its day has come for as the coordinator."""

    async def both() -> None:
        engine = connect(owner)
        try:
            await _publish(
                engine, await _member(engine, Role.AUDITOR), await _member(engine, Role.COORDINATOR)
            )
        finally:
            await engine.dispose()

    asyncio.run(both())


async def _publish(engine: AsyncEngine, checker: Actor, publisher: Actor) -> None:
    async with unit_of_work(engine, checker.limits) as session:
        every = await queries.every(session, checker.grant(Permission.RELEASE_CHECK))
        waiting = [one for one in every if one.status is Status.PREPARED]
        checked = [await actions.check(session, checker, one.id, one.version) for one in waiting]
    for release in checked:
        if release.publication_on <= clock.today():
            async with unit_of_work(engine, publisher.limits) as session:
                await actions.publish(session, publisher, release.id, release.version)


async def _member(engine: AsyncEngine, role: Role) -> Actor:
    """One of the staff with this role, acting."""
    async with unit_of_work(engine, GATE) as session:
        rows = select(Membership, User).join(User).where(Membership.role == role)
        membership, user = (await session.exec(rows.order_by(User.username).limit(1))).one()
    return Actor(user.id, role, membership.organisation_id, membership_id=membership.id)

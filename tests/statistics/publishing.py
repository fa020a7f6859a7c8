"""A release made as it is made: prepared by the job, checked by one person, published by another."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Actor
from app.access.table import Permission, Role
from app.core.db import unit_of_work
from app.core.ids import new_id
from app.statistics import actions, jobs, queries

CHECKER, PUBLISHER = (Actor(new_id(), role, new_id()) for role in (Role.AUDITOR, Role.COORDINATOR))


async def publish(
    owner: AsyncEngine, until: date | None = None, expected_files: int | None = None, *, again: bool = False
) -> jobs.Made:
    """Make a release that everybody who may ask can read."""
    made = await jobs.make_release(owner, until, expected_files, again=again)
    await approve(owner, made.release_id)
    return made


async def approve(owner: AsyncEngine, release_id: UUID) -> None:
    """Check and publish what was prepared."""
    async with unit_of_work(owner, CHECKER.limits) as session:
        release = await queries.take(session, CHECKER.grant(Permission.RELEASE_CHECK), release_id)
        await actions.check(session, CHECKER, release.id, release.version)
    async with unit_of_work(owner, PUBLISHER.limits) as session:
        await actions.publish(session, PUBLISHER, release.id, release.version)

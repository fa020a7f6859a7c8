"""The job behind a bulk assignment: case by case, each a unit of work of its own, until none waits.

A kill at any moment leaves a case either given and marked so, or neither: the next run goes on from there.
"""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import CALENDAR, Actor
from app.assignments import actions, queries
from app.assignments.models import BulkAssignment
from app.core import clock
from app.core.db import Bind, unit_of_work
from app.core.errors import Busy, Forbidden, Problem, Unavailable
from app.notifications import actions as notifications

PAUSE = timedelta(seconds=2)
_log = logging.getLogger("dayaq.assignments")


async def run(database: Bind, stop: asyncio.Event) -> None:
    """Assign until told to stop; a database that is away comes back."""
    while not stop.is_set():
        try:
            busy = await assign_some(database)
        except (Busy, Unavailable) as error:
            _log.warning("nothing is assigned at the moment: %s", error.slug)
            busy = 0
        if not busy:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE.total_seconds())
            except TimeoutError:
                continue


async def assign_some(database: Bind) -> int:
    """Carry out some cases of the oldest bulk assignment; how many were looked at, 0 when none waits."""
    async with unit_of_work(database, CALENDAR.limits) as session:
        job = await queries.unfinished(session)
        if job is None:
            return 0
        waiting, actor = await queries.waiting(session, job), await queries.who_asked(session, job)
        if not waiting:
            await _finish(session, job)
            return 1
    for item_id in waiting:
        await _assign(database, actor, job, item_id)
    return len(waiting)


async def _assign(database: Bind, actor: Actor | None, job: BulkAssignment, item_id: UUID) -> None:
    """One case, in the name and with the rights of whoever asked; what is refused is written down apart."""
    code = Forbidden.slug
    try:
        if actor is not None:
            async with unit_of_work(database, actor.limits) as session:
                if item := await queries.take(session, item_id):
                    await actions.carry_out(session, actor, job, item)
            return
    except (Busy, Unavailable):  # it waits on: the next run tries again
        raise
    except Problem as problem:
        code = problem.slug
    async with unit_of_work(database, CALENDAR.limits) as session:
        if item := await queries.take(session, item_id):
            await actions.refuse(session, CALENDAR, item, code)


async def _finish(session: AsyncSession, job: BulkAssignment) -> None:
    """All is done: tell whoever asked, and everybody whose caseload it changed, once."""
    job.finished_at = clock.now()
    for person in {job.by_id, *await queries.people(session, job)}:
        notifications.tell_person(session, person, "bulk_assignment.finish", job.id)
    await session.flush()

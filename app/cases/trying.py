"""Somebody was not reached: the next try, and after so many in vain a task to decide what comes now."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.cases import queries, raising
from app.cases.models import Case, Task
from app.core import clock
from app.core.config import settings
from app.notifications import actions as notifications

NOT_REACHED = "not_reached"
"""How a task ends (outcome of a task) whose person was not there, or did not answer."""
CONTACT_LOST = "contact_lost"
"""The kind of task (code list: task_kind) that asks what comes now."""


async def try_again(session: AsyncSession, actor: Actor, case: Case, task: Task) -> None:
    """Raise the same task anew some days later; after so many tries in vain, ask for a decision instead.

    Tries are counted since the person was last reached. The team's supervisors hear of the last one.
    """
    tries, on = await queries.tries(session, case), clock.today() + timedelta(days=settings().next_try_days)
    if tries < settings().contact_tries:
        await raising.raise_task(session, actor, case, task.kind_code, on, task.id)
        return
    await raising.raise_task(session, actor, case, CONTACT_LOST, on, task.id)
    for person in set(await queries.supervisors(session, case.team_id)) - {actor.user_id, case.owner_id}:
        notifications.tell_person(session, person, "case.contact_lost", case.id)

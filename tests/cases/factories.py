"""Make cases for tests: a person with consent, a case walked to a status by its own actions."""

from collections import deque
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.access.actor import Actor
from app.audit.models import AuditEvent
from app.cases import actions, rules
from app.cases.models import Approval, Case
from app.cases.schemas import AskApproval, CloseCase, OpenCase, RestCase
from app.cases.states import CASE, Action, Status
from app.core import clock
from app.core.db import Limits, unit_of_work
from app.notifications.models import Notification
from app.routers._moves import verb
from app.survivors.models import Consent, Survivor
from tests.factories import Town
from tests.survivors.factories import survivor

REASON = "goals_met"
CASE_MANAGEMENT = rules.CASE_MANAGEMENT


def way_to(wanted: Status) -> list[Action]:
    """The shortest way from the start of the state table to a status."""
    ways: dict[Status, list[Action]] = {CASE.start: []}
    waiting = deque([CASE.start])
    while waiting:
        now = waiting.popleft()
        for move in CASE.moves:
            if move.source is now and move.target not in ways:
                ways[move.target] = [*ways[now], move.action]
                waiting.append(move.target)
    return ways[wanted]


async def a_case(
    town: Town, at: Status = Status.INTAKE, person: Survivor | None = None, **changes: Any
) -> Case:
    """A case of the caseworker's, walked to this status by real steps."""
    person = person or await survivor(town, **changes)
    given = OpenCase.model_validate({"survivor_id": str(person.id)})
    async with town.work(town.caseworker) as session:
        case, _ = await actions.open(session, town.caseworker, given)
    for action in way_to(at):
        case = await move(town, case, action)
    return case


async def ready(town: Town, case: Case, action: Action) -> Case:
    """The case with all that this action waits for."""
    if action is Action.PLAN:
        async with town.work(town.caseworker) as session:
            await actions.needs_assessed(session, town.caseworker, case.id, clock.today())
    if action is Action.IMPLEMENT:
        await approved(town, case, "plan")
    if action in (Action.CLOSE, Action.TRANSFER):
        reason = REASON if action is Action.CLOSE else rules.TRANSFERRED
        await approved(town, case, "closure", reason)
    return await now(town, case)


async def move(town: Town, case: Case, action: Action) -> Case:
    """The case after its owner took this action, with all that it waits for."""
    case = await ready(town, case, action)
    given: dict[Action, Any] = {
        Action.CLOSE: CloseCase(closure_reason_code=REASON),
        Action.REST: RestCase(wakes_on=clock.today() + timedelta(days=30)),
    }
    extra = [given[action]] if action in given else []
    async with town.work(town.caseworker) as session:
        act = getattr(actions, verb(action))
        moved: Case = await act(session, town.caseworker, case.id, case.version, *extra)
    return moved


async def step(town: Town, actor: Actor, case_id: UUID, version: int, action: Action) -> None:
    """An attempt of this actor, on a case that may not be ready for it."""
    async with town.work(actor) as session:
        await getattr(actions, action.value)(session, actor, case_id, version)


async def ask(town: Town, case: Case, kind: str, reason: str | None = None) -> Approval:
    """A question of the owner's."""
    given = AskApproval.model_validate({"kind_code": kind, "reason_code": reason})
    async with town.work(town.caseworker) as session:
        return (await actions.ask_approval(session, town.caseworker, case.id, given))[0]


async def approved(town: Town, case: Case, kind: str, reason: str | None = None) -> Approval:
    """A question of the owner's with the supervisor's yes."""
    asked = await ask(town, case, kind, reason)
    async with town.work(town.supervisor) as session:
        return await actions.approve(session, town.supervisor, case.id, asked.id, asked.version)


async def now(town: Town, case: Case) -> Case:
    """The case as it stands in the database."""
    async with town.work(town.coordinator) as session:
        return (await session.exec(select(Case).where(Case.id == case.id))).one()


async def withdraw(town: Town, case: Case) -> None:
    """The person takes every consent back."""
    async with town.work(town.caseworker) as session:
        taken = sa.update(Consent).where(col(Consent.survivor_id) == case.survivor_id)
        await session.exec(taken.values(withdrawn_at=clock.now()))


async def events(town: Town, action: str) -> list[AuditEvent]:
    """What the audit trail holds under this name, oldest first."""
    async with unit_of_work(town.database, town.auditor.limits) as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == action)
        return list((await session.exec(wanted.order_by(col(AuditEvent.at)))).all())


async def told(town: Town, actor: Actor) -> list[tuple[str, Any]]:
    """What this person was told: kind and record, oldest first."""
    async with unit_of_work(town.database, Limits(user_id=actor.user_id)) as session:
        wanted = select(Notification).where(Notification.user_id == actor.user_id)
        found = (await session.exec(wanted.order_by(col(Notification.created_at)))).all()
        return [(message.kind, message.record_id) for message in found]

"""Make risk flags for tests, walked to a status by their own actions."""

from typing import Any

from sqlmodel import select

from app.access.actor import Actor
from app.cases.models import Case, Task
from app.cases.rules import RISK_FLAG
from app.risks import actions
from app.risks.actions import Place
from app.risks.models import RiskFlag
from app.risks.schemas import CloseRiskFlag, RaiseRiskFlag
from app.risks.states import Status
from tests.factories import Town

SEEN, DONE = "Said that nobody would miss him", "Sat with him; his brother stays the night"


async def a_flag(town: Town, case: Case, at: Status = Status.RAISED, **changes: Any) -> RiskFlag:
    """A flag that the caseworker raised, at this status."""
    given = RaiseRiskFlag.model_validate({"kind_code": "self_harm", "seen": SEEN} | changes)
    async with town.work(town.caseworker) as session:
        flag, _ = await actions.raise_flag(session, town.caseworker, case.id, given)
    if at is not Status.RAISED:
        flag = await acknowledged(town, town.caseworker, flag)
    return await closed(town, town.caseworker, flag) if at is Status.CLOSED else flag


async def acknowledged(town: Town, actor: Actor, flag: RiskFlag) -> RiskFlag:
    """The flag after this actor looks into it."""
    async with town.work(actor) as session:
        return await actions.acknowledge(session, actor, Place(flag.case_id, flag.id), flag.version)


async def closed(town: Town, actor: Actor, flag: RiskFlag, **changes: Any) -> RiskFlag:
    """The flag after this actor did something about it."""
    given = CloseRiskFlag.model_validate({"action_code": "trusted_person", "done": DONE} | changes)
    async with town.work(actor) as session:
        return await actions.close(session, actor, Place(flag.case_id, flag.id), flag.version, given)


async def flags(town: Town, case: Case) -> list[RiskFlag]:
    """The flags of this case as they stand in the database, oldest first."""
    async with town.work(town.coordinator) as session:
        found = (await session.exec(select(RiskFlag).where(RiskFlag.case_id == case.id))).all()
        return sorted(found, key=lambda flag: flag.id)


async def task_of(town: Town, flag: RiskFlag) -> Task:
    """The task that stands for this flag."""
    async with town.work(town.coordinator) as session:
        rows = select(Task).where(Task.kind_code == RISK_FLAG, Task.about == flag.id)
        return (await session.exec(rows)).one()

"""What can be done about a risk. The only code that changes a flag."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases import raising
from app.cases.models import Case
from app.cases.rules import RISK_FLAG as TASK
from app.cases.rules import parties, trail
from app.cases.states import Party
from app.core import clock
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.core.states import Move
from app.notifications import actions as notifications
from app.risks import queries, rules
from app.risks.models import RiskFlag
from app.risks.schemas import CloseRiskFlag, RaiseRiskFlag, show
from app.risks.states import RISK_FLAG, Action, Status
from app.survivors import queries as survivors

Step = Move[Status, Action, Party]


class Place(NamedTuple):
    """Where a flag stands: its case, and itself."""

    case_id: UUID
    flag_id: UUID


async def raise_by_rule(
    session: AsyncSession,
    actor: Actor,
    case: Case,
    kinds: Iterable[str],
    source_id: UUID,
    permission: Permission = Permission.CASE_WRITE,
) -> list[RiskFlag]:
    """Raise a flag of each kind that these answers ask for, whatever their score."""
    actor.grant(permission)
    found = dict.fromkeys(kinds)
    return [await _raise(session, actor, case, permission, kind_code=k, source_id=source_id) for k in found]


async def raise_flag(
    session: AsyncSession, actor: Actor, case_id: UUID, given: RaiseRiskFlag
) -> tuple[RiskFlag, bool]:
    """Raise a flag for a danger that was seen; False beside it when this was there already."""
    case = await cases.get(session, actor.grant(Permission.CASE_WRITE), case_id)
    box = await survivors.box(session, case.survivor_id)
    if known := await queries.find(session, case, given.id):
        seen = box.read("risk_flag", "seen", known.id, known.seen) if known.seen else None
        if (known.kind_code, seen) != (given.kind_code, given.seen):
            raise Clash
        return known, False
    flag_id = given.id or new_id()
    said = {"id": flag_id, "kind_code": given.kind_code}
    sealed = box.seal("risk_flag", "seen", flag_id, given.seen)
    return await _raise(session, actor, case, Permission.CASE_WRITE, **said, seen=sealed), True


async def acknowledge(session: AsyncSession, actor: Actor, place: Place, version: int) -> RiskFlag:
    """Say that you look into it. It stays open until something is done."""
    case, flag, move = await _take(session, actor, place, version, Action.ACKNOWLEDGE)
    flag.acknowledged_by_id = actor.user_id
    return await _make(session, actor, case, flag, move)


async def close(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: CloseRiskFlag
) -> RiskFlag:
    """Close it by what was done about the danger. Its task ends with it."""
    case, flag, move = await _take(session, actor, place, version, Action.CLOSE)
    rules.need_later(flag, given.acted_on)
    box = await survivors.box(session, case.survivor_id)
    await raising.end_task(session, actor, case, TASK, flag.id)
    flag.action_code, flag.acted_on = given.action_code, given.acted_on
    flag.done = box.seal("risk_flag", "done", flag.id, given.done)
    flag.closed_by_id = actor.user_id
    return await _make(session, actor, case, flag, move)


async def _raise(
    session: AsyncSession, actor: Actor, case: Case, permission: Permission, **said: Any
) -> RiskFlag:
    """The flag, a task that is due the same day, and a message to who is responsible and who supervises."""
    held = {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id}
    flag = RiskFlag.model_validate(held | said | {"due_on": clock.today(), "by_id": actor.user_id})
    session.add(flag)
    await session.flush()
    audit.record(session, actor, "risk_flag.raise", trail(case, flag.id), FieldClass.MENTAL_HEALTH)
    await raising.raise_task(session, actor, case, TASK, flag.due_on, flag.id, permission)
    people = {case.owner_id, *await cases.supervisors(session, case.team_id)}
    _tell(session, actor, people, "risk_flag.raise", case)
    await session.flush()
    return flag


async def _take(
    session: AsyncSession, actor: Actor, place: Place, version: int, action: Action
) -> tuple[Case, RiskFlag, Step]:
    """The flag as it was when the caller decided, nobody else's to change, and the row for this action."""
    case = await cases.take(session, actor.grant(Permission.CASE_WRITE), place.case_id)
    flag = await queries.get(session, case, place.flag_id)
    if version != flag.version:
        raise Stale(current=(await show(session, actor, flag)).model_dump(mode="json"))
    return case, flag, RISK_FLAG.find(flag.status, action, parties(case, actor))


async def _make(session: AsyncSession, actor: Actor, case: Case, flag: RiskFlag, move: Step) -> RiskFlag:
    """Follow one row of the state table: set, stamp, write down, tell the other side."""
    flag.status = move.target
    if move.stamps:
        setattr(flag, move.stamps, clock.now())
    kind = f"risk_flag.{move.action}"
    audit.record(session, actor, kind, trail(case, flag.id), FieldClass.MENTAL_HEALTH)
    if move.tells is Party.OWNER:
        _tell(session, actor, {case.owner_id}, kind, case)
    else:
        _tell(session, actor, await cases.supervisors(session, case.team_id), kind, case)
    await session.flush()
    return flag


def _tell(session: AsyncSession, actor: Actor, people: Iterable[UUID], kind: str, case: Case) -> None:
    """Tell these people, except who did it."""
    for person in set(people) - {actor.user_id}:
        notifications.tell_person(session, person, kind, case.id)

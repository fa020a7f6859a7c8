"""What can be done to the record of emergency care, by caseworkers and by facilities."""

from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import filing
from app.cases.filing import CaseAt, case_of
from app.core.config import settings
from app.core.db import Held
from app.emergency import facts
from app.milestones import actions as milestones
from app.records import keeping
from app.records.kinds import Kind
from app.records.queries import File
from app.records.schemas import Correct, CorrectionOut

H = TypeVar("H", bound=Held)


async def add(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, given: Any) -> tuple[Any, bool]:
    """Enter a record, with the person's consent or to save a life."""
    grant = actor.grant(Permission.EMERGENCY_WRITE)
    file = await filing.open_to_write(session, grant, at, urgent=True)
    made, is_new = await keeping.enter(session, actor, file, kind, given)
    if is_new:
        await _show(session, actor, file, kind, made)
    return kind.shown(file.box, made), is_new


async def correct(
    session: AsyncSession,
    actor: Actor,
    kind: Kind[H],
    at: CaseAt,
    record_id: UUID,
    version: int,
    given: Correct,
) -> Any:
    """Correct what a record says; what it said before is kept."""
    file = await filing.open_file(session, actor.grant(Permission.EMERGENCY_WRITE), at)
    record = await keeping.correct(session, actor, file, kind, record_id, version, given)
    if not getattr(record, "in_error", False):
        await _show(session, actor, file, kind, record)
    return kind.shown(file.box, record)


async def read_all(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt) -> list[Any]:
    """Every record of one kind, in the order of entry."""
    file = await filing.open_file(session, actor.grant(Permission.EMERGENCY_READ), at)
    return await keeping.read_all(session, actor, file, kind)


async def read_corrections(
    session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, record_id: UUID
) -> list[CorrectionOut]:
    """What a record said before it was corrected, newest first."""
    file = await filing.open_file(session, actor.grant(Permission.EMERGENCY_READ), at)
    return await keeping.read_corrections(session, actor, file, kind, record_id)


async def _show(session: AsyncSession, actor: Actor, file: File, kind: Kind[H], record: H) -> None:
    """The milestones that this record shows are reached by it."""
    found = list(facts.shown(kind.word, kind.said(file.box, record), ZoneInfo(settings().time_zone)))
    for code, day in found:
        await milestones.reach(session, actor, case_of(file), code, day, kind.word, record.id)

"""What can be done to the record of therapy, by the facility that gives it."""

from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import filing
from app.cases.filing import CaseAt, case_of
from app.core.db import Held
from app.core.pages import Ask, Page
from app.milestones import actions as milestones
from app.records import keeping
from app.records.kinds import Kind
from app.records.schemas import Correct, CorrectionOut
from app.rehabilitation.models import RehabilitationEpisode

H = TypeVar("H", bound=Held)


async def add(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, given: Any) -> tuple[Any, bool]:
    """Enter a course, a session or a goal, of the facility that gives it."""
    file = await filing.open_to_write(session, actor.grant(Permission.REHABILITATION_WRITE), at)
    made, is_new = await keeping.enter(session, actor, file, kind, given, facility_id=actor.facility_id)
    if is_new and isinstance(made, RehabilitationEpisode):
        day, code = made.started_on, "rehabilitation_assessed"
        await milestones.reach(session, actor, case_of(file), code, day, kind.word, made.id)
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
    """Correct what the facility's own record says; what it said before is kept."""
    file = await filing.open_file(session, actor.grant(Permission.REHABILITATION_WRITE), at)
    return kind.shown(file.box, await keeping.correct(session, actor, file, kind, record_id, version, given))


async def read_all(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt) -> list[Any]:
    """Every record of one kind, in the order of entry."""
    file = await filing.open_file(session, actor.grant(Permission.REHABILITATION_READ), at)
    return await keeping.read_all(session, actor, file, kind)


async def read_page(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, ask: Ask) -> Page[Any]:
    """A page of the records of one kind, in the order of entry."""
    file = await filing.open_file(session, actor.grant(Permission.REHABILITATION_READ), at)
    return await keeping.read_page(session, actor, file, kind, ask)


async def read_corrections(
    session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, record_id: UUID
) -> list[CorrectionOut]:
    """What a record said before it was corrected, newest first."""
    file = await filing.open_file(session, actor.grant(Permission.REHABILITATION_READ), at)
    return await keeping.read_corrections(session, actor, file, kind, record_id)

"""What can be done to the record of what the explosion did to a person."""

from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.core.db import Held
from app.injuries import drawing, rules
from app.injuries.kinds import AMPUTATION, INJURY
from app.injuries.schemas import BodyMapOut
from app.records import keeping, queries
from app.records.kinds import Kind
from app.records.queries import File
from app.records.schemas import Correct, CorrectionOut
from app.survivors import queries as survivors
from app.survivors.rules import REGISTRATION, require_consent

H = TypeVar("H", bound=Held)


async def add(
    session: AsyncSession, actor: Actor, kind: Kind[H], survivor_id: UUID, given: Any
) -> tuple[Any, bool]:
    """Enter a record, with the person's consent or, for the injury itself, to save a life."""
    file = await _open(session, actor, Permission.SURVIVOR_WRITE, survivor_id)
    if not (file.life_saving and kind.word in rules.LIFE_SAVING):
        consent = await survivors.live_consent(session, survivor_id, REGISTRATION)
        require_consent(consent, [kind.word])
    made, is_new = await keeping.enter(session, actor, file, kind, given)
    return kind.shown(file.box, made), is_new


async def correct(
    session: AsyncSession,
    actor: Actor,
    kind: Kind[H],
    survivor_id: UUID,
    record_id: UUID,
    version: int,
    given: Correct,
) -> Any:
    """Correct what a record says; what it said before is kept."""
    file = await _open(session, actor, Permission.SURVIVOR_WRITE, survivor_id)
    return kind.shown(file.box, await keeping.correct(session, actor, file, kind, record_id, version, given))


async def read_all(session: AsyncSession, actor: Actor, kind: Kind[H], survivor_id: UUID) -> list[Any]:
    """Every record of one kind, in the order of entry."""
    file = await _open(session, actor, Permission.SURVIVOR_READ, survivor_id)
    return await keeping.read_all(session, actor, file, kind)


async def read_corrections(
    session: AsyncSession, actor: Actor, kind: Kind[H], survivor_id: UUID, record_id: UUID
) -> list[CorrectionOut]:
    """What a record said before it was corrected, newest first."""
    file = await _open(session, actor, Permission.SURVIVOR_READ, survivor_id)
    return await keeping.read_corrections(session, actor, file, kind, record_id)


async def read_body_map(session: AsyncSession, actor: Actor, survivor_id: UUID) -> BodyMapOut:
    """The body with what is recorded of it."""
    file = await _open(session, actor, Permission.SURVIVOR_READ, survivor_id)
    injuries = await queries.all_of(session, file, INJURY.table)
    amputations = await queries.all_of(session, file, AMPUTATION.table)
    ids = [one.id for one in (*injuries, *amputations)]
    keeping.log(session, actor, file, "injury.read_body_map", *ids)
    return drawing.draw(injuries, amputations)


async def _open(session: AsyncSession, actor: Actor, permission: Permission, survivor_id: UUID) -> File:
    survivor = await survivors.get(session, actor.grant(permission), survivor_id)
    held = {"survivor_id": survivor.id, "owner_id": survivor.owner_id, "team_id": survivor.team_id}
    return await queries.open_file(session, survivor.id, held)

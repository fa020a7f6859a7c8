"""The box of a person's compartment: found, or made when something is first written there."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import vault
from app.core.errors import NotFound
from app.core.vault import Box
from app.psychosocial.models import CompartmentKey


async def find_box(session: AsyncSession, survivor_id: UUID) -> Box | None:
    """What opens the compartment; None where nothing was sealed in it yet, or it is not within reach."""
    rows = select(CompartmentKey.wrapped).where(CompartmentKey.id == survivor_id)
    wrapped = (await session.exec(rows)).one_or_none()
    return None if wrapped is None else vault.open_key(wrapped)


async def box_to_write(session: AsyncSession, survivor_id: UUID, owner_id: UUID, team_id: UUID) -> Box:
    """The same, with a new key for whoever has none: who comes second takes the first one's."""
    if found := await find_box(session, survivor_id):
        return found
    new = {"id": survivor_id, "owner_id": owner_id, "team_id": team_id, "wrapped": vault.new_data_key()}
    await session.exec(insert(CompartmentKey).values(**new).on_conflict_do_nothing())
    if found := await find_box(session, survivor_id):
        return found
    raise NotFound

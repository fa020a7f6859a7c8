"""Put a person and the blind index of a person into the tables. Called by actions only, after they asked."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock, vault
from app.core.errors import Clash
from app.survivors import casecode, filing, sealing
from app.survivors.errors import CasualtyTaken
from app.survivors.models import NameKey, PersonKey, Survivor
from app.survivors.schemas import Register

CODE_TRIES = 10  # of a million codes a year


async def enter(session: AsyncSession, survivor: Survivor, given: Register, operator_id: UUID) -> None:
    """Save a new person with the key, the index and every part of the file."""
    wrapped = vault.new_data_key()
    box = vault.open_key(wrapped)
    _, plain = filing.contents(given)
    write(survivor, sealing.seal_survivor(box, survivor.id, plain))
    await _save_under_new_code(session, survivor)
    held = {"owner_id": survivor.owner_id, "team_id": survivor.team_id}
    session.add(PersonKey.model_validate(held | {"id": survivor.id, "wrapped": wrapped}))
    session.add_all(filing.identifier(box, survivor, one) for one in given.identifiers)
    session.add_all(filing.phone(box, survivor, one) for one in given.phones)
    session.add_all(filing.consent(box, survivor, operator_id, one) for one in given.consents)
    numbers = [(one.kind_code, one.number) for one in given.identifiers]
    phones = [one.number for one in given.phones]
    await index(
        session, survivor, come=sealing.index_keys(sealing.names_of(plain), numbers, phones, survivor.code)
    )


async def _save_under_new_code(session: AsyncSession, survivor: Survivor) -> None:
    """Insert the person under a fresh code; who has it already may be out of sight, so only trying tells."""
    for _ in range(CODE_TRIES):
        survivor.code = casecode.new_code(casecode.SURVIVOR, clock.today().year)
        try:
            async with session.begin_nested():
                session.add(survivor)
                await flush(session)
        except IntegrityError as error:
            if "uq_survivor_code" not in str(error.orig):
                raise
        else:
            return
    raise Clash


async def flush(session: AsyncSession) -> None:
    """Write what is pending; CasualtyTaken where another file, perhaps out of sight, has the casualty."""
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_survivor_casualty_id" in str(error.orig):
            raise CasualtyTaken from error
        raise


def write(record: Any, columns: dict[str, Any]) -> None:
    """Set these columns of a record."""
    for name, value in columns.items():
        setattr(record, name, value)


async def index(
    session: AsyncSession, survivor: Survivor, come: Iterable[int] = (), gone: Iterable[int] = ()
) -> None:
    """Put keys of this person into the blind index, and take others out."""
    if leaving := set(gone) - set(come):
        mine = sa.and_(col(NameKey.survivor_id) == survivor.id, col(NameKey.key).in_(leaving))
        await session.exec(sa.delete(NameKey).where(mine))
    whose = {"survivor_id": survivor.id, "organisation_id": survivor.organisation_id}
    if rows := [whose | {"key": key} for key in sorted(set(come))]:
        await session.exec(insert(NameKey).values(rows).on_conflict_do_nothing())

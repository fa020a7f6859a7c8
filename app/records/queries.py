"""Every read of a record, in a file that a grant has opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.audit.actions import FieldClass
from app.core import vault
from app.core.dates import PartialDate
from app.core.db import Held
from app.core.errors import NotFound
from app.core.pages import Ask
from app.core.vault import Box
from app.organisations.models import Facility
from app.records.models import Correction
from app.survivors import sealing, views
from app.survivors.models import PersonKey, Survivor

H = TypeVar("H", bound=Held)
LONGEST = 500  # records of one kind in a file


@dataclass(frozen=True, slots=True)
class File:
    """The file that records belong to: whose it is, what each of its rows carries, and what opens it.

    `only`: what a row must have besides, where the reader may see some of the file.
    """

    survivor_id: UUID
    held: Mapping[str, UUID]  # survivor_id or case_id, owner_id, team_id
    box: Box
    birth: PartialDate | None
    life_saving: bool = False  # registered without consent, to save a life
    only: Mapping[str, Any] = field(default_factory=dict)
    field_class: FieldClass = FieldClass.HEALTH  # of what stands in it, as the audit trail says

    @property
    def trail(self) -> list[UUID]:
        """What an audit event about this file names."""
        return list(dict.fromkeys((self.survivor_id, self.parent[1])))

    @property
    def parent(self) -> tuple[str, UUID]:
        """The column by which rows belong to this file, and its value."""
        return next(iter(self.held.items()))


async def open_file(
    session: AsyncSession, survivor_id: UUID, held: Mapping[str, UUID], only: Mapping[str, Any] | None = None
) -> File:
    """The file of a person of whom a grant has opened the record, or the case, that is in `held`."""
    rows = select(Survivor, PersonKey.wrapped).join(PersonKey, col(PersonKey.id) == col(Survivor.id))
    found = (await session.exec(rows.where(Survivor.id == survivor_id))).one_or_none()
    if found is None:
        raise NotFound
    survivor, box = found[0], vault.open_key(found[1])
    return File(
        survivor_id, held, box, birth_of(box, survivor), survivor.life_saving_reason is not None, only or {}
    )


def birth_of(box: Box, survivor: Survivor) -> PartialDate | None:
    """When a person was born, as far as it is known, opened with the person's key."""
    sealed = {"birth_date": survivor.birth_date}
    return views.birth_of(survivor, sealing.read_survivor(box, survivor.id, sealed, ("birth_date",)))


async def all_of(session: AsyncSession, file: File, table: type[H]) -> Sequence[H]:
    """Every record of one kind in this file, in the order of entry."""
    rows = _of(file, table).order_by(col(table.id)).limit(LONGEST)
    return (await session.exec(rows)).all()


async def page_of(session: AsyncSession, file: File, table: type[H], ask: Ask) -> Sequence[H]:
    """Records of one kind in the order of entry; one more than asked for where there is another page."""
    rows = _of(file, table).where(col(table.id) >= ask.start).order_by(col(table.id))
    return (await session.exec(rows.limit(ask.limit + 1))).all()


async def find(session: AsyncSession, file: File, table: type[H], record_id: UUID | None) -> H | None:
    """The record of this file that has this id, if there is one."""
    return (await session.exec(_one(file, table, record_id))).one_or_none() if record_id else None


async def get(session: AsyncSession, file: File, table: type[H], record_id: UUID) -> H:
    """One record of this file, or NotFound."""
    found = await find(session, file, table, record_id)
    if found is None:
        raise NotFound
    return found


async def take(session: AsyncSession, file: File, table: type[H], record_id: UUID) -> H:
    """One record of this file, locked for this transaction, or NotFound."""
    locked = _one(file, table, record_id).with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(locked)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def corrections(session: AsyncSession, record_id: UUID) -> Sequence[Correction]:
    """What this record said before, newest first."""
    rows = select(Correction).where(Correction.record_id == record_id)
    return (await session.exec(rows.order_by(col(Correction.id).desc()).limit(LONGEST))).all()


async def in_directory(session: AsyncSession, facility_id: UUID | None) -> bool:
    """Whether there is such a facility, where one is named."""
    rows = select(Facility.id).where(Facility.id == facility_id)
    return facility_id is None or (await session.exec(rows)).first() is not None


def _one(file: File, table: type[H], record_id: UUID) -> SelectOfScalar[H]:
    return _of(file, table).where(table.id == record_id)


def _of(file: File, table: type[H]) -> SelectOfScalar[H]:
    """The rows of this kind that this file shows."""
    name, value = file.parent
    wanted = {name: value, **file.only}
    return select(table).where(*(getattr(table, column) == is_ for column, is_ in wanted.items()))

"""Reads for printed pages, of files that a grant has opened; names of places and colleagues."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.accounts.models import User
from app.cases import queries as cases
from app.cases.models import Case
from app.organisations.models import Facility, Organisation
from app.records import queries as records
from app.records.queries import File
from app.survivors import queries as survivors
from app.survivors.models import Survivor


@dataclass(frozen=True, slots=True)
class Opened:
    """A person, and the two files in which records of the person and of a case stand."""

    survivor: Survivor
    case: Case | None
    of_person: File
    of_case: File | None


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody of a place read a class of data of a person so often, and the last time."""

    user_id: UUID | None
    role: str
    field_class: str
    times: int
    last_at: datetime


async def open_person(session: AsyncSession, grant: Grant, survivor_id: UUID, case: Case | None) -> Opened:
    """The file of a person within reach, with that of a case of theirs."""
    survivor = await survivors.get(session, grant, survivor_id)
    held = {"owner_id": survivor.owner_id, "team_id": survivor.team_id}
    of_person = await records.open_file(session, survivor.id, {"survivor_id": survivor.id, **held})
    of_case = await records.open_file(session, survivor.id, {"case_id": case.id, **held}) if case else None
    return Opened(survivor, case, of_person, of_case)


async def open_case(session: AsyncSession, grant: Grant, reads: Grant, case_id: UUID) -> Opened:
    """A case within reach and its person."""
    case = await cases.get(session, grant, case_id)
    return await open_person(session, reads, case.survivor_id, case)


async def latest_case(session: AsyncSession, grant: Grant, survivor_id: UUID) -> Case | None:
    """The case of a person that was opened last, within reach."""
    rows = select(Case).where(grant.held(Case), Case.survivor_id == survivor_id)
    return (await session.exec(rows.order_by(col(Case.id).desc()).limit(1))).first()


async def place(session: AsyncSession, facility_id: UUID) -> Facility:
    """A place of service."""
    return (await session.exec(select(Facility).where(Facility.id == facility_id))).one()


async def places(session: AsyncSession, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """The names of facilities."""
    wanted = select(Facility.id, Facility.name).where(col(Facility.id).in_({each for each in ids if each}))
    return {None: "", **dict((await session.exec(wanted)).all())}


async def colleagues(session: AsyncSession, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """The names of those who work here."""
    wanted = select(User.id, User.display_name).where(col(User.id).in_({each for each in ids if each}))
    return {None: "", **dict((await session.exec(wanted)).all())}


async def organisation(session: AsyncSession, organisation_id: UUID) -> str:
    """The name of an organisation."""
    rows = select(Organisation.name).where(Organisation.id == organisation_id)
    return (await session.exec(rows)).one()


async def readings(session: AsyncSession, survivor_id: UUID) -> Sequence[Reading]:
    """Who read what kind of data about a person, the latest first."""
    rows = await (await session.connection()).execute(READINGS, {"survivor_id": survivor_id})
    return [Reading(*row) for row in rows.all()]


READINGS: Any = sa.text(
    "select user_id, role, field_class, times, last_at from who_read(:survivor_id)"
    " order by last_at desc, field_class limit 200"
)

"""The file of a case, opened for the rooms of care: by a grant, or by what a live referral shares of it."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.cases.errors import CaseNotOpen
from app.cases.models import Case
from app.cases.rules import CASE_MANAGEMENT, need_consent
from app.cases.states import OPEN
from app.core.errors import NotFound
from app.records import queries as records
from app.records.queries import File
from app.survivors import queries as survivors


class CaseAt(NamedTuple):
    """A case, and which cases a live referral opens to the caller's facility: all of it, or some rows."""

    case_id: UUID
    shared: Collection[UUID] = ()
    only: Mapping[str, Any] = {}


class CaseOf(NamedTuple):
    """Whose file it is, for what hangs on the case besides."""

    id: UUID
    survivor_id: UUID
    owner_id: UUID
    team_id: UUID


def case_of(file: File) -> CaseOf:
    """The case whose file it is."""
    held = file.held
    return CaseOf(held["case_id"], file.survivor_id, held["owner_id"], held["team_id"])


async def open_file(session: AsyncSession, grant: Grant, at: CaseAt) -> File:
    """The file of a case within reach, or NotFound."""
    return (await _open(session, grant, at))[1]


async def open_to_write(session: AsyncSession, grant: Grant, at: CaseAt, *, urgent: bool = False) -> File:
    """The same for a new record: of an open case, of a person who agrees. `urgent`: or to save a life.

    A facility writes on the consent that its referral stands on, without which nothing is open to it.
    """
    case, file = await _open(session, grant, at)
    if case.status not in OPEN:
        raise CaseNotOpen(status_now=case.status.value)
    if grant.reach is not Reach.SHARED and not (urgent and file.life_saving):
        need_consent(await survivors.live_consent(session, case.survivor_id, CASE_MANAGEMENT) is not None)
    return file


async def _open(session: AsyncSession, grant: Grant, at: CaseAt) -> tuple[Case, File]:
    within = col(Case.id).in_(at.shared) if grant.reach is Reach.SHARED else grant.held(Case)
    case = (await session.exec(select(Case).where(within, Case.id == at.case_id))).one_or_none()
    if case is None:
        raise NotFound
    held = {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id}
    return case, await records.open_file(session, case.survivor_id, held, at.only)

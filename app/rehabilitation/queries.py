"""Every read of a device, in a file that a grant has opened."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.cases.filing import CaseAt
from app.cases.models import Case
from app.core import vault
from app.core.dates import PartialDate
from app.injuries.kinds import AMPUTATION
from app.records import queries as records
from app.records.kinds import Said
from app.records.queries import File
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.states import IN_USE
from app.survivors.models import PersonKey, Survivor

LONGEST = 500  # steps of one device
MOST = 500  # devices in one unit of work


class InUse(NamedTuple):
    """A device that somebody has, and when that person was born, as far as it is known."""

    order: DeviceOrder
    birth: PartialDate | None


class DeviceAt(NamedTuple):
    """Where a device stands: its case, and itself."""

    case: CaseAt
    order_id: UUID


async def history(session: AsyncSession, order: DeviceOrder) -> Sequence[DeviceStage]:
    """Everything that happened to a device, oldest first."""
    rows = select(DeviceStage).where(DeviceStage.device_order_id == order.id)
    return (await session.exec(rows.order_by(col(DeviceStage.id)).limit(LONGEST))).all()


async def amputation(session: AsyncSession, file: File, amputation_id: UUID | None) -> Said | None:
    """What is recorded of a lost limb of this person; none where none is named, or it is somebody else's."""
    mine = File(file.survivor_id, {"survivor_id": file.survivor_id}, file.box, file.birth)
    found = await records.find(session, mine, AMPUTATION.table, amputation_id)
    return None if found is None or found.in_error else AMPUTATION.said(file.box, found)


async def in_use(session: AsyncSession, grant: Grant, after: UUID) -> Sequence[InUse]:
    """Some of the devices that people have, by id, locked; without what is just being moved."""
    rows = (
        select(DeviceOrder, Survivor, PersonKey.wrapped)
        .join(Case, col(Case.id) == col(DeviceOrder.case_id))
        .join(Survivor, col(Survivor.id) == col(Case.survivor_id))
        .join(PersonKey, col(PersonKey.id) == col(Survivor.id))
        .where(grant.held(DeviceOrder), col(DeviceOrder.status).in_(IN_USE), col(DeviceOrder.id) > after)
    )
    some = rows.order_by(col(DeviceOrder.id)).limit(MOST).with_for_update(of=DeviceOrder, skip_locked=True)
    found = await session.exec(some.execution_options(populate_existing=True))
    return [
        InUse(order, records.birth_of(vault.open_key(wrapped), person)) for order, person, wrapped in found
    ]

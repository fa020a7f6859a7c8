"""What can be done for a device, by the facility that makes it. The only code that moves one on."""

from datetime import date
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import filing
from app.cases.filing import CaseAt, case_of
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.milestones import actions as milestones
from app.notifications import actions as notifications
from app.records import keeping
from app.records import queries as records
from app.records.kinds import Around
from app.records.queries import File
from app.records.rules import need_after_birth, need_values, refuse
from app.rehabilitation import facts, queries, rules, steps
from app.rehabilitation.devices import (
    AmendDevice,
    DeviceOrderOut,
    DeviceOrderRow,
    MoveDevice,
    OrderDevice,
    ReplaceDevice,
    StopDevice,
)
from app.rehabilitation.due import due_on
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.queries import DeviceAt
from app.rehabilitation.states import Action

KIND = "device_order"  # code list: milestone_fact
SAID = (
    *("product_code", "side_code", "amputation_id", "technology_code", "serial_number", "cost_minor"),
    *("currency_code", "funder_code"),
)
"""What an order says, beside where it stands."""
KEPT = ("product_code", "side_code", "amputation_id")
"""What the next one has of the one that it replaces."""


async def read_devices(session: AsyncSession, actor: Actor, at: CaseAt) -> list[DeviceOrderRow]:
    """Every device of a case, in the order of entry."""
    file = await filing.open_file(session, actor.grant(Permission.REHABILITATION_READ), at)
    found = await records.all_of(session, file, DeviceOrder)
    keeping.log(session, actor, file, "device_order.list", *(one.id for one in found))
    return [DeviceOrderRow.of(one, actor, file.birth) for one in found]


async def read_device(session: AsyncSession, actor: Actor, at: DeviceAt) -> DeviceOrderOut:
    """One device with all that happened to it."""
    file = await filing.open_file(session, actor.grant(Permission.REHABILITATION_READ), at.case)
    order = await records.get(session, file, DeviceOrder, at.order_id)
    keeping.log(session, actor, file, "device_order.read", order.id)
    steps = await queries.history(session, order)
    return DeviceOrderOut.whole(order, actor, file.birth, file.box, steps)


async def order(
    session: AsyncSession, actor: Actor, at: CaseAt, given: OrderDevice
) -> tuple[DeviceOrderRow, bool]:
    """Begin a device that somebody was referred for; False beside it when this very order was there."""
    file = await filing.open_to_write(session, actor.grant(Permission.REHABILITATION_WRITE), at)
    said = {name: getattr(given, name) for name in SAID}
    if known := await records.find(session, file, DeviceOrder, given.id):
        sent = said | {"status_on": given.happened_on}
        if known.version == 1 and any(getattr(known, name) != value for name, value in sent.items()):
            raise Clash
        return DeviceOrderRow.of(known, actor, file.birth), False
    await _judge(session, file, said, given.happened_on)
    made = await _begin(session, actor, file, said | {"id": given.id or new_id()}, given.happened_on)
    keeping.log(session, actor, file, "device_order.add", made.id)
    return DeviceOrderRow.of(made, actor, file.birth), True


async def amend(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: AmendDevice
) -> DeviceOrderRow:
    """Say its technology, serial number, cost, or who pays for it."""
    file, one = await _take(session, actor, at, version)
    changes = {name: getattr(given, name) for name in given.model_fields_set}
    need_values(OrderDevice, changes)
    said = {name: getattr(one, name) for name in SAID}
    await _judge(session, file, said | changes, one.status_on)
    for name, value in changes.items():
        setattr(one, name, value)
    keeping.log(session, actor, file, "device_order.amend", one.id)
    await session.flush()
    return DeviceOrderRow.of(one, actor, file.birth)


async def assess(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """The person was seen by a clinician."""
    return await _make(session, actor, at, version, Action.ASSESS, given)


async def prescribe(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """It is decided which device it will be."""
    return await _make(session, actor, at, version, Action.PRESCRIBE, given)


async def measure(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """Measures, a cast or a scan were taken; again where it did not fit."""
    return await _make(session, actor, at, version, Action.MEASURE, given)


async def fabricate(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """It was made, or changed after a fitting."""
    return await _make(session, actor, at, version, Action.FABRICATE, given)


async def fit(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """It was tried on and aligned. What is made to measure is made before."""
    return await _make(session, actor, at, version, Action.FIT, given)


async def train(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """The person has learnt to use it."""
    return await _make(session, actor, at, version, Action.TRAIN, given)


async def deliver(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """It was checked for the last time and handed over; from now on the next one falls due."""
    return await _make(session, actor, at, version, Action.DELIVER, given)


async def follow_up(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """The person was seen again with the device."""
    return await _make(session, actor, at, version, Action.FOLLOW_UP, given)


async def repair(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """It came back to be repaired or adjusted."""
    return await _make(session, actor, at, version, Action.REPAIR, given)


async def hand_back(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: MoveDevice
) -> DeviceOrderRow:
    """It is repaired, and with the person again. That makes it no younger."""
    return await _make(session, actor, at, version, Action.HAND_BACK, given)


async def replace(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: ReplaceDevice
) -> DeviceOrderRow:
    """Another takes its place: a new order of the same kind begins on the same day."""
    row = await _make(session, actor, at, version, Action.REPLACE, given)
    file = await filing.open_to_write(session, actor.grant(Permission.REHABILITATION_WRITE), at.case)
    if await records.find(session, file, DeviceOrder, given.new_id):
        raise Clash
    said = {name: getattr(row, name) for name in KEPT}
    more = {"id": given.new_id or new_id(), "replaces_id": row.id}
    new = await _begin(session, actor, file, said | more, given.happened_on)
    keeping.log(session, actor, file, "device_order.add", new.id)
    return row


async def stop(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, given: StopDevice
) -> DeviceOrderRow:
    """It is not made, for a reason."""
    return await _make(session, actor, at, version, Action.STOP, given)


async def _take(session: AsyncSession, actor: Actor, at: DeviceAt, version: int) -> tuple[File, DeviceOrder]:
    """The facility's own device as it was when the caller decided, and nobody else's until this is done."""
    file = await filing.open_file(session, actor.grant(Permission.REHABILITATION_WRITE), at.case)
    one = await records.take(session, file, DeviceOrder, at.order_id)
    if version != one.version:
        raise Stale(current=DeviceOrderRow.of(one, actor, file.birth).model_dump(mode="json"))
    return file, one


async def _judge(session: AsyncSession, file: File, said: dict[str, Any], happened_on: date) -> None:
    """Stop what cannot be: by the person's birth, by the limb that it is for."""
    need_after_birth({"happened_on": happened_on}, file.birth)
    limb = await queries.amputation(session, file, said["amputation_id"])
    if said["amputation_id"] and limb is None:
        refuse([("amputation_id", "not_in_this_file")])
    around = Around(birth=file.birth, pointed={"amputation_id": limb} if limb else {})
    rules.judge_order(said | {"happened_on": happened_on}, around)


async def _begin(
    session: AsyncSession, actor: Actor, file: File, said: dict[str, Any], happened_on: date
) -> DeviceOrder:
    whose = {"facility_id": actor.facility_id, "by_id": actor.user_id}
    made = DeviceOrder.model_validate({**file.held, **said, **whose, "status_on": happened_on})
    session.add(made)
    await session.flush()
    session.add(steps.first(made, actor))
    await session.flush()
    return made


async def _make(
    session: AsyncSession, actor: Actor, at: DeviceAt, version: int, action: Action, given: MoveDevice
) -> DeviceOrderRow:
    """Take one step, keep it, say what it shows, tell the owner where the table says so."""
    file, one = await _take(session, actor, at, version)
    reason = getattr(given, "reason_code", None)
    line = steps.take(one, actor, action, given.happened_on, file.birth, reason)
    if given.note is not None:
        line.note = file.box.seal("device_stage", "note", line.id, given.note)
    flag_modified(one, "status")  # a step that changes nothing else makes another version, too
    session.add(line)
    keeping.log(session, actor, file, f"device_order.{action.value}", one.id)
    if rules.tells_owner(line):
        notifications.tell_person(session, one.owner_id, f"device_order.{action.value}", one.case_id)
    await session.flush()
    await _show(session, actor, file, one, line)
    return DeviceOrderRow.of(one, actor, file.birth)


async def _show(session: AsyncSession, actor: Actor, file: File, one: DeviceOrder, line: DeviceStage) -> None:
    """The milestones that this step shows are reached by it."""
    earlier = await records.find(session, file, DeviceOrder, one.replaces_id)
    was_due = due_on(earlier.product_code, earlier.delivered_on, file.birth) if earlier else None
    for code in facts.shown(one, line, was_due):
        await milestones.reach(session, actor, case_of(file), code, line.happened_on, KIND, one.id)

"""What can be done about an appointment. The only code that changes one."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.appointments import queries, rules
from app.appointments.models import Appointment, AppointmentMove
from app.appointments.schemas import (
    SEALED,
    TABLE,
    AppointmentOut,
    BookAppointment,
    CancelAppointment,
    MissAppointment,
    RescheduleAppointment,
    texts,
)
from app.appointments.states import APPOINTMENT, Action, Status
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import filing, raising
from app.cases import queries as cases
from app.cases.filing import CaseAt
from app.cases.models import Case
from app.cases.rules import parties, trail
from app.cases.states import Party
from app.core import clock
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.core.states import Move
from app.core.vault import Box
from app.notifications import actions as notifications
from app.records.rules import invalid
from app.survivors import queries as survivors

WRITE = Permission.CASE_WRITE
Step = Move[Status, Action, Party]


class Place(NamedTuple):
    """Where an appointment stands: its case, and itself."""

    case_id: UUID
    appointment_id: UUID


async def book(
    session: AsyncSession, actor: Actor, case_id: UUID, given: BookAppointment
) -> tuple[Appointment, bool]:
    """Book an appointment; False beside it when this very one was there already."""
    case = await cases.get(session, actor.grant(WRITE), case_id)
    file = await filing.open_to_write(session, actor.grant(WRITE), CaseAt(case_id))
    if given.id and (known := await queries.find(session, case, given.id)):
        return _same(known, file.box, given), False
    rules.need_bookable(given.starts_at, clock.now())
    rules.need_room(await queries.count(session, case))
    if given.facility_id and not await queries.is_facility(session, given.facility_id):
        raise invalid(("facility_id", "not_in_directory"))
    row_id = given.id or new_id()
    said = _columns(file.box, row_id, given.model_dump())
    appointment = Appointment.model_validate(
        {**file.held, **said, "id": row_id, "by_id": actor.user_id, "facility_id": given.facility_id}
    )
    session.add(appointment)
    await session.flush()
    await _write_down(session, actor, case, appointment, None)
    return appointment, True


async def keep(session: AsyncSession, actor: Actor, place: Place, version: int) -> Appointment:
    """Say that it took place. Where the person was said to have missed it, they came after all."""
    case, appointment, move = await _take(session, actor, place, version, Action.KEEP)
    rules.need_begun(appointment, clock.now())
    await _reached(session, actor, case, appointment)
    await _write_down(session, actor, case, appointment, move)
    return appointment


async def miss(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: MissAppointment
) -> Appointment:
    """Say that the person did not come, and what is done about it: a task of today, unless nothing is."""
    case, appointment, move = await _take(session, actor, place, version, Action.MISS)
    rules.need_begun(appointment, clock.now())
    step = await _write_down(session, actor, case, appointment, move, given.model_dump())
    if rules.asks_for_a_try(step):
        await raising.raise_task(session, actor, case, rules.MISSED_VISIT, clock.today(), step.id)
    return appointment


async def cancel(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: CancelAppointment
) -> Appointment:
    """Say that it does not take place, and why."""
    case, appointment, move = await _take(session, actor, place, version, Action.CANCEL)
    await _write_down(session, actor, case, appointment, move, given.model_dump())
    return appointment


async def reschedule(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: RescheduleAppointment
) -> Appointment:
    """Give it another time: beforehand, or after it was missed or cancelled. Its earlier times are kept."""
    file = await filing.open_to_write(session, actor.grant(WRITE), CaseAt(place.case_id))
    case, appointment, move = await _take(session, actor, place, version, Action.RESCHEDULE)
    rules.need_bookable(given.starts_at, clock.now())
    await _reached(session, actor, case, appointment)
    changes = given.model_dump(exclude_unset=True)
    for name, value in _columns(file.box, appointment.id, changes).items():
        setattr(appointment, name, value)
    await _write_down(session, actor, case, appointment, move)
    return appointment


async def _take(
    session: AsyncSession, actor: Actor, place: Place, version: int, action: Action
) -> tuple[Case, Appointment, Step]:
    """The appointment as it was when the caller decided, nobody else's to change, and the row for this."""
    case = await cases.get(session, actor.grant(WRITE), place.case_id)
    appointment = await queries.take(session, case, place.appointment_id)
    by = parties(case, actor)
    if version != appointment.version:
        box = await survivors.box(session, case.survivor_id)
        raise Stale(current=AppointmentOut.of(appointment, box, by).model_dump(mode="json"))
    return case, appointment, APPOINTMENT.find(appointment.status, action, by)


async def _write_down(
    session: AsyncSession,
    actor: Actor,
    case: Case,
    appointment: Appointment,
    move: Step | None,
    why: Mapping[str, Any] | None = None,
) -> AppointmentMove:
    """Follow one row of the state table: set, keep the step, say so in the trail, tell who is responsible."""
    action = move.action.value if move else "book"
    step = {"action": move.action, "source": move.source, "target": move.target} if move else {}
    appointment.status = move.target if move else Status.BOOKED
    held = appointment.model_dump(include={"owner_id", "team_id", "starts_at"})
    columns = {"target": appointment.status, "by_id": actor.user_id, **step, **held, **(why or {})}
    made = AppointmentMove.model_validate({"appointment_id": appointment.id, **columns})
    session.add(made)
    kind = f"appointment.{action}"
    audit.record(session, actor, kind, trail(case, appointment.id), FieldClass.HEALTH)
    if actor.user_id != case.owner_id and (move is None or move.tells is Party.OWNER):
        notifications.tell_person(session, case.owner_id, kind, case.id)
    await session.flush()
    return made


async def _reached(session: AsyncSession, actor: Actor, case: Case, appointment: Appointment) -> None:
    """The person was spoken with: the task that a missed visit raised is done."""
    missed = await queries.last_miss(session, appointment) if appointment.status is Status.MISSED else None
    if missed and rules.asks_for_a_try(missed):
        await raising.end_task(session, actor, case, rules.MISSED_VISIT, missed.id)


def _columns(box: Box, row_id: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, as the table holds it: texts sealed with the person's key."""
    sealed = {name: box.seal(TABLE, name, row_id, said[name]) for name in SEALED if said.get(name)}
    return {name: value for name, value in said.items() if name != "id"} | sealed


def _same(known: Appointment, box: Box, given: BookAppointment) -> Appointment:
    """What exists under the client's id, if it is what was sent; once it moved on, what does not change."""
    opened = known.model_dump() | texts(known, box)
    changes = set() if known.version == 1 else {"starts_at", "minutes", "place"}
    if any(opened[name] != getattr(given, name) for name in given.model_fields_set - {"id"} - changes):
        raise Clash
    return known

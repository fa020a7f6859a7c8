"""Make appointments for tests, and take their steps."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.appointments import actions
from app.appointments.actions import Place
from app.appointments.models import Appointment
from app.appointments.schemas import (
    BookAppointment,
    CancelAppointment,
    MissAppointment,
    RescheduleAppointment,
)
from app.appointments.states import Action
from app.cases.models import Case
from app.core import clock
from tests.factories import Town

WITH, WHERE, ABOUT = "Dr Şükürova N4711", "Behind the bakery N4711", "The stump is sore N4711"


def when(hours: float) -> datetime:
    """So many hours from now, to the second."""
    return (clock.now() + timedelta(hours=hours)).replace(microsecond=0)


def booking(hours: float = -2, **changes: Any) -> dict[str, Any]:
    """A visit two hours ago, as a client sends it, with everything that can be said of it."""
    return {
        "kind_code": "place_visit",
        "purpose_code": "medical",
        "starts_at": when(hours).isoformat(),
        "minutes": 45,
        "with_whom": WITH,
        "place": WHERE,
        "note": ABOUT,
    } | changes


def bodies(hours: float = 48) -> dict[Action, Any]:
    """What each step is told."""
    return {
        Action.MISS: {"reason_code": "transport", "next_step_code": "call_person"},
        Action.CANCEL: {"reason_code": "person_wish"},
        Action.RESCHEDULE: {"starts_at": when(hours).isoformat()},
    }


GIVEN: dict[Action, Any] = {
    Action.MISS: MissAppointment,
    Action.CANCEL: CancelAppointment,
    Action.RESCHEDULE: RescheduleAppointment,
}


async def an_appointment(town: Town, case: Case, hours: float = -2, **changes: Any) -> Appointment:
    """One that the caseworker booked."""
    given = BookAppointment.model_validate(booking(hours, **changes))
    async with town.work(town.caseworker) as session:
        return (await actions.book(session, town.caseworker, case.id, given))[0]


async def stepped(
    town: Town, one: Appointment, action: Action, actor: Actor | None = None, **changes: Any
) -> Appointment:
    """The appointment after this step."""
    who, told = actor or town.caseworker, bodies().get(action, {}) | changes
    given = [GIVEN[action].model_validate(told)] if action in GIVEN else []
    act: Any = getattr(actions, action.value)
    async with town.work(who) as session:
        moved: Appointment = await act(session, who, place(one), one.version, *given)
    return moved


def place(one: Appointment, case_id: UUID | None = None) -> Place:
    """Where it stands."""
    return Place(case_id or one.case_id, one.id)

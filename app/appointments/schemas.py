"""What a client sends about an appointment, and what it gets back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.appointments.models import Appointment, AppointmentMove
from app.appointments.queries import Meeting
from app.appointments.states import APPOINTMENT, Action, Status
from app.cases import queries as cases
from app.cases import rules
from app.cases.states import Party
from app.codelists.lists import coded, recorded
from app.core import vault
from app.core.given import Count, Given, Instant, ShortText, Text
from app.core.shown import Shown
from app.core.vault import Box
from app.survivors import queries as survivors

SEALED = ("with_whom", "place", "note")
TABLE = Appointment.__tablename__


Minutes = Annotated[Count, Field(ge=5, le=720)]


class BookAppointment(Given):
    """A meeting: of which kind and what for, when, with whom and where. `minutes`: how long it may take."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("appointment_kind")]
    purpose_code: Annotated[str, coded("appointment_purpose")]
    starts_at: Instant
    minutes: Minutes | None = None
    facility_id: UUID | None = None
    with_whom: ShortText | None = None
    place: ShortText | None = None
    note: Text | None = None


class MissAppointment(Given):
    """Why the person did not come, as far as it is known, and what is done about it."""

    reason_code: Annotated[str, coded("no_show_reason")] = "unknown"
    next_step_code: Annotated[str, coded("no_show_step")]


class CancelAppointment(Given):
    """Why it does not take place."""

    reason_code: Annotated[str, coded("appointment_cancel_reason")]


class RescheduleAppointment(Given):
    """When it is to be instead; with `minutes` and `place` if these change."""

    starts_at: Instant
    minutes: Minutes | None = None
    place: ShortText | None = None


class AppointmentOut(Shown):
    """A meeting of a person with somebody, and what you may do about it."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    kind_code: Annotated[str, recorded("appointment_kind")]
    purpose_code: Annotated[str, recorded("appointment_purpose")]
    status: Status
    starts_at: datetime
    minutes: int | None
    facility_id: UUID | None
    with_whom: str | None
    place: str | None
    note: str | None
    by_id: UUID
    open_actions: list[Action]

    @classmethod
    def of(cls, appointment: Appointment, box: Box, by: Iterable[Party]) -> Self:
        """The appointment, opened, and what these parties may do about it."""
        return cls.model_validate(
            appointment.model_dump(exclude={"owner_id", "team_id"})
            | texts(appointment, box)
            | {"open_actions": APPOINTMENT.open(appointment.status, by)}
        )


class MyAppointmentOut(AppointmentOut):
    """A line of your agenda: the meeting, and whose it is, by the person's code."""

    survivor_code: str

    @classmethod
    def of_mine(cls, meeting: Meeting, actor: Actor) -> Self:
        """The meeting, opened with the person's key."""
        box, by = vault.open_key(meeting.wrapped), rules.parties(meeting.case, actor)
        shown = AppointmentOut.of(meeting.appointment, box, by)
        return cls(**shown.model_dump(), survivor_code=meeting.survivor_code)


class AppointmentMoveOut(Shown):
    """One step: without an action, it was booked. `starts_at`: when it was to be from then on."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    starts_at: datetime
    reason_code: str | None
    next_step_code: Annotated[str, recorded("no_show_step")] | None
    by_id: UUID

    @classmethod
    def of(cls, move: AppointmentMove) -> Self:
        """The record as it is."""
        return cls.model_validate(move.model_dump(include=set(cls.model_fields)))


class AppointmentHistoryOut(AppointmentOut):
    """An appointment with every step of it, the oldest first."""

    moves: list[AppointmentMoveOut]


def texts(appointment: Appointment, box: Box) -> dict[str, Any]:
    """What stands sealed in it, opened."""
    sealed = {name: getattr(appointment, name) for name in SEALED}
    return {name: text and box.read(TABLE, name, appointment.id, text) for name, text in sealed.items()}


async def show(session: AsyncSession, actor: Actor, appointment: Appointment) -> AppointmentOut:
    """An appointment as this actor sees it."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), appointment.case_id)
    return AppointmentOut.of(
        appointment, await survivors.box(session, case.survivor_id), rules.parties(case, actor)
    )

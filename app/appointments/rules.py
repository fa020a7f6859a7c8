"""Judgements about appointments already in hand. No database, no clock, no HTTP."""

from datetime import datetime, timedelta

from app.appointments.errors import BeforeItsTime, TooManyAppointments
from app.appointments.models import Appointment, AppointmentMove
from app.records.rules import invalid
from app.records.stamps import CLOCKS_DIFFER

MOST = 1000
"""Of one case: one a week for nineteen years."""
BEHIND, AHEAD = timedelta(days=31), timedelta(days=730)
"""What was agreed is written down within a month, and nobody agrees on a day years ahead."""
NO_FURTHER_DATE = "end"
"""The step after a missed visit (code list: no_show_step) that leaves nothing to do."""
MISSED_VISIT = "missed_visit"
"""The kind of task (code list: task_kind) that a missed visit raises."""


def need_bookable(starts_at: datetime, now: datetime) -> None:
    """Stop a time that lies too far back or ahead to have been agreed on."""
    if starts_at < now - BEHIND:
        raise invalid(("starts_at", "too_far_back"))
    if starts_at > now + AHEAD:
        raise invalid(("starts_at", "too_far_ahead"))


def need_begun(appointment: Appointment, now: datetime) -> None:
    """Stop what can only be known once it is time: that it was kept, or missed."""
    if appointment.starts_at > now + CLOCKS_DIFFER:
        raise BeforeItsTime(starts_at=appointment.starts_at.isoformat())


def asks_for_a_try(missed: AppointmentMove) -> bool:
    """Whether something is to be done about a missed visit."""
    return missed.next_step_code != NO_FURTHER_DATE


def need_room(count: int) -> None:
    """Stop one more than may be."""
    if count >= MOST:
        raise TooManyAppointments(limit=MOST)

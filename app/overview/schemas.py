"""What a person sees first."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from app.codelists.lists import recorded
from app.core.shown import Shown
from app.referrals.states import Status as ReferralStatus


class EntryKind(StrEnum):
    """What a line of a timeline is about."""

    MOVE = "move"
    NOTE = "note"
    TASK = "task"
    APPOINTMENT = "appointment"
    ASSESSMENT = "assessment"
    RISK = "risk"
    CARE_PLAN = "care_plan"
    MILESTONE = "milestone"
    DOCUMENT = "document"
    REFERRAL = "referral"
    INJURY = "injury"
    AMPUTATION = "amputation"
    EMERGENCY = "emergency"
    STAY = "stay"
    OPERATION = "operation"
    COMPLICATION = "complication"
    DEVICE = "device"
    COURSE = "course"
    SESSION = "session"
    REINTEGRATION = "reintegration"
    GRANT = "grant"
    ENROLMENT = "enrolment"
    CLEARANCE = "clearance"
    SPORT_INJURY = "sport_injury"
    CALL_UP = "call_up"
    SUPPORT = "support"
    SUPPORT_SESSION = "support_session"


class Entry(Shown):
    """One thing that was entered in a case. It says that there is a note, and not what it says.

    `record_id`: what to open. `what`: the action of a move; the code of a note, task, instrument, milestone,
    injury or operation. `status`: what it came to; `in_error` where it should never have been entered. `on`:
    the day it is due, happened, or was assessed.
    """

    kind: EntryKind
    id: UUID
    record_id: UUID
    at: datetime
    what: str
    status: str | None
    on: date | None
    by_id: UUID | None


class TodayTask(Shown):
    """A task that is due, without its text."""

    id: UUID
    version: int
    case_id: UUID
    survivor_code: str
    kind_code: Annotated[str, recorded("task_kind")]
    due_on: date


class TodayAppointment(Shown):
    """A meeting of today, or one of an earlier day of which nobody has said what became of it."""

    id: UUID
    version: int
    case_id: UUID
    survivor_code: str
    kind_code: Annotated[str, recorded("appointment_kind")]
    starts_at: datetime
    minutes: int | None


class TodayAnswer(Shown):
    """A referral that was answered lately."""

    id: UUID
    code: str
    case_id: UUID
    status: ReferralStatus
    to_facility_id: UUID
    answered_at: datetime


class TodayOut(Shown):
    """What waits for the caller: tasks and meetings until today, answers of a week, counts up to 100."""

    tasks: list[TodayTask]
    appointments: list[TodayAppointment]
    answers: list[TodayAnswer]
    unread: int
    referrals_to_answer: int
    reviews_overdue: int

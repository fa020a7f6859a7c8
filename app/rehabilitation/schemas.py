"""What a client sends about rehabilitation, and what it gets back."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.codelists.lists import coded, recorded
from app.core.dates import PastDay
from app.core.given import Day, Given, LongText, Text
from app.core.given import _whole as whole
from app.records.schemas import RecordOut, correcting

Tri = Annotated[str, coded("tri")]
Minutes = Annotated[int, Field(strict=True, ge=1, le=600), BeforeValidator(whole)]
Pain = Annotated[int, Field(strict=True, ge=0, le=10), BeforeValidator(whole)]


class AddRehabilitationEpisode(Given):
    """One course of therapy."""

    id: UUID | None = None
    discipline_code: Annotated[str, coded("discipline")]
    setting_code: Annotated[str, coded("care_setting")] = "unknown"
    started_on: PastDay
    ended_on: PastDay | None = None
    end_code: Annotated[str, coded("episode_end")] | None = None
    note: LongText | None = None


class AddTherapySession(Given):
    """One session of a course, also one to which the person did not come; what is not sent is not known."""

    id: UUID | None = None
    episode_id: UUID
    held_on: PastDay
    kind_code: Annotated[str, coded("therapy")]
    attendance_code: Annotated[str, coded("attendance")] = "came"
    minutes: Minutes | None = None
    pain_before: Pain | None = None
    pain_after: Pain | None = None
    note: LongText | None = None


class AddTherapyGoal(Given):
    """What a course is to bring about, as the person says it; `reached`: whether it did."""

    id: UUID | None = None
    episode_id: UUID
    text: Text
    set_on: PastDay
    target_on: Day | None = None
    reached: Tri = "unknown"
    reached_on: PastDay | None = None


CorrectRehabilitationEpisode = correcting(AddRehabilitationEpisode, "RehabilitationEpisode")
CorrectTherapySession = correcting(AddTherapySession, "TherapySession")
CorrectTherapyGoal = correcting(AddTherapyGoal, "TherapyGoal")


class RehabilitationEpisodeOut(RecordOut):
    """One course of therapy, and the facility that gives it."""

    facility_id: UUID
    discipline_code: Annotated[str, recorded("discipline")]
    setting_code: Annotated[str, recorded("care_setting")]
    started_on: date
    ended_on: date | None
    end_code: Annotated[str, recorded("episode_end")] | None
    note: str | None


class TherapySessionOut(RecordOut):
    """One session of a course."""

    facility_id: UUID
    episode_id: UUID
    held_on: date
    kind_code: Annotated[str, recorded("therapy")]
    attendance_code: Annotated[str, recorded("attendance")]
    minutes: int | None
    pain_before: int | None
    pain_after: int | None
    note: str | None


class TherapyGoalOut(RecordOut):
    """One goal of a course."""

    facility_id: UUID
    episode_id: UUID
    text: str
    set_on: date
    target_on: date | None
    reached: Annotated[str, recorded("tri")]
    reached_on: date | None

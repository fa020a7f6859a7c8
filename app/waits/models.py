"""The table of what was measured."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Moment, Record, code_type
from app.waits.stages import Unit

GROUP = ("team_id", "district_code", "period", "stage_code")


class WaitMeasure(Record, table=True):
    """How long one stage took a group of people, as the job measured it last.

    A group is of one team or of all, of one district or of all, and of those whose wait began in one year, in
    one quarter, or at any time: empty means all. Lengths are in the stage's unit; empty means not reached.
    """

    __tablename__ = "wait_measure"
    __table_args__ = (
        sa.Index("uq_wait_measure_group", *GROUP, unique=True, postgresql_nulls_not_distinct=True),
        sa.Index("ix_wait_measure_period", "team_id", "period", "stage_code"),
    )

    measured_at: datetime = Field(sa_type=Moment)
    stage_code: str = Field(max_length=40)  # code list: wait_stage
    unit: Unit = Field(sa_type=code_type(Unit))
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    district_code: str | None = Field(default=None, max_length=40)  # code list: district, or unknown
    period: str | None = Field(default=None, max_length=10)  # 2026, 2026-Q3, or unknown
    counted: int  # whose wait has a length: the next three together
    reached: int
    still_waiting: int
    left_early: int  # without what they waited for
    unknown: int  # whose wait has no known length, and is in none of the others
    lower_quartile: int | None = None
    median: int | None = None
    upper_quartile: int | None = None
    median_least: int | None = None  # confidence limits of the median, 95 %
    median_most: int | None = None

"""Tables of physical rehabilitation. Every row is of the facility where it was written."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, code_type, holder
from app.rehabilitation.states import Action, Status


def _part_of(column: str, table: str) -> sa.ForeignKeyConstraint:
    """The foreign key to a record of the same case and facility."""
    mine, theirs = (column, "case_id", "facility_id"), ("id", "case_id", "facility_id")
    return sa.ForeignKeyConstraint(mine, [f"{table}.{name}" for name in theirs])


class _Entered(Held):
    """What each of these records carries: of which case, at which facility, by whom, whether it counts."""

    case_id: UUID = Field(index=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    by_id: UUID
    in_error: bool = False


class RehabilitationEpisode(_Entered, table=True):
    """One course of therapy, from its beginning to its end."""

    __tablename__ = "rehabilitation_episode"
    __table_args__ = (holder("case_id", "case_file"), sa.UniqueConstraint("id", "case_id", "facility_id"))

    discipline_code: str = Field(max_length=40)  # code list: discipline
    setting_code: str = Field(default="unknown", max_length=40)  # code list: care_setting
    started_on: date
    ended_on: date | None = None
    end_code: str | None = Field(default=None, max_length=40)  # code list: episode_end
    note: bytes | None = None  # sealed with the survivor's key


class TherapySession(_Entered, table=True):
    """One session of a course, also one to which the person did not come."""

    __tablename__ = "therapy_session"
    __table_args__ = (holder("case_id", "case_file"), _part_of("episode_id", "rehabilitation_episode"))

    episode_id: UUID = Field(index=True)
    held_on: date
    kind_code: str = Field(max_length=40)  # code list: therapy
    attendance_code: str = Field(max_length=40)  # code list: attendance
    minutes: int | None = None
    pain_before: int | None = None  # 0 to 10
    pain_after: int | None = None  # 0 to 10
    note: bytes | None = None  # sealed with the survivor's key


class TherapyGoal(_Entered, table=True):
    """What a course is to bring about, in the person's words, and whether it did."""

    __tablename__ = "therapy_goal"
    __table_args__ = (holder("case_id", "case_file"), _part_of("episode_id", "rehabilitation_episode"))

    episode_id: UUID = Field(index=True)
    text: bytes  # sealed with the survivor's key
    set_on: date
    target_on: date | None = None
    reached: str = Field(default="unknown", max_length=20)  # code list: tri
    reached_on: date | None = None


class DeviceOrder(Held, table=True):
    """One device for one person: what it is, where its making stands, what it costs, when the next is due."""

    __tablename__ = "device_order"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "owner_id", "team_id", "facility_id", name="uq_device_order_holder"),
        sa.UniqueConstraint("id", "case_id", name="uq_device_order_case"),
        sa.ForeignKeyConstraint(["replaces_id", "case_id"], ["device_order.id", "device_order.case_id"]),
        sa.UniqueConstraint("replaces_id"),
        sa.CheckConstraint("replaces_id <> id", name="not_itself"),
        sa.CheckConstraint("(cost_minor is null) = (currency_code is null)", name="cost_in_a_currency"),
        sa.Index("ix_device_order_due", "due_on", postgresql_where=sa.text("due_on is not null")),
    )

    case_id: UUID = Field(index=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    by_id: UUID
    status: Status = Field(default=Status.REFERRED, sa_type=code_type(Status))
    status_on: date  # since when it stands there
    product_code: str = Field(max_length=40)  # code list: assistive_product
    technology_code: str | None = Field(default=None, max_length=40)  # code list: prosthesis_technology
    side_code: str = Field(default="not_applicable", max_length=40)  # code list: body_side
    amputation_id: UUID | None = Field(default=None, foreign_key="amputation.id")
    serial_number: str | None = Field(default=None, max_length=60)
    cost_minor: int | None = None  # in hundredths
    currency_code: str | None = Field(default=None, max_length=40)  # code list: currency
    funder_code: str = Field(default="unknown", max_length=40)  # code list: funder
    replaces_id: UUID | None = None
    delivered_on: date | None = None
    ended_on: date | None = None
    end_reason_code: str | None = Field(default=None, max_length=40)  # device_stop_reason, replacement_reason
    due_on: date | None = None  # as it was last reckoned; shown anew from birth and intervals


class DeviceStage(Held, table=True):
    """One step in the life of a device, kept: also when it goes back."""

    __tablename__ = "device_stage"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["device_order_id", "owner_id", "team_id", "facility_id"],
            *([f"device_order.{name}" for name in ("id", "owner_id", "team_id", "facility_id")],),
            name="fk_device_stage_holder",
            onupdate="CASCADE",
        ),
    )

    device_order_id: UUID = Field(index=True)
    facility_id: UUID
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: referred
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    happened_on: date
    by_id: UUID
    reason_code: str | None = Field(default=None, max_length=40)
    note: bytes | None = None  # sealed with the survivor's key

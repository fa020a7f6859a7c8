"""Tables of reintegration."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, code_type, holder
from app.reintegration.states import Action, Status

Money = sa.Numeric(12, 2)


class _OfCase(Held):
    """What hangs on a case, and who entered it."""

    case_id: UUID = Field(index=True)
    by_id: UUID


class ReintegrationRecord(_OfCase, table=True):
    """One thing on the way back: school, a course, work, a home, a benefit, a document, a group."""

    __tablename__ = "reintegration_record"
    __table_args__ = (holder("case_id", "case_file"), sa.UniqueConstraint("id", "case_id"))

    in_error: bool = False
    item_code: str = Field(max_length=40)  # code list: reintegration_item
    begun_on: date | None = None  # started, applied or moved in: the first day of the period that is known
    begun_precision: str | None = Field(default=None, max_length=10)
    begun_estimated: bool = False
    ended_on: date | None = None
    ended_precision: str | None = Field(default=None, max_length=10)
    ended_estimated: bool = False
    outcome_code: str | None = Field(default=None, max_length=40)  # code list: reintegration_outcome
    occupation_code: str | None = Field(default=None, max_length=40)  # code list: occupation_group
    industry_code: str | None = Field(default=None, max_length=40)  # code list: industry_section
    amount: Decimal | None = Field(default=None, sa_type=Money)  # income or benefit a month; cost of works
    currency_code: str | None = Field(default=None, max_length=40)  # code list: currency
    place: bytes | None = None  # school, employer, authority; sealed with the survivor's key
    note: bytes | None = None  # sealed with the survivor's key


class LivelihoodGrant(_OfCase, table=True):
    """Money or goods for a livelihood of the person's own: granted, paid in tranches, looked after."""

    __tablename__ = "livelihood_grant"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "case_id"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.CheckConstraint("0 < granted and 0 <= paid and paid <= granted", name="never_more_than_granted"),
        sa.CheckConstraint("approved_by_id is null or approved_by_id <> by_id", name="somebody_else"),
    )

    kind_code: str = Field(max_length=40)  # code list: grant_kind
    status: Status = Field(default=Status.ASKED, sa_type=code_type(Status))
    asked_on: date
    granted: Decimal = Field(sa_type=Money)
    paid: Decimal = Field(default=Decimal("0.00"), sa_type=Money)
    currency_code: str = Field(max_length=40)  # code list: currency
    purpose: bytes | None = None  # what it is for; sealed with the survivor's key
    approved_by_id: UUID | None = None
    reason_code: str | None = Field(default=None, max_length=40)  # code list: grant_end_reason
    outcome_code: str | None = Field(default=None, max_length=40)  # code list: grant_outcome


class GrantMove(Held, table=True):
    """One step in the life of a grant, kept."""

    __tablename__ = "grant_move"
    __table_args__ = (holder("grant_id", "livelihood_grant"),)

    grant_id: UUID = Field(index=True)
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: asked for
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    happened_on: date
    by_id: UUID


class Tranche(Held, table=True):
    """One part of a grant that was paid or handed over: never changed."""

    __tablename__ = "tranche"
    __table_args__ = (
        holder("grant_id", "livelihood_grant"),
        sa.CheckConstraint("0 < amount", name="something"),
    )

    grant_id: UUID = Field(index=True)
    kind_code: str = Field(max_length=40)  # code list: tranche_kind
    amount: Decimal = Field(sa_type=Money)  # in the currency of the grant
    paid_on: date
    by_id: UUID


class GrantVisit(Held, table=True):
    """One look at what came of a grant."""

    __tablename__ = "grant_visit"
    __table_args__ = (holder("grant_id", "livelihood_grant"),)

    grant_id: UUID = Field(index=True)
    visited_on: date
    active: str = Field(default="unknown", max_length=20)  # code list: tri
    income: Decimal | None = Field(default=None, sa_type=Money)  # a month, in the currency of the grant
    note: bytes | None = None  # sealed with the survivor's key
    by_id: UUID


class FollowUp(_OfCase, table=True):
    """A look, 3, 6, 12 and 24 months later, at whether what was reached is still so."""

    __tablename__ = "follow_up"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("about_id", "months"),
        sa.Index("ix_follow_up_due", "due_on", postgresql_where=sa.text("result_code is null")),
    )

    about_id: UUID  # the record or the grant
    months: int
    due_on: date
    result_code: str | None = Field(default=None, max_length=40)  # code list: follow_up_result
    checked_on: date | None = None
    checked_by_id: UUID | None = None

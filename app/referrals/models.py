"""Referral tables."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Held, Moment, code_type, holder
from app.referrals.states import Action, Party, Status

CODES = ARRAY(sa.String(40))
IS_WAITING = sa.text("status in ('accepted', 'waitlisted')")
IS_SCHEDULED = sa.text("status = 'scheduled'")


def sides() -> sa.ForeignKeyConstraint:
    """The foreign key from what belongs to a referral to both of its sides: nobody can hang it on another."""
    mine = ["referral_id", "owner_id", "team_id", "to_facility_id"]
    theirs = [f"referral.{name}" for name in ("id", *mine[1:])]
    return sa.ForeignKeyConstraint(mine, theirs, onupdate="CASCADE")


class Referral(Held, table=True):
    """A request to a facility about one case: services asked, what is shared, by when to answer.

    Both sides may read it; what it shares is read through it, while it is live. Its own texts are sealed
    apart from the person's key, which the receiver may open only while the referral is live.
    """

    __tablename__ = "referral"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "owner_id", "team_id", "to_facility_id", name="uq_referral_sides"),
        sa.UniqueConstraint("id", "owner_id", "team_id", name="uq_referral_holder"),
        holder("previous_id", "referral"),
        sa.Index("uq_referral_previous_id", "previous_id", unique=True),
        sa.Index(
            *("ix_referral_waiting", "to_facility_id", "priority_code", "sent_at", "id"),
            postgresql_where=IS_WAITING,
        ),
        sa.Index("ix_referral_visits", "scheduled_for", postgresql_where=IS_SCHEDULED),
        sa.Index("ix_referral_inbox", "to_facility_id", "status", "id"),
        sa.Index("ix_referral_queue", "to_facility_id", "id"),
        sa.Index("ix_referral_outbox", "owner_id", "id"),
        sa.Index("ix_referral_team", "team_id", "id"),
        sa.Index("ix_referral_team_status", "team_id", "status", "id"),
        sa.Index("ix_referral_status", "status", "id"),
        sa.Index("ix_referral_survivor_id_to_facility_id", "survivor_id", "to_facility_id"),
    )

    code: str = Field(max_length=20, unique=True)
    case_id: UUID = Field(index=True)
    survivor_id: UUID = Field(foreign_key="survivor.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    to_facility_id: UUID = Field(foreign_key="facility.id")
    consent_id: UUID | None = Field(default=None, foreign_key="consent.id")
    previous_id: UUID | None = None  # the one that was not served, which this one sends on
    by_hand: bool = False  # to a facility without accounts: its sender writes down what it answers
    priority_code: str = Field(default="normal", max_length=40)  # code list: referral_priority
    priority_reason_code: str | None = Field(default=None, max_length=40)  # code list: priority_reason
    service_codes: list[str] = Field(sa_type=CODES)  # code list: service
    share_codes: list[str] = Field(sa_type=CODES)  # code list: share_item
    status: Status = Field(default=Status.DRAFT, sa_type=code_type(Status))
    reason: bytes | None = None  # why, in the sender's words
    counter_referral: bytes | None = None  # what was done and what comes next, in the receiver's words
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    answer_by: datetime | None = Field(default=None, sa_type=Moment)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    expected_on: date | None = None  # waiting list: when a place is expected
    scheduled_for: datetime | None = Field(default=None, sa_type=Moment)
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    decline_reason_code: str | None = Field(default=None, max_length=40)  # code list: decline_reason
    suggested_facility_id: UUID | None = Field(default=None, foreign_key="facility.id")
    no_show_reason_code: str | None = Field(default=None, max_length=40)  # code list: no_show_reason
    next_step_code: str | None = Field(default=None, max_length=40)  # code list: no_show_step
    outcome_code: str | None = Field(default=None, max_length=40)  # code list: referral_outcome
    given_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # code list: service
    device_codes: list[str] = Field(default_factory=list, sa_type=CODES)  # code list: assistive_product
    end_reason_code: str | None = Field(default=None, max_length=40)


class ReferralMove(Held, table=True):
    """One step in the life of a referral, for both sides to see."""

    __tablename__ = "referral_move"
    __table_args__ = (sides(),)

    referral_id: UUID = Field(index=True)
    to_facility_id: UUID
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: drafted
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    by_id: UUID | None = None  # empty: the system
    reason_code: str | None = Field(default=None, max_length=40)  # of the code list that the action has
    priority_code: str | None = Field(default=None, max_length=40)  # from then on, where that changed
    scheduled_for: datetime | None = Field(default=None, sa_type=Moment)  # from then on, where that was said
    expected_on: date | None = None  # the same


class ReferralMessage(Held, table=True):
    """What one side wrote to the other about a referral, sealed as the referral's own texts are."""

    __tablename__ = "referral_message"
    __table_args__ = (sides(),)

    referral_id: UUID = Field(index=True)
    to_facility_id: UUID
    side: Party = Field(sa_type=code_type(Party))  # whose it is
    by_id: UUID
    text: bytes
    read_at: datetime | None = Field(default=None, sa_type=Moment)  # by the other side
    read_by_id: UUID | None = None


class Escalation(Held, table=True):
    """That a referral was not answered in time, and who was told so; each step of the ladder once."""

    __tablename__ = "escalation"
    __table_args__ = (sides(), sa.UniqueConstraint("referral_id", "step"))

    referral_id: UUID
    to_facility_id: UUID
    step: int
    tells: str = Field(max_length=40)
    answer_by: datetime = Field(sa_type=Moment)  # as it was then

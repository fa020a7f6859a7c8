"""Referral tables."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Held, Moment, code_type, holder
from app.referrals.states import Action, Status

CODES = ARRAY(sa.String(40))


class Referral(Held, table=True):
    """A request to a facility about one case: services asked, what is shared, by when to answer.

    Both sides may read it; what it shares is read through it, while it is live. Its own texts are sealed
    apart from the person's key, which the receiver may open only while the referral is live.
    """

    __tablename__ = "referral"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "owner_id", "team_id", "to_facility_id", name="uq_referral_sides"),
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
    priority_code: str = Field(default="normal", max_length=40)  # code list: referral_priority
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
    outcome_code: str | None = Field(default=None, max_length=40)  # code list: referral_outcome
    end_reason_code: str | None = Field(default=None, max_length=40)


class ReferralMove(Held, table=True):
    """One step in the life of a referral, for both sides to see."""

    __tablename__ = "referral_move"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["referral_id", "owner_id", "team_id", "to_facility_id"],
            ["referral.id", "referral.owner_id", "referral.team_id", "referral.to_facility_id"],
            name="fk_referral_move_sides",
            onupdate="CASCADE",
        ),
    )

    referral_id: UUID = Field(index=True)
    to_facility_id: UUID
    action: Action | None = Field(default=None, sa_type=code_type(Action))  # empty: drafted
    source: Status | None = Field(default=None, sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    by_id: UUID | None = None  # empty: the system

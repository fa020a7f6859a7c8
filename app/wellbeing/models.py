"""Tables of what a person lets be seen of their well-being."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, Moment, holder

IS_OPEN = sa.text("withdrawn_at is null")


class WellbeingConsent(Held, table=True):
    """That a person agreed, with the counsellor, that their WHO-5 scores may be seen beside attendance."""

    __tablename__ = "wellbeing_consent"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.Index("ix_wellbeing_consent_case_id", "case_id"),
        sa.Index(
            "uq_wellbeing_consent_one_open", "case_id", "facility_id", unique=True, postgresql_where=IS_OPEN
        ),
        sa.CheckConstraint("valid_until >= given_on", name="ends_after_it_begins"),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by_id is null)", name="withdrawn_by_somebody"
        ),
    )

    case_id: UUID
    survivor_id: UUID = Field(foreign_key="survivor.id")
    facility_id: UUID = Field(foreign_key="facility.id")  # whose counsellor asks
    text_version: str = Field(max_length=40)
    language_code: str = Field(max_length=40)  # code list: language
    mode_code: str = Field(max_length=40)  # code list: consent_mode
    given_by_code: str = Field(max_length=40)  # code list: consent_given_by
    child_assent: str = Field(default="not_applicable", max_length=20)  # code list: tri
    assent_mode_code: str | None = Field(default=None, max_length=40)  # code list: consent_mode
    given_on: date
    valid_until: date
    by_id: UUID
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_by_id: UUID | None = None


class WellbeingScore(Held, table=True):
    """A copy of one score, sealed with the person's own key; the database deletes it with the consent."""

    __tablename__ = "wellbeing_score"
    __table_args__ = (
        holder("consent_id", "wellbeing_consent"),
        sa.UniqueConstraint("consent_id", "screening_id"),
    )

    consent_id: UUID
    case_id: UUID = Field(index=True)
    screening_id: UUID  # of which it is the score; that one stays in the compartment
    assessed_on: date
    score: bytes

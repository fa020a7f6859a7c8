"""Survivor tables. What names or reaches a person is sealed with the person's own key (`bytes` columns)."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.core.db import Held, Moment, holder

CODES = ARRAY(sa.String(40))
RESPONSIBLE = (
    sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"]),
    sa.ForeignKeyConstraint(["team_id"], ["team.id"]),
)


class Survivor(Held, table=True):
    """A person helped. Owner and team are who is responsible now; every row of the file follows them."""

    __tablename__ = "survivor"
    __table_args__ = (
        *RESPONSIBLE,
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.Index("ix_survivor_owner_id_id", "owner_id", "id"),
        sa.Index("ix_survivor_team_id_id", "team_id", "id"),
        sa.Index("ix_survivor_invented", "id", postgresql_where=sa.text("invented")),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    code: str = Field(max_length=20, unique=True)  # DYQ-2026-000123-7: no personal data, a check character
    category_code: str = Field(max_length=40)  # code list: victim_category
    sex_code: str = Field(max_length=40)  # code list: sex
    birth_year: int | None = None  # clear, for care lists and statistics; the date itself is sealed
    birth_precision: str = Field(default="unknown", max_length=10)  # day, month, year, unknown
    birth_estimated: bool = False
    given_name: bytes | None = None
    surname: bytes | None = None
    patronymic: bytes | None = None
    other_spellings: bytes | None = None  # JSON list
    birth_date: bytes | None = None  # ISO 8601
    address: bytes | None = None
    district_code: str | None = Field(default=None, max_length=40)  # code list: district, of residence
    displacement_code: str = Field(default="unknown", max_length=40)  # code list: displacement_status
    language_code: str = Field(default="unknown", max_length=40)  # code list: language
    education_code: str = Field(default="unknown", max_length=40)  # code list: education
    occupation_code: str = Field(default="unknown", max_length=40)  # code list: occupation_status
    casualty_id: UUID | None = Field(default=None, foreign_key="casualty.id", unique=True)
    life_saving_reason: str | None = Field(default=None, max_length=40)  # registered without consent: why
    registered_on: date
    died_on: date | None = None
    invented: bool = False  # a demo person


class PersonKey(SQLModel, table=True):
    """The data key of one person, wrapped; kept in a table of its own so that it can be backed up apart."""

    __tablename__ = "person_key"
    __table_args__ = (holder("id", "survivor"),)

    id: UUID = Field(primary_key=True)  # the survivor's
    owner_id: UUID
    team_id: UUID
    wrapped: bytes


class NameKey(SQLModel, table=True):
    """The blind index of names, numbers and codes: truncated keyed hashes, several people to a value."""

    __tablename__ = "name_key"
    __table_args__ = (
        sa.ForeignKeyConstraint(["survivor_id"], ["survivor.id"]),
        sa.Index("ix_name_key_survivor_id_key", "survivor_id", "key"),
    )

    key: int = Field(primary_key=True, sa_type=sa.Integer)
    survivor_id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(primary_key=True)  # so that a search reads the index alone


class Identifier(Held, table=True):
    """A document number of a person: FIN, identity card, birth certificate, IDP card."""

    __tablename__ = "identifier"
    __table_args__ = (
        holder("survivor_id", "survivor"),
        sa.UniqueConstraint("survivor_id", "kind_code", "lookup"),
        sa.Index("ix_identifier_lookup", "lookup"),
    )

    survivor_id: UUID = Field(index=True)
    kind_code: str = Field(max_length=40)  # code list: identifier_kind
    number: bytes
    lookup: bytes  # keyed hash of kind and number, in full


class Phone(Held, table=True):
    """A number by which the person can be reached, whose it is, and whether it is safe to call."""

    __tablename__ = "phone"
    __table_args__ = (
        holder("survivor_id", "survivor"),
        sa.UniqueConstraint("survivor_id", "lookup"),
        sa.Index("ix_phone_lookup", "lookup"),
    )

    survivor_id: UUID = Field(index=True)
    number: bytes  # E.164
    lookup: bytes
    owner_code: str = Field(default="self", max_length=40)  # code list: phone_owner
    safe_to_call: str = Field(default="unknown", max_length=20)  # code list: tri


class Consent(Held, table=True):
    """What the person agreed to, for one purpose, and when it was taken back.

    It states what law 998-IIIQ asks for: subject, operator, purpose, data and operations, validity, deletion.
    """

    __tablename__ = "consent"
    __table_args__ = (
        holder("survivor_id", "survivor"),
        sa.Index("ix_consent_survivor_id_purpose_code", "survivor_id", "purpose_code"),
    )

    survivor_id: UUID
    operator_id: UUID = Field(foreign_key="organisation.id")
    purpose_code: str = Field(max_length=40)  # code list: consent_purpose
    data_codes: list[str] = Field(sa_type=CODES)  # code list: consent_data
    operation_codes: list[str] = Field(sa_type=CODES)  # code list: consent_operation
    deletion_code: str = Field(max_length=40)  # code list: deletion_term
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id")  # sharing: with whom
    legal_basis_code: str = Field(default="consent", max_length=40)  # code list: legal_basis
    text_version: str = Field(max_length=40)
    language_code: str = Field(max_length=40)  # code list: language
    mode_code: str = Field(max_length=40)  # code list: consent_mode
    given_by_code: str = Field(max_length=40)  # code list: consent_given_by
    giver_name: bytes | None = None  # who agreed for the person
    giver_relation_code: str | None = Field(default=None, max_length=40)  # code list: relation
    child_assent: str = Field(default="not_applicable", max_length=20)  # code list: tri
    assent_mode_code: str | None = Field(default=None, max_length=40)  # code list: consent_mode
    best_interest: bytes | None = None  # why it was not given as the rule for the age asks
    given_on: date
    valid_until: date
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_reason_code: str | None = Field(default=None, max_length=40)  # consent_withdrawal_reason

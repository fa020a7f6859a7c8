"""Tables of documents. What they are called, and what stands in them, only the person's key opens.

A document of the compartment (`apart`) is sealed with the compartment's key and shown to counsellors of the
facility that filed it. The bytes of a version are a table of their own, so that no list ever reads them.
"""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, Moment, Record, code_type, holder
from app.documents.states import Status
from app.referrals.models import sides

IS_ASKED = sa.text("status = 'asked'")
ENDED = "ended_at, ended_by_id"


class Document(Held, table=True):
    """A paper or picture that belongs to a case, in one or more versions."""

    __tablename__ = "document"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
        sa.UniqueConstraint("id", "apart"),
        sa.CheckConstraint("apart = (facility_id is not null)", "apart_at_a_facility"),
        sa.CheckConstraint("in_error = (reason_code is not null)", "in_error_for_a_reason"),
        sa.CheckConstraint("erased_at is null or num_nonnulls(title, issued_on) = 0", "erased_whole"),
    )

    case_id: UUID = Field(index=True)
    apart: bool = False
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id")  # that filed it, if apart
    kind_code: str = Field(max_length=40)  # code list: document_kind
    title: bytes | None = None
    issued_on: date | None = None
    by_id: UUID
    newest: int = 1  # the number of the newest version
    in_error: bool = False
    reason_code: str | None = Field(default=None, max_length=40)  # code list: correction_reason
    erased_at: datetime | None = Field(default=None, sa_type=Moment)  # since then nothing of it is left


class DocumentFile(Record, table=True):
    """One version of a document: sealed whole, bound to its row."""

    __tablename__ = "document_file"
    __table_args__ = (
        sa.UniqueConstraint("document_id", "number"),
        sa.Index("ix_document_file_by_id_created_at", "by_id", "created_at"),
    )

    document_id: UUID = Field(foreign_key="document.id")
    number: int
    by_id: UUID
    media_type: str = Field(max_length=40)
    size: int
    digest: bytes  # of what was sent, by which a repeat is known
    content: bytes


class DocumentShare(Held, table=True):
    """That a document goes with a referral, chosen by its sender. Nothing of the compartment ever does."""

    __tablename__ = "document_share"
    __table_args__ = (
        sides(),
        holder("document_id", "document"),
        sa.ForeignKeyConstraint(["document_id", "apart"], ["document.id", "document.apart"]),
        sa.CheckConstraint("not apart", "never_apart"),
        sa.UniqueConstraint("referral_id", "document_id"),
    )

    referral_id: UUID
    to_facility_id: UUID
    document_id: UUID = Field(index=True)
    apart: bool = False
    by_id: UUID
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class DocumentErasure(Held, table=True):
    """That somebody asked for a document to be destroyed, why, and what a second person decided.

    The second person opens nothing of the file: what stands here is all that they are told.
    """

    __tablename__ = "document_erasure"
    __table_args__ = (
        holder("document_id", "document"),
        sa.Index("uq_document_erasure_one_asked", "document_id", unique=True, postgresql_where=IS_ASKED),
        sa.Index("ix_document_erasure_document_id", "document_id"),
        sa.Index("ix_document_erasure_status", "status", "id"),
        sa.CheckConstraint(
            f"case status when 'asked' then num_nonnulls({ENDED}) else num_nulls({ENDED}) end = 0",
            name="ended_whole",
        ),
        sa.CheckConstraint("status = 'withdrawn' or ended_by_id <> by_id", name="by_a_second_person"),
        sa.CheckConstraint("(status = 'refused') = (refusal_code is not null)", name="refused_for_a_reason"),
    )

    document_id: UUID
    survivor_id: UUID = Field(foreign_key="survivor.id")
    case_id: UUID
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id")  # of a compartment
    reason_code: str = Field(max_length=40)  # code list: erasure_reason
    reference: str = Field(max_length=60)  # of the written wish or order, in the office's own register
    by_id: UUID
    status: Status = Field(default=Status.ASKED, sa_type=code_type(Status))
    refusal_code: str | None = Field(default=None, max_length=40)  # code list: erasure_refusal
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_by_id: UUID | None = None
    versions: int | None = None  # how many were destroyed

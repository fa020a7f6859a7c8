"""The corrections of a person's file."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.core.db import Held, holder


class Correction(Held, table=True):
    """What a record said before it was corrected: kept, with who changed it and why."""

    __tablename__ = "correction"
    __table_args__ = (
        holder("survivor_id", "survivor"),
        sa.Index("ix_correction_record_id", "record_id", "id"),
    )

    survivor_id: UUID = Field(index=True)
    record_kind: str = Field(max_length=40)  # the table
    record_id: UUID
    record_version: int  # which said this
    before: dict[str, Any] = Field(sa_type=JSONB)  # only what changed; what was sealed stays so, in hex
    reason_code: str = Field(max_length=40)  # code list: correction_reason
    by_id: UUID

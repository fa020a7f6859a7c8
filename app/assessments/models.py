"""Assessment tables."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.core.db import Held, holder

Kept = dict[str, dict[str, Any]]


class Assessment(Held, table=True):
    """One instrument answered once: raw answers as given, and what the algorithm made of them."""

    __tablename__ = "assessment"
    __table_args__ = (holder("case_id", "case_file"),)

    case_id: UUID = Field(index=True)
    instrument_code: str = Field(max_length=40)
    instrument_version: str = Field(max_length=40)
    assessed_on: date
    by_id: UUID
    answers: dict[str, str | int | float] = Field(sa_type=JSONB)
    scores: Kept = Field(sa_type=JSONB)  # by code, as `Score` has them
    algorithm: str = Field(max_length=60)  # of the main score: id and version
    score: float | None = None
    result: str = Field(max_length=40)  # its band, or yes, no, unknown

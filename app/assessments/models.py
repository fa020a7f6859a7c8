"""Assessment tables."""

from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.core.db import Held, holder


class Assessment(Held, table=True):
    """One instrument answered once: raw answers as given, and what the algorithm made of them."""

    __tablename__ = "assessment"
    __table_args__ = (holder("case_id", "case_file"),)

    case_id: UUID = Field(index=True)
    instrument_code: str = Field(max_length=40)
    instrument_version: str = Field(max_length=40)
    assessed_on: date
    by_id: UUID
    answers: dict[str, str | int] = Field(sa_type=JSONB)
    algorithm: str = Field(max_length=60)  # id and version
    score: float | None = None
    result: str = Field(max_length=40)  # the band or the yes, no, unknown

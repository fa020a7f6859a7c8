"""Tables of the compartment."""

from datetime import date
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.core.db import Held, holder


class CompartmentKey(SQLModel, table=True):
    """The data key of one person's compartment, wrapped. The person's own key opens nothing in there."""

    __tablename__ = "compartment_key"
    __table_args__ = (holder("id", "survivor"),)

    id: UUID = Field(primary_key=True)  # the survivor's
    owner_id: UUID
    team_id: UUID
    wrapped: bytes


class Screening(Held, table=True):
    """One instrument of the compartment answered once: answers and scores, sealed with its key."""

    __tablename__ = "screening"
    __table_args__ = (holder("case_id", "case_file"),)

    case_id: UUID = Field(index=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)  # where it was asked, and is read
    instrument_code: str = Field(max_length=40)
    instrument_version: str = Field(max_length=40)
    assessed_on: date
    by_id: UUID
    answers: bytes
    scores: bytes

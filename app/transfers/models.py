"""The table of transfers."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, Moment, code_type, holder
from app.transfers.states import Status

IS_OFFERED = sa.text("status = 'offered'")
ENDED = "ended_at, answered_by_id"


class Transfer(Held, table=True):
    """An offer to take a case on, with the whole file; and what became of it.

    Owner and team are who is responsible now, as on every row of the file. `from_...` are who was when the
    offer ended: they still see what became of it when the file is no longer theirs. What the other side sees
    before it accepts stands in this row and nowhere else: nothing of the file is opened to it.
    """

    __tablename__ = "case_transfer"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.Index("uq_case_transfer_one_offered", "case_id", unique=True, postgresql_where=IS_OFFERED),
        sa.Index("ix_case_transfer_case_id", "case_id"),
        sa.Index("ix_case_transfer_owner_id", "owner_id", "id"),
        sa.Index("ix_case_transfer_team_id", "team_id", "id"),
        sa.Index("ix_case_transfer_from_owner_id", "from_owner_id", "id"),
        sa.Index("ix_case_transfer_from_team_id", "from_team_id", "id"),
        sa.Index("ix_case_transfer_to_owner_id", "to_owner_id", "id"),
        sa.Index("ix_case_transfer_to_team_id", "to_team_id", "id"),
        sa.CheckConstraint(
            f"case status when 'offered' then num_nonnulls({ENDED}) else num_nulls({ENDED}) end = 0",
            name="ended_whole",
        ),
        sa.CheckConstraint(
            "status <> 'accepted' or (to_owner_id is not null and answered_by_id <> offered_by_id)",
            name="accepted_by_somebody_else",
        ),
    )

    case_id: UUID
    survivor_id: UUID = Field(foreign_key="survivor.id", index=True)
    status: Status = Field(default=Status.OFFERED, sa_type=code_type(Status))
    from_organisation_id: UUID = Field(foreign_key="organisation.id")
    from_team_id: UUID = Field(foreign_key="team.id")
    from_owner_id: UUID = Field(foreign_key="user_account.id")
    to_organisation_id: UUID = Field(foreign_key="organisation.id")
    to_team_id: UUID = Field(foreign_key="team.id")
    to_owner_id: UUID | None = Field(default=None, foreign_key="user_account.id")  # empty: the team chooses
    reason_code: str = Field(max_length=40)  # code list: transfer_reason
    survivor_code: str = Field(max_length=20)  # from here on: the case as it was when it was offered
    case_status_code: str = Field(max_length=40)
    priority_code: str = Field(max_length=40)  # code list: case_priority
    district_code: str | None = Field(default=None, max_length=40)  # code list: district, of residence
    open_tasks: int
    live_referrals: int
    handover: bytes | None = None  # sealed with the survivor's key: what the next one should know
    offered_by_id: UUID
    answer_by: date
    answered_by_id: UUID | None = None  # who ended it, on either side
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    decline_reason_code: str | None = Field(default=None, max_length=40)  # code list: transfer_decline_reason

"""Tables of bulk assignments."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.assignments.states import State
from app.core.db import Moment, Record, code_type

IS_WAITING = sa.text("state = 'waiting'")


class BulkAssignment(Record, table=True):
    """A wish to give many cases to some people of a team, and in whose name it is carried out."""

    __tablename__ = "bulk_assignment"
    __table_args__ = (
        sa.Index("ix_bulk_assignment_open", "id", postgresql_where=sa.text("finished_at is null")),
    )

    by_id: UUID = Field(foreign_key="user_account.id", index=True)
    membership_id: UUID = Field(foreign_key="membership.id")  # its rights are asked again for each case
    team_id: UUID = Field(foreign_key="team.id")
    owner_ids: list[UUID] = Field(sa_type=ARRAY(sa.Uuid()))
    finished_at: datetime | None = Field(default=None, sa_type=Moment)


class BulkItem(Record, table=True):
    """One case of it: to whom it goes, and what became of it. It and the assignment are saved as one."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        sa.UniqueConstraint("bulk_assignment_id", "case_id"),
        sa.Index("ix_bulk_item_waiting", "bulk_assignment_id", "id", postgresql_where=IS_WAITING),
        sa.CheckConstraint("(state = 'refused') = (refused_code is not null)", name="refused_for_a_reason"),
        sa.CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended_whole"),
    )

    bulk_assignment_id: UUID = Field(foreign_key="bulk_assignment.id")
    case_id: UUID  # of whatever there is: what is out of reach is refused, and says no more
    by_id: UUID
    from_owner_id: UUID | None = None  # whose it was when it was asked for
    to_owner_id: UUID | None = None
    state: State = Field(default=State.WAITING, sa_type=code_type(State))
    refused_code: str | None = Field(default=None, max_length=40)  # a problem's code
    ended_at: datetime | None = Field(default=None, sa_type=Moment)

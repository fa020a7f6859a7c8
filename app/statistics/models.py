"""Statistics tables (schema `stats`): cohorts, ledger, releases, artefacts. What was drawn never changes."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlmodel import Field, SQLModel

from app.core import clock
from app.core.db import Moment, Record, code_type
from app.core.ids import new_id
from app.statistics.states import Kind, Status

SCHEMA = "stats"
DRAWN_ALONE = sa.text("kind <> 'bulletin'")
CAP = Decimal("1.25")  # rho: what one file may cost in all its life; raising it is a signed decision


class Cohort(SQLModel, table=True):
    """Files by day of registration. No day is in two cohorts: fixed facts are not released twice."""

    __tablename__ = "cohort"
    __table_args__ = (
        ExcludeConstraint((sa.column("days"), "&&"), name="ex_cohort_days"),
        sa.CheckConstraint("expected_files >= 50", name="large_enough"),
        {"schema": SCHEMA},
    )

    name: str = Field(primary_key=True, max_length=40)
    days: Range[date] = Field(sa_type=DATERANGE)
    expected_files: int  # from public sources, never counted
    created_at: datetime = Field(default_factory=clock.now, sa_type=Moment)


class BudgetEntry(SQLModel, table=True):
    """One charge on a cohort; `total` is what its files have cost so far, and never above the cap."""

    __tablename__ = "budget_entry"
    __table_args__ = (
        sa.UniqueConstraint("cohort", "number"),
        sa.CheckConstraint("rho > 0", name="costs_something"),
        sa.CheckConstraint(f"total <= {CAP}", name="hard_cap"),
        {"schema": SCHEMA},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    cohort: str = Field(foreign_key="stats.cohort.name", max_length=40)
    number: int  # within the cohort, without gaps
    request_id: str = Field(max_length=80, unique=True)  # asked once, paid once
    kind: Kind = Field(default=Kind.REGISTRATIONS, sa_type=code_type(Kind))
    what: str = Field(max_length=200)
    rho: Decimal = Field(sa_type=sa.Numeric(12, 8))
    total: Decimal = Field(sa_type=sa.Numeric(12, 8))
    created_at: datetime = Field(default_factory=clock.now, sa_type=Moment)


class Quarter(SQLModel, table=True):
    """A quarter whose registrations a line of the ledger has paid for: each file lies in one of them.

    So the bulletins of a year cost each of its files one payment; to draw one again takes another line.
    """

    __tablename__ = "quarter"
    __table_args__ = (
        sa.CheckConstraint(
            "extract(day from first_day) = 1 and extract(month from first_day) in (1, 4, 7, 10)",
            name="begins",
        ),
        {"schema": SCHEMA},
    )

    budget_entry_id: UUID = Field(primary_key=True, foreign_key="stats.budget_entry.id")
    first_day: date = Field(primary_key=True)


class Release(Record, table=True):
    """One publication: figures are drawn once, then its status moves. What its days mean, its kind says.

    A draft says what is to be counted, before anything is. From `prepared` on the database refuses every
    change to what was counted, paid and drawn.
    """

    __tablename__ = "release"
    __table_args__ = (
        sa.Index("uq_release_one_draft", "kind", unique=True, postgresql_where=sa.text("status = 'draft'")),
        sa.Index("uq_release_budget_entry_id", "budget_entry_id", unique=True, postgresql_where=DRAWN_ALONE),
        sa.Index(
            *("uq_release_bulletin", "budget_entry_id", "first_day"),
            unique=True,
            postgresql_where=sa.text("kind = 'bulletin'"),
        ),
        sa.CheckConstraint("expected_files >= 50 or kind = 'bulletin'", name="large_enough"),
        sa.CheckConstraint("checked_by_id <> created_by_id", name="somebody_else"),
        {"schema": SCHEMA},
    )

    kind: Kind = Field(default=Kind.REGISTRATIONS, sa_type=code_type(Kind))
    cohort: str = Field(max_length=40, index=True)  # its days: of registration, of care
    first_day: date | None = None  # None: from the beginning
    last_day: date
    expected_files: int
    status: Status = Field(default=Status.DRAFT, sa_type=code_type(Status))
    publication_on: date  # fixed by the calendar, never 'when the data are ready'
    created_by_id: UUID | None = None  # empty: the command line
    budget_entry_id: UUID | None = Field(default=None, foreign_key="stats.budget_entry.id")
    snapshot_at: datetime | None = Field(default=None, sa_type=Moment)
    config_sha256: str | None = Field(default=None, max_length=64)
    sha256: str | None = Field(default=None, max_length=64)  # over those of its tables
    checked_by_id: UUID | None = None
    checked_at: datetime | None = Field(default=None, sa_type=Moment)
    published_by_id: UUID | None = None
    published_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_by_id: UUID | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    superseded_at: datetime | None = Field(default=None, sa_type=Moment)
    superseded_by_id: UUID | None = Field(default=None, foreign_key="stats.release.id")
    withdrawal_reason_code: str | None = Field(default=None, max_length=40)  # code list: release_withdrawal


class Artefact(SQLModel, table=True):
    """One released table: the bytes everybody reads, which never change."""

    __tablename__ = "artefact"
    __table_args__ = {"schema": SCHEMA}

    release_id: UUID = Field(primary_key=True, foreign_key="stats.release.id")
    name: str = Field(primary_key=True, max_length=40)
    body: str = Field(sa_type=sa.Text)
    sha256: str = Field(max_length=64)

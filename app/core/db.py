"""Engine, base columns, and the one place that commits."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import SessionTransaction, declared_attr
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Field, Session, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.config import settings
from app.core.errors import Busy, Clash, Invalid, NotFound, Problem, Stale, Unavailable
from app.core.ids import new_id

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
LOGIN, RIGHTS = "app_login", "app_rw"  # who connects, with no rights; the rights it takes per transaction
FIGURES_LOGIN, FIGURES = "stats_login", "figures_reader"  # the same where only released figures are served
TIMEOUTS = {
    "timezone": "UTC",
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "15s",
}
ZONE = "app.time_zone"  # read by the SQL functions today() and day_of()
AWAY = (ConnectionError, FileNotFoundError, TimeoutError, sa.exc.TimeoutError)
Bind = AsyncEngine | AsyncConnection

NOBODY_YET = sa.text("select set_config('role', 'none', true)")
log = logging.getLogger("dayaq.db")


class Moment(sa.TypeDecorator[datetime]):
    """A point in time. Refuses one without a zone, always gives back UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store as UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value and value.astimezone(UTC)


def day_of(moment: Any) -> sa.Function[date]:
    """The calendar date of a moment, here, said in SQL: as `clock.day_of`."""
    return sa.func.day_of(moment, type_=sa.Date())


def code_type(kind: type[StrEnum]) -> Any:
    """Column type for a status: readable text in the table, the enum in Python."""
    return sa.Enum(kind, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e])


class Record(SQLModel):
    """Columns every table carries. `version` grows by one with each save."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(default_factory=clock.now, sa_type=Moment)
    version: int = Field(default=1, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let the database refuse a save made on an old version."""
        return {"version_id_col": cls.__table__.c.version} if hasattr(cls, "__table__") else {}


class Held(Record):
    """A record that belongs to one person's file: who is responsible for it decides who may see it.

    The pair is copied from the file down to every row below it by a foreign key that follows changes
    (`holder`), so that row-level security compares two columns and never looks at another table.
    """

    owner_id: UUID
    team_id: UUID


def holder(column: str, parent: str) -> sa.ForeignKeyConstraint:
    """The foreign key from a held record to its parent: nobody can hang a row on a file of somebody else."""
    mine = [column, "owner_id", "team_id"]
    theirs = [f"{parent}.id", f"{parent}.owner_id", f"{parent}.team_id"]
    return sa.ForeignKeyConstraint(mine, theirs, onupdate="CASCADE")


def _array(ids: tuple[UUID, ...]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


class Identity(Protocol):
    """For whom a transaction is: it says so to the database before anything else happens."""

    def begin(self, connection: sa.Connection, info: dict[Any, Any]) -> None:
        """Set the transaction's role and settings; may leave what it learnt in the session's `info`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For whom the database works: which rights it lends, whose rows it shows and takes."""

    rights: str = RIGHTS
    user_id: UUID | None = None
    role: str = ""
    everyone: bool = False
    owners: tuple[UUID, ...] = ()
    teams: tuple[UUID, ...] = ()
    facilities: tuple[UUID, ...] = ()
    organisations: tuple[UUID, ...] = ()

    def begin(self, connection: sa.Connection, info: dict[Any, Any]) -> None:
        """Tell the database, at the start of a transaction."""
        connection.execute(SET, {name.replace(".", "_"): value for name, value in self.settings().items()})

    def settings(self) -> dict[str, str]:
        """The transaction's settings, each as PostgreSQL reads it."""
        return {
            "app.user_id": str(self.user_id or ""),
            "app.role": self.role,
            "app.everyone": "on" if self.everyone else "",
            "app.owners": _array(self.owners),
            "app.teams": _array(self.teams),
            "app.facilities": _array(self.facilities),
            "app.organisations": _array(self.organisations),
            "role": self.rights,  # last: from here on the login's own rights are gone
        }


NOBODY = Limits(rights="none")
GATE = Limits(rights="app_auth")  # signing in, before anybody is known
SET = sa.text(
    "select "
    + ", ".join(f"set_config('{name}', :{name.replace('.', '_')}, true)" for name in NOBODY.settings())
)


def said() -> dict[str, str]:
    """What a connection of ours says as it begins: how long it waits, and where its days begin and end."""
    return TIMEOUTS | {ZONE: settings().time_zone}


def for_command(url: sa.URL, **more: Any) -> sa.Engine:
    """The engine of a command, on the plain driver: a connection at a time, and it says where days begin."""
    said_by_address = url.query.get("options", "")
    options = f"{said_by_address} -c {ZONE}={settings().time_zone}".strip()
    address = url.set(drivername="postgresql+psycopg").update_query_dict({"options": options})
    return sa.create_engine(address, poolclass=sa.NullPool, **more)


def connect(url: sa.URL | str, pool_size: int = 8) -> AsyncEngine:
    """The engine of one process, open to the login role."""
    address = sa.make_url(url).set(drivername="postgresql+asyncpg")
    return create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2,
        connect_args={"server_settings": said(), "timeout": 5},
    )


def session_on(bind: Bind, identity: Identity | None) -> AsyncSession:
    """A session whose every transaction begins by saying for whom it is."""
    return AsyncSession(
        bind,
        info={"identity": identity or NOBODY},
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
    )


@asynccontextmanager
async def unit_of_work(bind: Bind, identity: Identity | None) -> AsyncIterator[AsyncSession]:
    """One request or job, one transaction: commit if it ends well, else undo all of it."""
    try:
        async with session_on(bind, identity) as session:
            yield session
            await session.commit()
    except StaleDataError as error:
        raise Stale from error
    except AWAY as error:
        raise Unavailable from error
    except sa.exc.DBAPIError as error:
        raise (refusal(error) or error) from error
    except asyncpg.PostgresError as error:  # said on the short way, inside this unit of work
        raise (refusal_of(error.sqlstate) or error) from error


REFUSALS: dict[str, type[Problem]] = {
    "23": Clash,  # integrity
    "22": Invalid,  # data that does not fit its column
    "08": Unavailable,  # connection
    "53": Unavailable,  # disk, memory or connections are used up
    "57": Unavailable,  # shutting down, or a statement took too long
    "40": Unavailable,  # deadlock or serialization: the same request may be sent again
    "55": Busy,  # a lock was not to be had in time
    "42501": NotFound,  # row-level security said no: what may not be seen does not exist
}


def refusal(error: sa.exc.DBAPIError) -> Problem | None:
    """What the database's refusal means to the caller; nothing when it is a defect of ours."""
    if error.connection_invalidated:
        return Unavailable()
    return refusal_of(getattr(error.orig, "sqlstate", None))


def refusal_of(state: str | None) -> Problem | None:
    """What a SQLSTATE means to the caller; nothing when it is a defect of ours."""
    state = state or ""
    kind = REFUSALS.get(state) or REFUSALS.get(state[:2])
    if kind is NotFound:
        log.warning("the database itself refused what a query should have (%s)", state)
    return kind() if kind else None


@sa.event.listens_for(Session, "after_begin")
def _identify(session: Session, transaction: SessionTransaction, connection: sa.Connection) -> None:
    """Say first in every transaction for whom it is, even if nobody; the settings end with it."""
    if transaction.nested or "identity" not in session.info:
        return
    if connection.in_nested_transaction():  # joined to a transaction that somebody else's role may still hold
        connection.execute(NOBODY_YET)
    session.info["identity"].begin(connection, session.info)

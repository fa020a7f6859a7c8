"""The short way to the database, for the few paths that are asked all day.

The same transaction, identity and rules as `unit_of_work`, on asyncpg itself: a statement is written with
SQLAlchemy like any other, compiled once, and prepared by the driver.
"""

from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Protocol, TypeAlias

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.db import NOBODY_YET, Bind, refusal_of, said, unit_of_work
from app.core.errors import Unavailable

Pool: TypeAlias = asyncpg.pool.Pool
CONSTANT = (str, int, float)
PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}  # a timeline takes longer to plan than to run
AWAY = (OSError, TimeoutError, asyncpg.InterfaceError)
_compiled: dict[Hashable, "Prepared"] = {}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as the driver takes it: its text, its arguments' names in order, and its constants.

    A constant is text, a number or a flag of the statement itself. An id or a moment never is: it belongs to
    one request, so a statement kept for the next caller must be given it anew (KeyError if it is not).
    """

    text: str
    names: tuple[str, ...]
    constants: dict[str, Any]

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The arguments in order, ready for the driver: codes as text, ids as UUID."""
        given = self.constants | values
        return [given[name] for name in self.names]


def prepare(key: Hashable, build: Callable[[], sa.Executable]) -> Prepared:
    """The statement of this key, compiled the first time it is asked for."""
    if key not in _compiled:
        _compiled[key] = _compile(build())
    return _compiled[key]


@cache
def _dialect() -> sa.Dialect:
    return dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def _compile(statement: Any) -> Prepared:
    compiled = statement.compile(dialect=_dialect(), compile_kwargs={"render_postcompile": True})
    values = {name: bind.value for name, bind in compiled.binds.items()}
    constants = {name: _plain(value) for name, value in values.items() if isinstance(value, CONSTANT)}
    return Prepared(str(compiled), tuple(compiled.positiontup or ()), constants)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


class Identity(Protocol):
    """A caller that can say who it is in one statement, and read the answer."""

    def statement(self) -> tuple[Prepared, dict[str, Any]]:
        """What to run first, with its arguments."""

    def found(self, row: Any) -> Any:
        """What the row of that statement means; None or a refusal when there is none."""


@dataclass(frozen=True, slots=True)
class Hot:
    """A transaction in somebody's name: runs prepared statements, gives rows."""

    connection: Any
    signed: Any

    async def row(self, prepared: Prepared, **values: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        found: asyncpg.Record | None = await self.connection.fetchrow(
            prepared.text, *prepared.arguments(values)
        )
        return found

    async def rows(self, prepared: Prepared, **values: Any) -> list[asyncpg.Record]:
        """Every row."""
        every: list[asyncpg.Record] = await self.connection.fetch(prepared.text, *prepared.arguments(values))
        return every


async def within(session: AsyncSession) -> Hot:
    """The short way inside a unit of work: in its transaction, after what was said to it so far."""
    await session.flush()
    pooled = await (await session.connection()).get_raw_connection()
    return Hot(pooled.driver_connection, session.info.get("signed"))


async def open_pool(url: sa.URL | str, size: int = 8) -> Pool:
    """Connections of the login role. Every setting ends with its transaction, so nothing needs resetting."""
    address = sa.make_url(url).set(drivername="postgresql+asyncpg")
    _, options = _dialect().create_connect_args(address)

    async def nothing(_: Any) -> None:
        """Nothing is left behind by a transaction that ended."""

    pool = asyncpg.create_pool(
        min_size=0,
        max_size=size,
        server_settings=said() | PLANNED_ONCE,
        max_cacheable_statement_size=0,  # no limit: the longest statement is the one to prepare once
        timeout=5,
        reset=nothing,
        **options,
    )
    return await pool


@asynccontextmanager
async def work(pool: Pool | None, bind: Bind, identity: Identity) -> AsyncIterator[Hot]:
    """One request, one transaction, as `unit_of_work`: commit if it ends well, else undo all of it."""
    if pool is None:
        async with _within(bind, identity) as hot:
            yield hot
        return
    try:
        async with pool.acquire(timeout=2) as connection, connection.transaction():
            yield await _begin(connection, identity)
    except AWAY as error:
        raise Unavailable from error
    except asyncpg.PostgresError as error:
        raise (refusal_of(error.sqlstate) or error) from error


async def _begin(connection: Any, identity: Identity) -> Hot:
    prepared, values = identity.statement()
    row = await connection.fetchrow(prepared.text, *prepared.arguments(values))
    return Hot(connection, identity.found(row))


@asynccontextmanager
async def _within(bind: Bind, identity: Identity) -> AsyncIterator[Hot]:
    """The same inside a connection that is shared, as tests do to undo everything at the end."""
    async with unit_of_work(bind, None) as session:
        raw: Any = (await within(session)).connection
        async with raw.transaction():
            await raw.execute(NOBODY_YET.text)
            yield await _begin(raw, identity)

"""Another root key: every data key in the database is wrapped anew. Nothing else is read or written.

What holds a wrapped key is found by trying it, in every binary column there is: none can be forgotten.
(RFC 3394 checks 64 bits; a value that is none passes once in 10^19.)
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa

from app.core import keys, vault
from app.core.db import for_command
from app.core.disk import Unusable

BATCH = 1000
COLUMNS = sa.text(
    "select format('%I.%I', c.table_schema, c.table_name) as place, quote_ident(c.column_name) as name"
    " from information_schema.columns c join information_schema.tables t using (table_schema, table_name)"
    " where c.data_type = 'bytea' and t.table_type = 'BASE TABLE'"
    " and c.table_schema not in ('pg_catalog', 'information_schema') order by 1, 2"
)
SEES_ALL = sa.text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")


@dataclass(frozen=True, slots=True)
class Column:
    """One binary column, quoted as SQL wants it."""

    place: str
    name: str

    @property
    def read(self) -> sa.TextClause:
        """Values long enough to begin with a wrapped key, which is not one of the newest version."""
        return sa.text(
            f"select ctid::text as row, {self.name} as value from {self.place}"  # noqa: S608  # quoted above
            f" where octet_length({self.name}) >= {vault.WRAPPED_BYTES}"
            f" and get_byte({self.name}, 0) <> :current"
        )

    @property
    def write(self) -> sa.TextClause:
        """The new value, where the old one still stands."""
        return sa.text(
            f"update {self.place} set {self.name} = :new"  # noqa: S608  # quoted above
            f" where ctid = cast(:row as tid) and {self.name} = :old"
        )


def rotate(owner: sa.URL) -> int:
    """Wrap every data key under a new root version; how many. Broken off at any point, run it again.

    The new version is on disk before the first key needs it, and the old one stays readable until `retire`.
    """
    with _engine(owner) as engine:
        keys.add_root_version(keys.root_key_path())
        keys.forget()
        vault.forget_keys()
        return sum(_rotate(engine, column) for column in _columns(engine))


def retire(owner: sa.URL) -> keys.Ring:
    """Forget the old versions that nothing needs any more; the ring that is left tells which still are.

    Not before every process has seen the new one (an hour is ample), nor before the last backup that needs
    the old one has expired, unless the old key is kept on paper.
    """
    with _engine(owner) as engine:
        keys.forget()
        left = sum(len(rows) for column in _columns(engine) for rows in _outdated(engine, column))
    if left:
        raise Unusable(f"{left} data keys still need an older root key: rotate again. Nothing was changed.")
    ring = keys.retire_root_versions(keys.root_key_path(), still_used=[])
    keys.forget()
    return ring


class _engine:  # noqa: N801  # opens like a function
    """An engine that sees every row, or Unusable: a row that is hidden would be lost with the old key."""

    def __init__(self, owner: sa.URL) -> None:
        self.engine = for_command(owner)

    def __enter__(self) -> sa.Engine:
        with self.engine.connect() as connection:
            if not connection.scalar(SEES_ALL):
                raise Unusable(
                    "Row-level security hides rows from this role: rotate as one that bypasses it."
                )
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()


def _columns(engine: sa.Engine) -> list[Column]:
    with engine.connect() as connection:
        return [Column(row.place, row.name) for row in connection.execute(COLUMNS)]


def _rotate(engine: sa.Engine, column: Column) -> int:
    """Pass over the column until a pass finds nothing: others may have written under the old version."""
    done = 0
    while changed := _pass(engine, column):
        done += changed
    return done


def _pass(engine: sa.Engine, column: Column) -> int:
    with closing(_outdated(engine, column)) as parts:
        return sum(_rewrap(engine, column, rows) for rows in parts)


def _outdated(engine: sa.Engine, column: Column) -> Generator[list[tuple[str, bytes]], None, None]:
    """Rows whose value begins with a key wrapped under an older version, some at a time."""
    with (
        engine.connect().execution_options(stream_results=True, yield_per=BATCH) as connection,
        connection.execute(column.read, {"current": keys.ring().current}) as rows,
    ):
        for part in rows.partitions(BATCH):
            if found := [(row.row, bytes(row.value)) for row in part if vault.needs_rewrap(bytes(row.value))]:
                yield found


def _rewrap(engine: sa.Engine, column: Column, rows: list[tuple[str, bytes]]) -> int:
    """One commit. A row that was changed meanwhile is left to the next pass."""
    news = [{"row": row, "old": old, "new": vault.rewrap_envelope(old)} for row, old in rows]
    with engine.begin() as connection:
        connection.execute(column.write, news)
    return len(news)

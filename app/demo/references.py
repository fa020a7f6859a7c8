"""Foreign keys, judged for all rows at once: the same judgement as row by row, at a tenth of the time."""

from typing import Any

import psycopg
from psycopg import sql

from app.demo.sheets import tables

Cursor = psycopg.Cursor[Any]

KEYS = """
select c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text,
    array_agg(k.attname order by place), array_agg(f.attname order by place)
from pg_constraint c, unnest(c.conkey, c.confkey) with ordinality as pair (ours, theirs, place),
    pg_attribute k, pg_attribute f
where c.contype = 'f' and k.attrelid = c.conrelid and k.attnum = ours and f.attrelid = c.confrelid
    and f.attnum = theirs and c.conrelid = any (%s::regclass[])
group by c.oid order by 1
"""


def suspend(cursor: Cursor) -> None:
    """Leave foreign keys unjudged in this transaction. Who does that asks `broken` before its end."""
    cursor.execute("set local session_replication_role = replica")


def broken(cursor: Cursor) -> list[str]:
    """The names of foreign keys that some row of the programme does not keep."""
    keys = cursor.execute(KEYS, [[f"public.{table.name}" for table in tables()]]).fetchall()
    assert keys
    return [name for name, *key in keys if _dangling(cursor, *key)]


def _dangling(cursor: Cursor, child: str, parent: str, ours: list[str], theirs: list[str]) -> bool:
    """Whether a row, all of whose key is known, points to nothing (MATCH SIMPLE, as all of ours are)."""
    pairs = list(zip(ours, theirs, strict=True))
    question = sql.SQL(
        "select exists (select from {child} c where {known}"
        " and not exists (select from {parent} p where {same}))"
    ).format(
        child=sql.Identifier(child),
        parent=sql.Identifier(parent),
        known=_all("c.{0} is not null", pairs),
        same=_all("p.{1} = c.{0}", pairs),
    )
    found = cursor.execute(question).fetchone()
    return bool(found and found[0])


def _all(condition: str, pairs: list[tuple[str, str]]) -> sql.Composed:
    parts = [sql.SQL(condition).format(*map(sql.Identifier, pair)) for pair in pairs]
    return sql.SQL(" and ").join(parts)

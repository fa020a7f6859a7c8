"""What a large load takes away to be quicker stands again at its end, and has judged every row."""

import re

import psycopg
import pytest

from app.demo import indexes
from app.demo.programme import Cursor
from tests.demo.conftest import Loaded

DEFINED = """
select pg_get_indexdef(indexrelid) from pg_index i join pg_class t on t.oid = indrelid
    where relnamespace = 'public'::regnamespace and indisvalid and indisready
union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and convalidated
order by 1
"""
AGAIN = "insert into name_key select * from name_key order by survivor_id limit 1"


def plain(line: str) -> str:
    """A definition without its casts: PostgreSQL writes those of a list in two ways that mean the same."""
    return re.sub(r"::(character varying|text)(\[\])?|[()]", "", line)


def defined(cursor: Cursor) -> list[str]:
    return [plain(line) for (line,) in cursor.execute(DEFINED)]


def test_a_loaded_programme_has_the_indexes_and_constraints_of_an_empty_one(
    demo: Loaded, vacant: Loaded
) -> None:
    loaded, empty = ([plain(line) for (line,) in place.rows(DEFINED)] for place in (demo, vacant))

    assert loaded == empty
    assert len(loaded) > 500


def test_while_it_lasts_only_that_stands_on_which_a_foreign_key_rests(demo: Loaded) -> None:
    with demo.cursor() as cursor:
        before = defined(cursor)
        with indexes.suspended(cursor):
            during = defined(cursor)
        after = defined(cursor)

    assert after == before
    gone = set(before) - set(during)
    assert any("pk_name_key" in line for line in gone)
    assert any("ix_name_key_survivor_id_key" in line for line in gone)
    assert not any("pk_survivor " in line or "FOREIGN KEY" in line for line in gone)


def test_a_row_that_came_twice_is_found_at_the_end(demo: Loaded) -> None:
    with (
        demo.cursor() as cursor,
        pytest.raises(psycopg.errors.UniqueViolation, match="pk_name_key"),
        indexes.suspended(cursor),
    ):
        cursor.execute(AGAIN)

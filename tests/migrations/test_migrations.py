"""Migrations: up to head, no drift, down to nothing and up again, with rows in the tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from app.cli import database
from app.core import embedded
from app.core.db import LOGIN, connect
from tests.conftest import alembic, run
from tests.factories import Town

LEFT = sa.text(
    "select (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind in ('r', 'v', 'S') and n.nspname in ('public', 'stats')"
    " and c.relname <> 'alembic_version')"
    " + (select count(*) from pg_roles where rolname !~ '^pg_' and rolname <> 'postgres')"
)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sa.URL]:
    with embedded.cluster(tmp_path / "postgres", keep=False) as owner:
        run(owner, "alter system set fsync = off")
        yield owner


def left(owner: sa.URL) -> int:
    engine = sa.create_engine(owner)
    with engine.connect() as connection:
        count: int = connection.scalar(LEFT)
    engine.dispose()
    return count


async def test_the_schema_goes_up_agrees_with_the_code_comes_down_and_goes_up(empty: sa.URL) -> None:
    command.upgrade(alembic(empty), "head")
    command.check(alembic(empty))
    engine = connect(empty.set(username=LOGIN))
    await Town(engine).build()
    await engine.dispose()

    command.downgrade(alembic(empty), "base")
    nothing = left(empty)
    command.upgrade(alembic(empty), "head")
    command.check(alembic(empty))

    assert nothing == 0
    assert left(empty) > 40


def test_the_commands_know_the_migrations_as_alembic_does(cluster: sa.URL) -> None:
    """They read the files by themselves, so that a start with nothing to migrate does without alembic."""
    scripts = ScriptDirectory.from_config(database.alembic(cluster))

    assert database.known() == {one.revision: one.down_revision or "" for one in scripts.walk_revisions()}
    assert database.head() == scripts.get_current_head()

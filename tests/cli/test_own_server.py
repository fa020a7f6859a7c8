"""A PostgreSQL of one's own: the address of its owner is enough. On the system's, where there is one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from app.cli import cli
from app.core import keys
from app.core.config import settings
from app.core.db import LOGIN
from tests.cli.own_server import PASSWORD, installed, ours, own_server
from tests.cli.test_serving import ROOT, house, serving
from tests.journeys.story import tell

DEMO = "a password for one test"
ON_THE_SYSTEMS = (
    *("-v", "tests/migrations", "tests/core/test_row_security.py"),
    "tests/organisations/test_row_security.py",
)


@pytest.fixture
def owner() -> Iterator[sa.URL]:
    """The superuser's address of somebody's own server."""
    with own_server(installed() or ours()) as url:
        yield url


def ask(owner: sa.URL, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(owner.render_as_string(hide_password=False), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


async def test_the_owners_address_alone_serves_the_whole_story(owner: sa.URL) -> None:
    told: list[str] = []
    given = {"DATABASE_URL": owner.render_as_string(hide_password=False), "DEMO_PASSWORD": DEMO}
    with house() as var:
        with serving(var, "--demo", **given) as service:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}/api/v1") as client:
                await tell(client, DEMO, told.append)
            at_work = ask(
                owner,
                "select distinct usename::text from pg_stat_activity where pid <> pg_backend_pid()"
                " and backend_type = 'client backend'",
            )
        with serving(var, "--demo", **given) as again:
            libraries = {Path(one.path) for one in psutil.Process(again.process.pid).memory_maps()}
        assert not (var / "postgres").exists()

    assert len(told) >= 17
    assert loaded(libraries) == {"asyncpg"}  # a second start reads in nothing that makes a demo
    assert at_work == [(LOGIN,)]
    assert ask(owner, f"select rolsuper, rolinherit from pg_roles where rolname = '{LOGIN}'") == [
        (False, False)
    ]


def loaded(libraries: set[Path]) -> set[str]:
    """Which of these packages a process has read in; the first as proof that it was looked at."""
    return {"asyncpg", "scipy", "opendp"} & {part for path in libraries for part in path.parts}


@pytest.fixture
def call(owner: sa.URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Calls a command as an owner who is no superuser."""
    ask(owner, f"create role keeper login createrole password '{PASSWORD}'")
    ask(owner, "create database programme owner keeper")
    address = owner.set(username="keeper", database="programme").render_as_string(hide_password=False)
    with house() as var:
        for name, value in {"DATABASE_URL": address, "VAR": str(var)}.items():
            monkeypatch.setenv(f"DAYAQ_{name}", value)
        settings.cache_clear()
        keys.forget()
        yield lambda *words: CliRunner().invoke(cli, words)
        monkeypatch.undo()
    settings.cache_clear()
    keys.forget()


def test_an_owner_who_may_make_roles_need_not_be_a_superuser(call: object) -> None:
    assert callable(call)
    before, migrated, after = call("doctor"), call("migrate"), call("doctor")
    lost = settings().var / "root.key"
    lost.rename(lost.with_name("elsewhere"))
    without: Result = call("migrate")

    assert (before.exit_code, migrated.exit_code, after.exit_code) == (1, 0, 0)
    assert "app_login has no right of its own" in after.stdout
    assert "put the key back from its copy" in without.stderr
    assert not lost.exists()


def test_what_must_hold_holds_on_the_systems_postgresql() -> None:
    if not (programs := installed()):
        pytest.skip("not run: this system has no PostgreSQL 15 or newer of its own in /usr/lib/postgresql")
    here = {name: value for name, value in os.environ.items() if not name.startswith(("DAYAQ_", "PYTEST"))}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *ON_THE_SYSTEMS],
        cwd=ROOT,
        env=here | {"POSTGRESQL_PROGRAMS": str(programs)},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert f"on {Path(programs)}" in done.stdout

"""Fixtures every test may use: one cluster, migrated once; one rolled-back transaction per test."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import copy as copy_of
from functools import cache
from pathlib import Path

VAR = Path(__file__).parents[1] / "var" / "tests"
VAR.mkdir(parents=True, exist_ok=True)
HOME = Path(tempfile.mkdtemp(prefix="run-", dir=VAR))  # one test process
HOME.chmod(0o711)  # the database's own user passes through
os.environ |= {"DAYAQ_VAR": str(HOME), "DAYAQ_MFA_REQUIRED": "false"}

import pytest  # noqa: E402  # the settings above are read at import
import sqlalchemy as sa  # noqa: E402
from alembic import command  # noqa: E402
from alembic.config import Config  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from httpx import ASGITransport, AsyncClient  # noqa: E402
from hypothesis import settings  # noqa: E402
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine  # noqa: E402
from starlette.datastructures import State  # noqa: E402

from app.core import embedded, keys  # noqa: E402
from app.core.db import LOGIN, Bind, connect  # noqa: E402
from app.core.ids import new_id  # noqa: E402
from app.main import create_app  # noqa: E402
from tests.factories import Town  # noqa: E402

settings.register_profile("untimed", deadline=None)  # a busy machine is no defect
settings.load_profile("untimed")
keys.make_root_key(keys.root_key_path())
PROGRAMS = os.environ.get("POSTGRESQL_PROGRAMS")  # of another PostgreSQL to run the tests on, from 15
if PROGRAMS:
    embedded._programs = lambda user: Path(PROGRAMS or user.pw_name)
    embedded.INITDB = [option for option in embedded.INITDB if "builtin" not in option]


def pytest_report_header() -> str | None:
    """Which PostgreSQL the tests run on, if not on the one that comes with us."""
    return f"on {PROGRAMS}" if PROGRAMS else None


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def alembic(url: sa.URL) -> Config:
    """Alembic's settings for this database."""
    config = Config(Path(__file__).parents[1] / "alembic.ini")
    config.attributes["url"] = url
    return config


@pytest.fixture(scope="session")
def cluster() -> Iterator[sa.URL]:
    """The superuser's address of a cluster whose database `postgres` is migrated."""
    with embedded.cluster(HOME / "postgres", keep=False) as owner:
        run(owner, "alter system set fsync = off")
        run(owner, "select pg_reload_conf()")
        command.upgrade(alembic(owner), "head")
        yield owner


def run(owner: sa.URL, statement: str) -> None:
    """One command of the superuser, outside a transaction."""
    engine = sa.create_engine(owner.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@asynccontextmanager
async def copy(owner: sa.URL) -> AsyncIterator[AsyncEngine]:
    """A fresh copy of the migrated database, as the application sees it."""
    name = f"copy_{new_id().hex}"
    run(owner.set(database="template1"), f"create database {name} template {owner.database}")
    engine = connect(owner.set(username=LOGIN, database=name))
    yield engine
    await engine.dispose()
    run(owner.set(database="template1"), f"drop database {name} with (force)")


@pytest.fixture(scope="session")
async def engine(cluster: sa.URL) -> AsyncIterator[AsyncEngine]:
    async with copy(cluster) as engine:
        yield engine


@pytest.fixture
async def real(cluster: sa.URL) -> AsyncIterator[AsyncEngine]:
    """A database of its own, for a test that must really commit."""
    async with copy(cluster) as engine:
        yield engine


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        await transaction.rollback()


@pytest.fixture
async def town(connection: AsyncConnection) -> Town:
    return await Town(connection).build()


@cache
def _routes() -> FastAPI:
    """Built once: its routes cost more than most tests do."""
    return create_app()


def on(database: Bind) -> FastAPI:
    """The application on this database: a state of its own, the routes of all."""
    app = copy_of(_routes())
    app.state = State({"database": database, "pool": None})
    return app


def web(database: Bind) -> AsyncClient:
    """A client of the application on this database, without a network. A defect is a 500, as on the wire."""
    transport = ASGITransport(app=on(database), raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://house/api/v1")


@pytest.fixture
async def client(connection: AsyncConnection) -> AsyncIterator[AsyncClient]:
    async with web(connection) as client:
        yield client

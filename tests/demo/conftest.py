"""One demo programme for all tests of it: the small one, and twenty people more from a second process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from app.core.ids import new_id
from app.demo import programme
from app.demo.programme import Cursor
from app.demo.sheets import tables
from app.demo.staff import Account
from tests.conftest import run

PASSWORD = "a password for these tests"
PEOPLE = 300


@contextmanager
def empty(cluster: sa.URL) -> Iterator[sa.URL]:
    """The superuser's address of a migrated database without a row."""
    name = f"demo_{new_id().hex}"
    run(cluster.set(database="template1"), f"create database {name} template {cluster.database}")
    yield cluster.set(database=name)
    run(cluster.set(database="template1"), f"drop database {name} with (force)")


@dataclass
class Loaded:
    """A loaded programme: where, who can sign in, what was said about it."""

    url: sa.URL
    accounts: list[Account] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    held: int = 0
    """How many rows there were when it had been loaded."""

    @property
    def engine(self) -> sa.Engine:
        """The superuser's connections, who sees every row."""
        return sa.create_engine(self.url.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor as the loader has it; what it does is undone."""
        with self.engine.connect() as connection:
            yield cast(Cursor, connection.connection.cursor())
            connection.rollback()

    def rows(self, question: str, **given: object) -> list[Any]:
        """What the database answers, row by row."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(question), given)]

    def one(self, question: str, **given: object) -> Any:
        """The one value that the database answers."""
        ((value,),) = self.rows(question, **given)
        return value

    def anything(self) -> int:
        """How many rows there are in all."""
        return sum(self.one(f'select count(*) from "{table.name}"') for table in tables())


@pytest.fixture(scope="session")
def demo(cluster: sa.URL) -> Iterator[Loaded]:
    with empty(cluster) as url:
        loaded = Loaded(url)
        loaded.accounts = programme.load(url, PEOPLE, PASSWORD, loaded.said.append)
        loaded.held = loaded.anything()
        yield loaded


@pytest.fixture
def session(demo: Loaded) -> Iterator[Session]:
    with Session(demo.engine) as session:
        yield session


@pytest.fixture
def vacant(cluster: sa.URL) -> Iterator[Loaded]:
    """A database of its own for a test that loads, or tries to."""
    with empty(cluster) as url:
        yield Loaded(url)

"""One application for all tests of this room: building its hundred routes costs more than most tests do."""

import copy
from collections.abc import AsyncIterator
from functools import cache

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import State

from app.core.db import Bind
from app.main import create_app
from tests.conftest import run

# A prepared statement keeps the policies that it was planned with, whatever the role may do by now.
FORGET = sa.text("discard plans")


@cache
def _app() -> FastAPI:
    return create_app()


def web(database: Bind) -> AsyncClient:
    """A client of the application on this database: its own state, the routes of all."""
    app = copy.copy(_app())
    app.state = State({"database": database, "pool": None})
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://house/api/v1")


@pytest.fixture
async def client(connection: AsyncConnection) -> AsyncIterator[AsyncClient]:
    async with web(connection) as client:
        yield client


@pytest.fixture(params=["both lines", "the filter alone"])
async def line(
    request: pytest.FixtureRequest, cluster: sa.URL, connection: AsyncConnection
) -> AsyncIterator[None]:
    """Once with row-level security and once without: the second line would hide every hole in the first."""
    if request.param == "both lines":
        yield
        return
    run(cluster, "alter role app_rw bypassrls")
    await connection.execute(FORGET)
    yield
    run(cluster, "alter role app_rw nobypassrls")
    await connection.execute(FORGET)

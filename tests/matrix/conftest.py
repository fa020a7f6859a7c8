"""The world of the matrix: built once for a file, in a database of its own with a release in it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.config import settings
from app.core.db import connect
from app.main import create_app
from app.printing import press
from app.questions import rules
from app.statistics import jobs
from app.statistics.states import Kind
from tests.accounts.people import make_cheap
from tests.conftest import copy
from tests.couriers.factories import HOST
from tests.matrix.world import World
from tests.printing.factories import unprinted
from tests.statistics.publishing import approve, publish

MANY_STATEMENTS = {"prepared_statement_cache_size": "2000"}
LAST_YEAR, SINCE = date(2025, 12, 31), date(2026, 6, 30)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The application, its routes built once; each world sets its own database."""
    return create_app()


@pytest.fixture(scope="module")
def cheap() -> Iterator[None]:
    """Passwords that cost little, a host for webhooks, pages as text: it is not those that are tried here."""
    with pytest.MonkeyPatch.context() as patch:
        make_cheap(patch)
        patch.setattr(settings(), "webhook_hosts", (HOST,))
        patch.setattr(press, "printed", unprinted)
        patch.setattr(rules, "SMALLEST_MEAN", 0.0)  # the register that was released is empty
        patch.setattr(rules, "FEWEST", 0)
        yield


@asynccontextmanager
async def a_world(cluster: sa.URL, app: FastAPI) -> AsyncIterator[World]:
    """A world in a database of its own."""
    async with copy(cluster) as engine:
        owner = connect(cluster.set(database=engine.url.database))
        await publish(owner, LAST_YEAR, 1000)
        care = await jobs.make(owner, Kind.CARE, LAST_YEAR)
        await approve(owner, care.release_id)
        await jobs.make_release(owner, SINCE, 1000)  # waits for its check
        await owner.dispose()
        async with _standing(connect(engine.url.update_query_dict(MANY_STATEMENTS), 1), app) as world:
            yield world


@asynccontextmanager
async def _standing(engine: AsyncEngine, app: FastAPI) -> AsyncIterator[World]:
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.exec_driver_sql("set idle_in_transaction_session_timeout = 0")
        app.state.database, app.state.pool = connection, None
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://house/api/v1") as client:
            yield await World(connection, client).build()
        await transaction.rollback()
    await engine.dispose()


@pytest.fixture(scope="module")
async def world(cluster: sa.URL, app: FastAPI, cheap: None) -> AsyncIterator[World]:
    async with a_world(cluster, app) as world:
        yield world

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import connect
from tests.conftest import copy
from tests.factories import Town
from tests.statistics.files import Files


@pytest.fixture(scope="module")
async def login(cluster: sa.URL) -> AsyncIterator[AsyncEngine]:
    """A database for the tests of one file, as the service reaches it."""
    async with copy(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
async def owner(cluster: sa.URL, login: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """The same database as whoever runs commands reaches it."""
    engine = connect(cluster.set(database=login.url.database), pool_size=16)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
async def town(login: AsyncEngine) -> Town:
    return await Town(login).build()


@pytest.fixture
async def files(town: Town, owner: AsyncEngine) -> AsyncIterator[Files]:
    """An empty register; what a test has really committed there is cleared away after it."""
    files = Files(town, owner)
    yield files
    await files.clear()

"""Both lines of defence, and the first one alone."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.conftest import run

# A prepared statement keeps the policies that it was planned with, whatever the role may do by now.
FORGET = sa.text("discard plans")


@pytest.fixture(params=["both lines", "the filter alone"])
async def both(
    request: pytest.FixtureRequest, cluster: sa.URL, connection: AsyncConnection
) -> AsyncIterator[bool]:
    """Whether row-level security stands behind the queries: without it, it cannot hide a hole in them."""
    if request.param == "both lines":
        yield True
        return
    run(cluster, "alter role app_rw bypassrls")
    await connection.execute(FORGET)
    yield False
    run(cluster, "alter role app_rw nobypassrls")
    await connection.execute(FORGET)

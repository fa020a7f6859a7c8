"""The two lines of defence, tried together and one alone."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.conftest import run

# A prepared statement keeps the policies that it was planned with, whatever the role may do by now.
FORGET = sa.text("discard plans")


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

from collections.abc import AsyncIterator
from datetime import date

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.conftest import web
from tests.statistics.conftest import files, login, owner, town
from tests.statistics.files import Files
from tests.statistics.publishing import publish

__all__ = ["files", "login", "owner", "town"]
UNTIL = date(2025, 12, 31)


@pytest.fixture(scope="module")
async def service(login: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(login) as client:
        yield client


@pytest.fixture
async def released(files: Files) -> Files:
    """A register of 800 people, half of them women, and its release."""
    await files.add(400)
    await files.add(400, sex_code="male", district_code="az_agm")
    await publish(files.owner, UNTIL)
    return files

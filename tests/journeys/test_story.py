"""The main job, told to the application itself: demo programme, first release, every role."""

import asyncio

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import connect
from app.demo import programme
from tests.conftest import web
from tests.journeys.story import tell
from tests.statistics.publishing import publish

PASSWORD = "a password for one test"


async def test_from_a_first_report_to_an_anonymised_figure(real: AsyncEngine, cluster: sa.URL) -> None:
    owner = cluster.set(database=real.url.database)
    accounts = await asyncio.to_thread(programme.load, owner, None, PASSWORD)
    producer = connect(owner)
    await publish(producer)
    await producer.dispose()
    told: list[str] = []

    async with web(real) as client:
        await tell(client, PASSWORD, told.append)

    assert len(accounts) >= 12
    assert len(told) == 22

"""Prepare a release from the keyboard: by whoever may change the schema, and by no login of the service."""

import asyncio
from datetime import date

import sqlalchemy as sa

from app.core.db import connect
from app.statistics import jobs


def release(
    owner: sa.URL, until: date | None = None, expected_files: int | None = None, *, again: bool = False
) -> jobs.Made:
    """Draw what is due; see `jobs.make_release`. People check and publish it."""

    async def make() -> jobs.Made:
        engine = connect(owner)
        try:
            return await jobs.make_release(engine, until, expected_files, again=again)
        finally:
            await engine.dispose()

    return asyncio.run(make())

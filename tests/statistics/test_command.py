import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from app.cli import cli
from app.core.config import settings
from tests.statistics.files import Files

Call = Callable[..., Awaitable[Result]]


@pytest.fixture
async def call(cluster: sa.URL, login: AsyncEngine, files: Files, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command on an empty register. It has an event loop of its own, so it runs beside ours."""
    address = cluster.set(database=login.url.database).render_as_string(hide_password=False)
    monkeypatch.setattr(settings(), "migration_url", address)

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli, ["release", *words])

    return run


async def test_the_command_releases_once_and_then_shows_what_it_has(call: Call) -> None:
    first, second = await call(), await call()

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("Prepared, to be checked and published: until_")
    assert second.output.startswith("Prepared before")
    assert [line.split(":", 1)[1] for line in first.output.splitlines()] == [
        line.split(":", 1)[1] for line in second.output.splitlines()
    ]


async def test_a_period_that_cannot_be_released_is_refused_in_one_line(call: Call) -> None:
    few, ahead = await call("--expected-files", "49"), await call("--until", "2099-12-31")

    assert (few.exit_code, ahead.exit_code) == (1, 1)
    assert few.stderr.count("\n") == ahead.stderr.count("\n") == 1
    assert "Too few people" in few.stderr
    assert "not over" in ahead.stderr

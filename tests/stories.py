"""A machine of Hypothesis that asks the service itself, in one transaction that is undone at the end."""

import asyncio
from collections.abc import Awaitable
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.access.actor import Actor
from app.core.db import LOGIN, connect
from tests.conftest import web
from tests.factories import Town, signed

T = TypeVar("T")


class Served(RuleBasedStateMachine):
    """A town, and the service over HTTP."""

    address: ClassVar[sa.URL]

    def arrive(self) -> None:
        """Build the town; the first thing that a story does."""
        self.runner = asyncio.Runner()
        self.run(self._arrive())

    async def _arrive(self) -> None:
        self.engine: AsyncEngine = connect(self.address, pool_size=1)
        self.connection: AsyncConnection = await self.engine.connect()
        await self.connection.begin()
        self.town = await Town(self.connection).build()
        self.client: AsyncClient = web(self.connection)

    def run(self, work: Awaitable[T]) -> T:
        """One thing after the other."""

        async def working() -> T:
            return await work

        return self.runner.run(working())

    def who(self, name: str) -> Actor:
        """The person under this name."""
        found: Actor = getattr(self.town, name)
        return found

    def post(self, who: str, path: str, body: Any, version: int | None = None) -> Response:
        """What this person is answered."""
        return self.run(self.client.post(path, json=body, headers=signed(self.who(who), version)))

    def get(self, who: str, path: str) -> Any:
        """What this person reads."""
        answer = self.run(self.client.get(path, headers=signed(self.who(who))))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def teardown(self) -> None:
        """Nothing of it stays."""
        if hasattr(self, "client"):
            self.run(self._leave())
            self.runner.close()

    async def _leave(self) -> None:
        await self.client.aclose()
        await self.connection.rollback()
        await self.connection.close()
        await self.engine.dispose()


def tell(story: type[Served], cluster: sa.URL, stories: int, steps: int) -> None:
    """So many stories of so many steps."""
    story.address = cluster.set(username=LOGIN)
    length = settings(
        max_examples=stories,
        stateful_step_count=steps,
        database=None,
        phases=[Phase.generate],  # what fails is told as it is: to shorten it takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(story, settings=length)

"""Any story of referrals: none without an owner, no message lost, no second effect, each change told once."""

import itertools
from collections import Counter
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlmodel import select

from app.core.db import LOGIN
from app.referrals.models import Escalation
from tests.cases.factories import told
from tests.factories import signed
from tests.referrals.factories import told_facility
from tests.referrals.story import PLACES, ROWS, WORKERS, Letter, Story


class Told(Story):
    """A story with its end: all stands as the model believes, and everybody was told each thing once."""

    def teardown(self) -> None:
        """Compare, whatever happened."""
        if not hasattr(self, "runner"):
            return
        try:
            if hasattr(self, "client"):
                self.run(self._compare())
        finally:
            self.clock.stop()
            self.run(self._end())
            self.runner.close()

    async def _compare(self) -> None:
        assert await self._heard() == self.news
        for key, letter in self.known.items():
            await self._steps(key, letter)
            assert await self._climbed(key) == list(range(1, letter.steps + 1))
            assert await self._written(key) == [
                (str(message), word.side.value, word.text, word.was_read)
                for message, word in letter.words.items()
            ]

    async def _heard(self) -> Counter[tuple[str, str, UUID]]:
        heard: Counter[tuple[str, str, UUID]] = Counter()
        for place in PLACES:
            news = await told_facility(self.town, getattr(self.town, place).id)
            heard.update((place, kind, key) for kind, key in news)
        for who in (*WORKERS, "coordinator"):
            heard.update((who, kind, key) for kind, key in await told(self.town, self.actor(who)))
        return heard

    async def _steps(self, key: UUID, letter: Letter) -> None:
        """It stands where it should, belongs to who is responsible, and came there by the table."""
        referral, moves = await self.post.now(key), await self.post.moves(key)
        assert (referral.status, referral.version) == (letter.status, letter.version)
        assert referral.owner_id == self.actor(self.owner).user_id
        assert len(moves) == letter.version - letter.renewed
        for before, step in itertools.pairwise(moves):
            assert step.action
            assert step.source is before.target
            assert ROWS[before.target, step.action].target is step.target
        assert moves[-1].target is letter.status

    async def _climbed(self, key: UUID) -> list[int]:
        async with self.town.work(self.town.coordinator) as session:
            rows = select(Escalation).where(Escalation.referral_id == key)
            return sorted(step.step for step in (await session.exec(rows)).all())

    async def _written(self, key: UUID) -> list[tuple[str, str, str, bool]]:
        answer = await self.client.get(f"/referrals/{key}/messages", headers=signed(self.actor(self.owner)))
        return [(one["id"], one["side"], one["text"], bool(one["read_at"])) for one in answer.json()]

    async def _end(self) -> None:
        """Nothing of it stays, however far it came."""
        if hasattr(self, "client"):
            await self.client.aclose()
        await self.connection.close()
        await self.engine.dispose()


def tell(cluster: sa.URL, stories: int, steps: int) -> None:
    """So many stories of so many steps."""
    Story.address = cluster.set(username=LOGIN)
    length = settings(
        max_examples=stories,
        stateful_step_count=steps,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Told, settings=length)


def test_no_story_leads_to_an_illegal_state_and_each_change_is_told_once(cluster: sa.URL) -> None:
    tell(cluster, stories=8, steps=20)


@pytest.mark.drill
def test_nor_does_any_of_many_long_ones(cluster: sa.URL) -> None:
    tell(cluster, stories=200, steps=50)

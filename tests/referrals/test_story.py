"""Any story of two facilities, repeats and withdrawn consents: no illegal state, each change told once."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.db import LOGIN, connect
from app.core.ids import new_id
from app.referrals import jobs
from app.referrals.states import LIVE, REFERRAL, Action, Party, Status
from tests.cases.factories import told
from tests.conftest import web
from tests.factories import Town, signed
from tests.referrals.factories import Post, a_post, bodies, told_facility

T = TypeVar("T")
PLACES = ("workshop", "club")
PEOPLE = ("caseworker", "provider", "other_provider")
SERVICES = {"workshop": "prosthetics", "club": "peer_support"}
WORKS_AT = {"provider": "workshop", "other_provider": "club"}
BY_PEOPLE = {move.action: move.by for move in REFERRAL.moves if move.by is not Party.SYSTEM}
ROWS = {(move.source, move.action): move for move in REFERRAL.moves}


@dataclass
class Letter:
    """What the story believes of one referral."""

    place: str
    status: Status = Status.DRAFT
    version: int = 1
    consent: UUID | None = None
    was_sent: bool = False


class Story(RuleBasedStateMachine):
    """The service beside a model of it that is too simple to be wrong."""

    address: ClassVar[sa.URL]
    letters = Bundle("letters")

    @initialize()
    def begin(self) -> None:
        """A town, a case, and nothing sent yet."""
        self.runner = asyncio.Runner()
        self.known: dict[UUID, Letter] = {}
        self.agreed: dict[str, UUID] = {}
        self.news: Counter[tuple[str, str, UUID]] = Counter()
        self.run(self._begin())

    async def _begin(self) -> None:
        self.engine: AsyncEngine = connect(self.address, pool_size=1)
        self.connection: AsyncConnection = await self.engine.connect()
        await self.connection.begin()
        self.town = await Town(self.connection).build()
        self.post: Post = await a_post(self.town)
        self.client: AsyncClient = web(self.connection)

    def run(self, work: Awaitable[T]) -> T:
        """One thing after the other."""

        async def working() -> T:
            return await work

        return self.runner.run(working())

    @rule(target=letters, place=st.sampled_from(PLACES))
    def draft(self, place: str) -> Any:
        """A new draft."""
        facility = getattr(self.town, place)
        body = {"to_facility_id": str(facility.id), "service_codes": [SERVICES[place]]}
        referral = self.run(self.post.draft(**body))
        self.known[referral.id] = Letter(place)
        return referral.id

    @rule(place=st.sampled_from(PLACES))
    def agree(self, place: str) -> None:
        """The person agrees to share with a place, perhaps once more."""
        if place not in self.agreed:
            self.agreed[place] = self.run(self.post.consent(getattr(self.town, place).id))

    @rule(place=st.sampled_from(PLACES))
    def take_back(self, place: str) -> None:
        """The person takes it back: whatever is live on it ends, and the place is told."""
        consent = self.agreed.pop(place, None)
        if consent is None:
            return
        ended = [key for key, each in self.known.items() if each.consent == consent and each.status in LIVE]
        assert self.run(self.post.withdraw(consent)) == len(ended)
        for key in ended:
            self._follow(key, Action.REVOKE)

    @rule()
    def wait(self) -> None:
        """So much time passes that whatever was not answered ends."""
        ended = [key for key, each in self.known.items() if each.status is Status.SENT]
        assert self.run(jobs.expire(self.connection, timedelta(days=-366))) == len(ended)
        for key in ended:
            self._follow(key, Action.EXPIRE)

    @rule(
        key=letters,
        who=st.sampled_from(PEOPLE),
        action=st.sampled_from(sorted(BY_PEOPLE)),
        behind=st.sampled_from((0, 0, 0, 1)),
        times=st.integers(1, 3),
    )
    def act(self, key: UUID, who: str, action: Action, behind: int, times: int) -> None:
        """Anybody tries anything, perhaps on an old reading, perhaps several times over."""
        letter = self.known[key]
        version = max(1, letter.version - behind)
        expected = self._expected(letter, who, action, version)

        answers = self.run(self._ask(key, who, action, version, times))

        assert {answer.status_code for answer in answers} == {expected}, (letter, who, action)
        if expected == 200:
            assert len({answer.text for answer in answers}) == 1
            if action is Action.SEND:
                letter.consent, letter.was_sent = self.agreed[letter.place], True
            self._follow(key, action)
            assert answers[0].json()["version"] == letter.version
            assert answers[0].json()["status"] == letter.status.value
            assert answers[0].json()["open_actions"] == REFERRAL.open(letter.status, [BY_PEOPLE[action]])

    @rule(key=letters, choice=st.integers(0, 3), times=st.integers(1, 2))
    def go_on(self, key: UUID, choice: int, times: int) -> None:
        """Whoever may takes the story further, so that it gets somewhere."""
        letter = self.known[key]
        open_now = [action for action in BY_PEOPLE if (letter.status, action) in ROWS]
        if open_now:
            action = open_now[choice % len(open_now)]
            receiver = "provider" if letter.place == "workshop" else "other_provider"
            who = "caseworker" if BY_PEOPLE[action] is Party.SENDER else receiver
            self.act(key, who, action, 0, times)

    async def _ask(self, key: UUID, who: str, action: Action, version: int, times: int) -> list[Response]:
        headers = signed(getattr(self.town, who), version) | {"idempotency-key": str(new_id())}
        body = bodies()[action].model_dump(mode="json") if action in bodies() else None
        path = f"/referrals/{key}/{action.value}"
        return [await self.client.post(path, json=body, headers=headers) for _ in range(times)]

    def _expected(self, letter: Letter, who: str, action: Action, version: int) -> int:
        if (BY_PEOPLE[action] is Party.SENDER) != (who == "caseworker"):
            return 403
        if who != "caseworker" and not (letter.was_sent and WORKS_AT[who] == letter.place):
            return 404
        if version != letter.version:
            return 412
        agreed = action is not Action.SEND or letter.place in self.agreed
        return 200 if (letter.status, action) in ROWS and agreed else 409

    @rule(key=letters)
    def read(self, key: UUID) -> None:
        """Both places try to read what is shared."""
        letter = self.known[key]
        open_now = letter.status in LIVE and letter.consent in self.agreed.values()
        for who, place in WORKS_AT.items():
            answer = self.run(
                self.client.get(f"/referrals/{key}/shared-record", headers=signed(getattr(self.town, who)))
            )
            assert answer.status_code == (200 if open_now and place == letter.place else 404)

    def _follow(self, key: UUID, action: Action) -> None:
        """What the state table says happens now."""
        letter = self.known[key]
        move = ROWS[letter.status, action]
        letter.status, letter.version = move.target, letter.version + 1
        if move.tells:
            whom = "sender" if move.tells is Party.SENDER else letter.place
            self.news[whom, f"referral.{action.value}", key] += 1

    def teardown(self) -> None:
        """In the end everything stands as the story goes, and everybody was told each thing once."""
        if not hasattr(self, "client"):
            return
        try:
            self.run(self._compare())
        finally:
            self.run(self._end())
            self.runner.close()

    async def _compare(self) -> None:
        heard: Counter[tuple[str, str, UUID]] = Counter()
        for place in PLACES:
            news = await told_facility(self.town, getattr(self.town, place).id)
            heard.update((place, kind, key) for kind, key in news)
        heard.update(("sender", kind, key) for kind, key in await told(self.town, self.town.caseworker))
        assert heard == self.news
        for key, letter in self.known.items():
            referral, moves = await self.post.now(key), await self.post.moves(key)
            assert (referral.status, referral.version) == (letter.status, letter.version)
            assert len(moves) == letter.version
            for before, step in itertools.pairwise(moves):
                assert step.action
                assert step.source is before.target
                assert ROWS[before.target, step.action].target is step.target
            assert moves[-1].target is letter.status

    async def _end(self) -> None:
        await self.client.aclose()
        await self.connection.rollback()
        await self.connection.close()
        await self.engine.dispose()


def tell(cluster: sa.URL, stories: int, steps: int) -> None:
    """So many stories of so many steps."""
    Story.address = cluster.set(username=LOGIN)
    length = settings(
        max_examples=stories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Story, settings=length)


def test_no_story_leads_to_an_illegal_state_and_each_change_is_told_once(cluster: sa.URL) -> None:
    tell(cluster, stories=8, steps=20)


@pytest.mark.drill
def test_nor_does_any_of_many_long_ones(cluster: sa.URL) -> None:
    tell(cluster, stories=200, steps=50)

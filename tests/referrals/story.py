"""A story of referrals that hypothesis makes up: the service beside a model too simple to be wrong.

Two facilities, two caseworkers one of whom is responsible, requests that are repeated, consents that are
given, taken back and run out, and a clock that jumps.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, TypeVar
from unittest import mock
from uuid import UUID

import sqlalchemy as sa
from httpx import AsyncClient, Response
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, precondition, rule
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.access.actor import Actor
from app.core import clock
from app.core.db import connect
from app.core.ids import new_id
from app.referrals import jobs
from app.referrals.states import LIVE, REFERRAL, UNSERVED, Action, Party, Status
from tests.conftest import web
from tests.factories import Town, signed
from tests.referrals.factories import Post, a_post, bodies

T = TypeVar("T")
PLACES = ("workshop", "club")
WORKERS = ("caseworker", "colleague")
PARTS = ("owner", "receiver", "other worker", "other receiver")
PEOPLE = (*WORKERS, "provider", "other_provider")
SERVICES = {"workshop": "prosthetics", "club": "peer_support"}
WORKS_AT = {"provider": "workshop", "other_provider": "club"}
BY_PEOPLE = {move.action: move.by for move in REFERRAL.moves if move.by is not Party.SYSTEM}
ROWS = {(move.source, move.action): move for move in REFERRAL.moves}
FORWARD: list[Action] = [action for action in BY_PEOPLE if action is not Action.CANCEL]
HOURS = {"urgent": (72, 24), "emergency": (24, 4)}  # to answer in; from then until the coordinator hears
GRACE = timedelta(days=14)
JUMPS = (1, 30, 80, 200, 480)  # hours
AGREED_FOR = timedelta(days=10)


@dataclass
class Word:
    """A message, as the story believes it stands."""

    side: Party
    text: str
    was_read: bool = False


@dataclass
class Letter:
    """What the story believes of one referral."""

    place: str
    status: Status = Status.DRAFT
    version: int = 1
    consent: UUID | None = None
    was_sent: bool = False
    priority: str = "urgent"
    answer_by: datetime | None = None
    steps: int = 0  # of the ladder
    renewed: int = 0  # how often it came to stand on another consent, which is no step of its history
    sent_on: UUID | None = None
    words: dict[UUID, Word] = field(default_factory=dict)

    def went_out(self, answer: dict[str, Any], consent: UUID) -> None:
        """It was sent; the answer is judged, for the answer-by date is told to people."""
        sent, self.answer_by = (datetime.fromisoformat(answer[name]) for name in ("sent_at", "answer_by"))
        assert self.answer_by - sent == timedelta(hours=HOURS[self.priority][0])
        self.consent, self.was_sent = consent, True

    def may_go_on(self) -> bool:
        """Whether it was not served, and not sent on before."""
        return self.status in UNSERVED and self.sent_on is None

    def due_steps(self, now: datetime) -> int:
        """How many steps of the ladder should have been taken by now, while nobody answers."""
        if self.status is not Status.SENT or self.answer_by is None or now <= self.answer_by:
            return self.steps
        return 1 + (now > self.answer_by + timedelta(hours=HOURS[self.priority][1]))


class Story(RuleBasedStateMachine):
    """What may happen, to the service and to the model."""

    address: ClassVar[sa.URL]
    letters = Bundle("letters")

    @initialize(target=letters)
    def begin(self) -> Any:
        """A town, a case, and something to each place, on consent."""
        self.runner = asyncio.Runner()
        self.ahead = timedelta()
        real = clock.now
        self.clock = mock.patch.object(clock, "now", side_effect=lambda: real() + self.ahead)
        self.clock.start()
        self.known: dict[UUID, Letter] = {}
        self.agreed: dict[str, UUID] = {}  # with a place: the consent, whether or not it has run out
        self.until: dict[UUID, date] = {}
        self.gone: set[UUID] = set()
        self.owner, self.case_version, self.moved = "caseworker", 1, False
        self.news: Counter[tuple[str, str, UUID]] = Counter()
        self.run(self._begin())
        for place in PLACES:
            self.agree(place)
        return multiple(*(self.draft(place, sends=True) for place in PLACES))

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

    def actor(self, who: str) -> Actor:
        """One of the town's people."""
        found: Actor = getattr(self.town, who)
        return found

    # What people do

    @rule(target=letters, place=st.sampled_from(PLACES), sends=st.booleans())
    def draft(self, place: str, sends: bool) -> Any:
        """A new draft, perhaps sent at once."""
        facility = getattr(self.town, place)
        body = {"to_facility_id": str(facility.id), "service_codes": [SERVICES[place]]}
        referral = self.run(self.post.draft(**body))
        self.known[referral.id] = Letter(place)
        if sends:
            self.act(referral.id, self.owner, Action.SEND, 0, 1)
        return referral.id

    @rule(place=st.sampled_from(PLACES))
    def agree(self, place: str) -> None:
        """The person agrees to share with a place for ten days, perhaps once more."""
        if self.live(self.agreed.get(place)) is None:
            until = clock.today() + AGREED_FOR
            # The database's clock does not jump.
            since = (clock.now() - self.ahead).date() - timedelta(days=1)
            said = {"given_on": since.isoformat(), "valid_until": until.isoformat()}
            given = self.run(self.post.consent(getattr(self.town, place).id, **said))
            self.agreed[place], self.until[given] = given, until
            for letter in self.known.values():
                if letter.place == place and letter.status in LIVE:  # it goes on, on the new paper
                    letter.consent = given
                    letter.version, letter.renewed = letter.version + 1, letter.renewed + 1

    @rule(place=st.sampled_from(PLACES))
    def take_back(self, place: str) -> None:
        """The person takes it back: whatever is live on it ends, and the place is told."""
        consent = self.agreed.pop(place, None)
        if consent is None:
            return
        self.gone.add(consent)
        ended = [key for key, each in self.known.items() if each.consent == consent and each.status in LIVE]
        assert self.run(self.post.withdraw(consent)) == len(ended)
        for key in ended:
            self.follow(key, Action.REVOKE)

    @precondition(lambda self: self.moved)
    @rule()
    def hand_over(self) -> None:
        """The supervisor gives the case to the other caseworker, with everything that belongs to it."""
        before, after = self.owner, next(who for who in WORKERS if who != self.owner)
        body = {"owner_id": str(self.actor(after).user_id), "team_id": str(self.town.north.id)}
        path, headers = f"/cases/{self.post.case_id}/assign", signed(self.town.supervisor, self.case_version)
        answer = self.run(self.client.post(path, json=body, headers=headers))
        assert answer.status_code == 200, answer.text
        self.owner, self.case_version = after, answer.json()["version"]
        self.post.sender, self.moved = self.actor(after), False
        self.news.update((who, "case.assign", self.post.case_id) for who in (before, after))

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
            self._acted(key, action, answers[0].json())

    def _acted(self, key: UUID, action: Action, answer: dict[str, Any]) -> None:
        letter = self.known[key]
        if action is Action.SEND:
            letter.went_out(answer, self.agreed[letter.place])
        if action is Action.PRIORITISE:
            letter.priority = "emergency"
        self.follow(key, action)
        assert (answer["version"], answer["status"]) == (letter.version, letter.status.value)
        assert answer["open_actions"] == REFERRAL.open(letter.status, [BY_PEOPLE[action]])

    @rule(key=letters, choice=st.integers(0, 5), times=st.integers(1, 2))
    def go_on(self, key: UUID, choice: int, times: int) -> None:
        """Whoever may takes the story further, so that it gets somewhere: one in six is taken back."""
        letter = self.known[key]
        tried = list(BY_PEOPLE) if choice == 5 else FORWARD
        open_now = [action for action in tried if (letter.status, action) in ROWS]
        if open_now:
            action = open_now[choice % len(open_now)]
            who = self.owner if BY_PEOPLE[action] is Party.SENDER else self.receiver(letter)
            self.act(key, who, action, 0, times)

    async def _ask(self, key: UUID, who: str, action: Action, version: int, times: int) -> list[Response]:
        headers = signed(self.actor(who), version) | {"idempotency-key": str(new_id())}
        body = bodies()[action].model_dump(mode="json") if action in bodies() else None
        path = f"/referrals/{key}/{action.value}"
        return [await self.client.post(path, json=body, headers=headers) for _ in range(times)]

    def _expected(self, letter: Letter, who: str, action: Action, version: int) -> int:
        if (BY_PEOPLE[action] is Party.SENDER) != (who in WORKERS):
            return 403
        if not self.reaches(letter, who):
            return 404
        if version != letter.version:
            return 412
        agreed = action is not Action.SEND or self.live(self.agreed.get(letter.place)) is not None
        return 200 if (letter.status, action) in ROWS and agreed else 409

    @rule(
        target=letters,
        key=letters,
        part=st.sampled_from(("owner", "owner", "other worker", "receiver")),
        place=st.sampled_from(PLACES),
        times=st.integers(1, 2),
        which=st.integers(0, 2),
    )
    def send_on(self, key: UUID, part: str, place: str, times: int, which: int) -> Any:
        """Somebody sends on what was not served, perhaps twice over, perhaps once more than is allowed."""
        unserved = [one for one, letter in self.known.items() if letter.status in UNSERVED]
        if unserved and which < 2:
            key = unserved[which % len(unserved)]
        old, new, who = self.known[key], new_id(), self.person(self.known[key], part)
        expected = self._expected_on(old, who, place)

        answers = self.run(self._send_on(key, new, who, place, times))

        assert [answer.status_code for answer in answers] == [expected, 200 if expected == 201 else expected][
            :times
        ], (old, who, place)
        if expected != 201:
            return multiple()
        old.sent_on = new
        letter = self.known[new] = Letter(place, priority=old.priority)
        letter.went_out(answers[0].json(), self.agreed[place])
        self.follow(new, Action.SEND)
        return new

    async def _send_on(self, key: UUID, new: UUID, who: str, place: str, times: int) -> list[Response]:
        where = {"to_facility_id": str(getattr(self.town, place).id), "service_codes": [SERVICES[place]]}
        headers = signed(self.actor(who), self.known[key].version)
        path, body = f"/referrals/{key}/send-on", {"id": str(new)} | where
        return [await self.client.post(path, json=body, headers=headers) for _ in range(times)]

    def _expected_on(self, letter: Letter, who: str, place: str) -> int:
        if who not in WORKERS:
            return 403
        if who != self.owner:
            return 404
        return 201 if letter.may_go_on() and self.live(self.agreed.get(place)) else 409

    @rule(key=letters, part=st.sampled_from(PARTS), times=st.integers(1, 3))
    def write(self, key: UUID, part: str, times: int) -> None:
        """Anybody writes to the other side, perhaps the same several times over."""
        letter, message = self.known[key], new_id()
        who = self.person(letter, part)
        text = f"By {who}, the {len(letter.words) + 1}."
        path, headers = f"/referrals/{key}/messages", signed(self.actor(who))
        expected = (201 if letter.status in LIVE else 409) if self.opens(letter, who) else 404

        body = {"id": str(message), "text": text}
        answers = [self.run(self.client.post(path, json=body, headers=headers)) for _ in range(times)]

        again = [200 if expected == 201 else expected] * (times - 1)
        assert [answer.status_code for answer in answers] == [expected, *again], (letter, who)
        if expected == 201:
            side = Party.SENDER if who in WORKERS else Party.RECEIVER
            letter.words[message] = Word(side, text)
            self.news[letter.place if side is Party.SENDER else self.owner, "referral.message", key] += 1

    @rule(key=letters, part=st.sampled_from(PARTS), times=st.integers(1, 2))
    def read(self, key: UUID, part: str, times: int) -> None:
        """Anybody reads what is shared and all that was written, and marks the last of it as read."""
        letter = self.known[key]
        who = self.person(letter, part)
        headers = signed(self.actor(who))
        opens = self.opens(letter, who)
        for path in ("shared-record", "messages"):
            answer = self.run(self.client.get(f"/referrals/{key}/{path}", headers=headers))
            assert answer.status_code == (200 if opens else 404), (letter, who, path)
        for message, word in list(letter.words.items())[-1:]:
            path = f"/referrals/{key}/messages/{message}/read"
            for _ in range(times):
                answer = self.run(self.client.post(path, json={}, headers=headers))
                assert answer.status_code == (200 if opens else 404)
            word.was_read |= opens and (word.side is Party.SENDER) != (who in WORKERS)

    # What the calendar does

    @rule(hours=st.sampled_from(JUMPS))
    def wait(self, hours: int) -> None:
        """Time passes, and the daily command runs: late answers are told of, step by step, until they end."""
        self.ahead += timedelta(hours=hours)
        now, taken, ended = clock.now(), 0, []
        for key, letter in self.known.items():
            steps = letter.due_steps(now)
            for step in range(letter.steps, steps):
                hears = (self.owner, letter.place if step == 0 else "coordinator")
                self.news.update((who, "referral.escalate", key) for who in hears)
            taken, letter.steps = taken + steps - letter.steps, steps
            if letter.status is Status.SENT and letter.answer_by and letter.answer_by + GRACE < now:
                ended.append(key)
        for job, many in ((jobs.escalate, taken), (jobs.expire, len(ended))):
            assert [self.run(job(self.connection)) for _ in range(2)] == [many, 0]
        for key in ended:
            self.follow(key, Action.EXPIRE)

    # What the model believes

    def live(self, consent: UUID | None) -> UUID | None:
        """This consent, unless it was taken back or has run out."""
        is_live = consent and consent not in self.gone and clock.today() <= self.until[consent]
        return consent if is_live else None

    def person(self, letter: Letter, part: str) -> str:
        """Who plays this part in a referral now."""
        receiver = self.receiver(letter)
        others = {
            "other worker": next(who for who in WORKERS if who != self.owner),
            "other receiver": next(who for who in WORKS_AT if who != receiver),
        }
        return ({"owner": self.owner, "receiver": receiver} | others)[part]

    def receiver(self, letter: Letter) -> str:
        """Who answers it."""
        return next(who for who, place in WORKS_AT.items() if place == letter.place)

    def reaches(self, letter: Letter, who: str) -> bool:
        """Whether it exists for somebody."""
        return who == self.owner if who in WORKERS else letter.was_sent and who == self.receiver(letter)

    def opens(self, letter: Letter, who: str) -> bool:
        """Whether what is shared and written is open to somebody: to its receiver while it lives."""
        lives = letter.status in LIVE and self.live(letter.consent) is not None
        return self.reaches(letter, who) and (who in WORKERS or lives)

    def follow(self, key: UUID, action: Action) -> None:
        """What the state table says happens now."""
        letter = self.known[key]
        move = ROWS[letter.status, action]
        letter.status, letter.version, self.moved = move.target, letter.version + 1, True
        if move.tells:
            whom = self.owner if move.tells is Party.SENDER else letter.place
            self.news[whom, f"referral.{action.value}", key] += 1

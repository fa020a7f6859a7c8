"""Any story of offers, answers and assignments: at every moment exactly one person is responsible."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col, select

from app.access.actor import Actor
from app.access.table import Role
from app.cases.models import Case, CaseAssignment
from app.core.db import LOGIN, connect
from app.core.ids import new_id
from app.transfers.models import Transfer
from app.transfers.states import TRANSFER, Action, Party, Status
from tests.cases.factories import a_case
from tests.conftest import web
from tests.factories import Town, signed
from tests.transfers.factories import Agency, agree

T = TypeVar("T")
OWNERS = ("caseworker", "colleague", "outsider", "west_caseworker")
HEADS = ("supervisor", "other_supervisor", "west_supervisor")
CHIEFS = ("coordinator", "west_coordinator")
PEOPLE = (*OWNERS, *HEADS, *CHIEFS)
SIDE = {move.action: move.by for move in TRANSFER.moves}


@dataclass
class Offer:
    """What the story believes of the latest offer."""

    by: str
    to: str
    crosses: bool
    version: int = 1
    status: Status = Status.OFFERED


class Story(RuleBasedStateMachine):
    """The service beside a model of it that is too simple to be wrong: one name."""

    address: ClassVar[sa.URL]

    @initialize()
    def begin(self) -> None:
        """A town, another organisation, a case of the caseworker's that may go there."""
        self.runner = asyncio.Runner()
        self.responsible = "caseworker"
        self.history = [self.responsible]
        self.offer: Offer | None = None
        self.offer_id = UUID(int=0)
        self.run(self._begin())

    async def _begin(self) -> None:
        self.engine: AsyncEngine = connect(self.address, pool_size=1)
        self.connection: AsyncConnection = await self.engine.connect()
        await self.connection.begin()
        self.town = await Town(self.connection).build()
        self.west = await Agency(self.town).build()
        self.case: Case = await a_case(self.town)
        await agree(self.town, self.case)
        self.client: AsyncClient = web(self.connection)

    def run(self, work: Awaitable[T]) -> T:
        """One thing after the other."""

        async def working() -> T:
            return await work

        return self.runner.run(working())

    def who(self, name: str) -> Actor:
        """The person under this name."""
        place, _, rest = name.partition("_")
        found: Actor = getattr(self.west, rest) if place == "west" else getattr(self.town, name)
        return found

    def _holds(self, name: str) -> bool:
        """Whether the case is within this person's reach, by the model alone."""
        me, owner = self.who(name), self.who(self.responsible)
        return {
            Role.CASEWORKER: name == self.responsible,
            Role.SUPERVISOR: me.team_id == owner.team_id,
            Role.COORDINATOR: True,
        }[me.role]

    @rule(by=st.sampled_from(PEOPLE), to=st.sampled_from(OWNERS), named=st.booleans())
    def make_offer(self, by: str, to: str, named: bool) -> None:
        """Anybody tries to offer the case to anybody, or to their team."""
        taker = self.who(to)
        body: dict[str, Any] = {"to_team_id": str(taker.team_id), "reason_code": "caseload"}
        body |= {"to_owner_id": str(taker.user_id)} if named else {}
        crosses = taker.organisation_id != self.who(self.responsible).organisation_id

        answer = self.run(self._post(by, f"/cases/{self.case.id}/transfers", body))

        assert answer.status_code == self._expected_offer(by, to, named, crosses), answer.text
        if answer.status_code == 201:
            self.offer, self.offer_id = Offer(by, to if named else "", crosses), UUID(answer.json()["id"])
            self.to_team = taker.team_id

    def _expected_offer(self, by: str, to: str, named: bool, crosses: bool) -> int:
        if not self._holds(by):
            return 404
        if self.offer and self.offer.status is Status.OFFERED:
            return 409
        if crosses and self.who(by).role is Role.CASEWORKER:
            return 403
        same = to == self.responsible if named else self.who(to).team_id == self.who(self.responsible).team_id
        return 409 if same else 201

    @rule(
        who=st.sampled_from(PEOPLE),
        action=st.sampled_from(list(Action)),
        times=st.integers(1, 2),
        choice=st.sampled_from(OWNERS),
    )
    def answer(self, who: str, action: Action, times: int, choice: str) -> None:
        """Anybody tries to end the latest offer, perhaps twice."""
        if self.offer is None:
            return
        body = {Action.DECLINE: {"decline_reason_code": "other"}}.get(action, {})
        if action is Action.ACCEPT and not self.offer.to and self.who(who).role is not Role.CASEWORKER:
            body = {"owner_id": str(self.who(choice).user_id)}
        expected = self._expected(who, action, choice)
        path = f"/transfers/{self.offer_id}/{action.value}"

        answers = self.run(self._repeat(who, path, body, self.offer.version, times))

        assert {each.status_code for each in answers} == {expected}, (
            answers[0].text,
            self.offer,
            who,
            action,
        )
        if expected == 200:
            assert len({each.text for each in answers}) == 1
            self.offer.status, self.offer.version = (
                Status(answers[0].json()["status"]),
                self.offer.version + 1,
            )
            self.gave = self.responsible
            if action is Action.ACCEPT:
                self.offer.to = self.responsible = self.offer.to or choice
                self.history.append(self.responsible)

    @rule(to=st.sampled_from(OWNERS))
    def assign(self, to: str) -> None:
        """A coordinator gives the case to somebody of its organisation, also while it is on offer."""
        taker = self.who(to)
        body = {"owner_id": str(taker.user_id), "team_id": str(taker.team_id)}
        headers = signed(self.town.coordinator)
        version = self.run(self.client.get(f"/cases/{self.case.id}", headers=headers)).json()["version"]
        fits = taker.organisation_id == self.who(self.responsible).organisation_id

        answer = self.run(self._post("coordinator", f"/cases/{self.case.id}/assign", body, version))

        assert answer.status_code == (200 if fits else 409), answer.text
        if fits:
            self.responsible = to
            self.history.append(to)

    def _expected(self, who: str, action: Action, choice: str) -> int:
        assert self.offer
        me, offer = self.who(who), self.offer
        asked = {
            Role.CASEWORKER: offer.to == who,
            Role.SUPERVISOR: me.team_id == self.to_team,
            Role.COORDINATOR: me.organisation_id == self._organisation(),
        }[me.role]
        gives = self._holds(who) if offer.status is Status.OFFERED else self._gave(who)
        if not (gives or asked or me.role is Role.COORDINATOR):
            return 404
        if offer.status is not Status.OFFERED or not (asked if SIDE[action] is Party.TAKER else gives):
            return 409
        if action is not Action.ACCEPT:
            return 200
        if offer.by == who:
            return 403
        taker = offer.to or choice
        fits = self.who(taker).team_id == self.to_team and taker != self.responsible
        return 200 if fits else 409

    def _gave(self, who: str) -> bool:
        """Whether they see what became of it: as who gave it, or as who has the file now."""
        giver = self.who(self.gave)
        led = who in HEADS and self.who(who).team_id == giver.team_id
        return self._holds(who) or who == self.gave or led

    def _organisation(self) -> UUID:
        west = self.to_team == self.west.team.id
        return self.west.body.id if west else self.town.agency.id

    async def _repeat(self, who: str, path: str, body: Any, version: int, times: int) -> list[Response]:
        headers = signed(self.who(who), version) | {"idempotency-key": str(new_id())}
        return [await self.client.post(path, json=body, headers=headers) for _ in range(times)]

    async def _post(self, who: str, path: str, body: Any, version: int | None = None) -> Response:
        return await self.client.post(path, json=body, headers=signed(self.who(who), version))

    @invariant()
    def exactly_one_is_responsible(self) -> None:
        """One caseworker opens the case, one supervisor, and they are those of the model."""
        if not hasattr(self, "client"):
            return
        opened = {name for name in (*OWNERS, *HEADS) if self.run(self._opens(name))}
        assert opened == {name for name in (*OWNERS, *HEADS) if self._holds(name)}
        assert sum(name in OWNERS for name in opened) == 1
        assert sum(name in HEADS for name in opened) == 1

    async def _opens(self, name: str) -> bool:
        answer = await self.client.get(f"/cases/{self.case.id}", headers=signed(self.who(name)))
        async with self.town.work(self.who(name)) as session:
            by_rows = (await session.exec(select(Case).where(Case.id == self.case.id))).first()
        assert (answer.status_code == 200) == (by_rows is not None)
        return answer.status_code == 200

    def teardown(self) -> None:
        """In the end the history says who was responsible at each moment, without a gap."""
        if not hasattr(self, "client"):
            return
        try:
            self.run(self._compare())
        finally:
            self.run(self._end())
            self.runner.close()

    async def _compare(self) -> None:
        async with self.town.work(self.town.coordinator) as session:
            rows = select(CaseAssignment).where(CaseAssignment.case_id == self.case.id)
            kept = (await session.exec(rows.order_by(col(CaseAssignment.created_at)))).all()
            offers = (await session.exec(select(Transfer).where(Transfer.status == Status.OFFERED))).all()
        assert [each.given_to_id for each in kept] == [self.who(name).user_id for name in self.history]
        assert all(one.created_at < after.created_at for one, after in pairwise(kept))
        stands = self.offer is not None and self.offer.status is Status.OFFERED
        assert len(offers) == stands

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
        database=None,
        phases=[Phase.generate],  # what fails is told as it is: to shorten it takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Story, settings=length)


def test_at_every_moment_exactly_one_is_responsible(cluster: sa.URL) -> None:
    tell(cluster, stories=8, steps=12)


@pytest.mark.drill
def test_nor_is_it_otherwise_in_any_of_many_long_stories(cluster: sa.URL) -> None:
    tell(cluster, stories=100, steps=30)

"""Any story of a case: no status but by its table, with all that the step waits for; no step is lost."""

from typing import Any, NamedTuple
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlmodel import col, select

from app.cases.models import CaseMove
from app.cases.states import CASE, OPEN, Action, Status
from tests.cases.factories import a_case
from tests.journeys import payloads
from tests.stories import Served, tell

WORKERS = ("caseworker", "supervisor")
BODIES = {Action.CLOSE: {"closure_reason_code": "goals_met"}, Action.REST: {"wakes_on": payloads.day(30)}}
NEEDS_CONSENT = {Action.ASSESS, Action.PLAN, Action.IMPLEMENT}
NEEDS_PEACE = {Action.REST, Action.CLOSE, Action.TRANSFER}
NEEDS_YES = {
    Action.IMPLEMENT: ("plan", None),
    Action.CLOSE: ("closure", "goals_met"),
    Action.TRANSFER: ("closure", "transferred"),
}
ENDS, LATE = {Action.CLOSE, Action.TRANSFER}, {Status.FOLLOW_UP, Status.DORMANT}
BY_PEOPLE = {(move.source, move.action): move.target for move in CASE.moves}


class Asked(NamedTuple):
    """A question, as the story believes that it stands."""

    id: str
    what: tuple[str, str | None]
    by: str
    yes: bool | None = None


class Life(Served):
    """The service beside a model of it: a status, what is agreed, assessed, in danger, and who said yes."""

    @initialize()
    def begin(self) -> None:
        """A case that was just opened."""
        self.arrive()
        case = self.run(a_case(self.town))
        self.path, self.person = f"/cases/{case.id}", case.survivor_id
        self.status, self.assessed = Status.INTAKE, False
        self.asked: list[Asked] = []  # since the last step, and not used up
        self.flag: Any = None
        self.consent = self.get("caseworker", f"/survivors/{self.person}/consents")["items"][0]
        self.agreed = True
        self.history: list[tuple[Action, Status]] = []

    @property
    def version(self) -> int:
        """The case's own."""
        found: int = self.get("coordinator", self.path)["version"]
        return found

    @rule(who=st.sampled_from(WORKERS), action=st.sampled_from(list(Action)))
    def move(self, who: str, action: Action) -> None:
        """Somebody tries a step."""
        expected = self._expected(action)

        answer = self.post(who, f"{self.path}/{action.value}", BODIES.get(action, {}), self.version)

        assert answer.status_code == expected, (answer.text, self.status, action)
        if expected == 200:
            self.status, self.asked = BY_PEOPLE[self.status, action], []
            self.history.append((action, self.status))

    @rule(nth=st.integers(0, 9))
    def go_on(self, nth: int) -> None:
        """The owner does what such a step waits for, and takes it: so that stories get far."""
        here = [step for status, step in BY_PEOPLE if status is self.status]
        onward = [step for step in here if step not in ENDS or self.status in LATE]
        action = onward[nth % len(onward)]
        if not self.agreed:
            self.take_back_or_agree_anew()
        if self.flag is not None:
            self.see_or_end_a_danger()
        if action is Action.PLAN:
            self.assess_needs()
        if action in NEEDS_YES:
            self.ask("caseworker", NEEDS_YES[action])
            self.decide("supervisor", True)
        self.move("caseworker", action)

    def _expected(self, action: Action) -> int:
        waits = (
            (self.status, action) not in BY_PEOPLE,
            action in NEEDS_CONSENT and not self.agreed,
            action in NEEDS_PEACE and self.flag is not None,
            action is Action.PLAN and not self.assessed,
            action in NEEDS_YES and not any(one.what == NEEDS_YES[action] and one.yes for one in self.asked),
        )
        return 409 if any(waits) else 200

    @rule(who=st.sampled_from(WORKERS), what=st.sampled_from(sorted(NEEDS_YES.values(), key=str)))
    def ask(self, who: str, what: tuple[str, str | None]) -> None:
        """Somebody asks for a yes."""
        action = Action.IMPLEMENT if what[0] == "plan" else Action.CLOSE
        waits = any(one.what[0] == what[0] and one.yes is not False for one in self.asked)
        expected = 409 if waits or (self.status, action) not in BY_PEOPLE else 201
        body = dict(zip(("kind_code", "reason_code"), what, strict=True))

        answer = self.post(who, f"{self.path}/approvals", body)

        assert answer.status_code == expected, answer.text
        if expected == 201:
            self.asked.append(Asked(answer.json()["id"], what, who))

    @rule(who=st.sampled_from((*WORKERS, "coordinator")), yes=st.booleans())
    def decide(self, who: str, yes: bool) -> None:
        """Somebody answers the last question; nobody their own, and no caseworker."""
        if not self.asked:
            return
        one = self.asked[-1]
        refused = 403 if who in (one.by, "caseworker") else 409 if one.yes is not None else 200
        path = f"{self.path}/approvals/{one.id}/{'approve' if yes else 'refuse'}"

        answer = self.post(who, path, {}, 1 if one.yes is None else 2)

        assert answer.status_code == refused, (answer.text, one, who)
        if refused == 200:
            self.asked[-1] = one._replace(yes=yes)

    @rule()
    def assess_needs(self) -> None:
        """Her needs are known from now on."""
        answer = self.post("caseworker", f"{self.path}/assessments", payloads.needs())
        self.assessed = self.assessed or answer.status_code == 201

    @rule()
    def see_or_end_a_danger(self) -> None:
        """A danger is seen, or something is done about it."""
        if self.flag is None:
            body = {"kind_code": "neglect", "seen": "Alone"}
            self.flag = self.post("caseworker", f"{self.path}/risk-flags", body).json()
            return
        done = {"action_code": "trusted_person", "done": "Sat with her"}
        path = f"{self.path}/risk-flags/{self.flag['id']}/close"
        assert self.post("caseworker", path, done, self.flag["version"]).status_code == 200
        self.flag = None

    @rule()
    def take_back_or_agree_anew(self) -> None:
        """The person takes back that they agreed, or agrees again."""
        consents = f"/survivors/{self.person}/consents"
        if self.agreed:
            path = f"{consents}/{self.consent['id']}/withdraw"
            body = {"reason_code": "fear_of_harm"}
            answer = self.post("caseworker", path, body, self.consent["version"])
        else:
            answer = self.post("caseworker", consents, payloads.consent())
            self.consent = answer.json()
        assert answer.status_code in (200, 201), answer.text
        self.agreed = not self.agreed

    @invariant()
    def it_stands_where_the_story_says(self) -> None:
        """The status, when it wakes, and when it ended; every step, in order, from the one before."""
        if not hasattr(self, "path"):
            return
        case = self.get("caseworker", self.path)
        assert case["status"] == self.status
        assert (case["closed_at"] is None) is (self.status in OPEN)
        assert (case["wakes_on"] is not None) is (self.status is Status.DORMANT)
        moves = self.run(self._moves())
        assert [(one.action, one.target) for one in moves] == [(None, Status.INTAKE), *self.history]
        assert [one.source for one in moves[1:]] == [one.target for one in moves[:-1]]
        assert [one.created_at for one in moves] == sorted(one.created_at for one in moves)

    async def _moves(self) -> list[CaseMove]:
        async with self.town.work(self.town.coordinator) as session:
            rows = select(CaseMove).where(CaseMove.case_id == UUID(self.path.rpartition("/")[2]))
            return list((await session.exec(rows.order_by(col(CaseMove.created_at)))).all())


def test_a_case_stands_only_where_its_table_and_what_it_waits_for_allow(cluster: sa.URL) -> None:
    tell(Life, cluster, stories=5, steps=18)


@pytest.mark.drill
def test_nor_is_it_otherwise_in_any_of_many_long_stories(cluster: sa.URL) -> None:
    tell(Life, cluster, stories=150, steps=50)

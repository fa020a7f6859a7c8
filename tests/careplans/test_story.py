"""Any story of the versions of a plan: one is written at most, one in force, and each by two people."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from app.careplans.states import Action, Status
from app.cases.states import Status as CaseStatus
from tests.careplans.factories import WHY, goal
from tests.cases.factories import a_case
from tests.stories import Served, tell

PEOPLE = ("caseworker", "supervisor", "coordinator")
OPEN = {Status.DRAFT, Status.SUBMITTED}
FROM = {Action.SUBMIT: Status.DRAFT, Action.DISCARD: Status.DRAFT, Action.APPROVE: Status.SUBMITTED}
FROM[Action.SEND_BACK] = Status.SUBMITTED
TO = {Action.SUBMIT: Status.SUBMITTED, Action.DISCARD: Status.DISCARDED, Action.APPROVE: Status.APPROVED}
TO[Action.SEND_BACK] = Status.DRAFT
BODIES = {Action.SEND_BACK: {"reason": WHY}}
DECIDES = (Action.APPROVE, Action.SEND_BACK)


class Versions(Served):
    """The service beside a model of it: a list of statuses, and who wrote and submitted the last."""

    @initialize()
    def begin(self) -> None:
        """A case that is being planned."""
        self.arrive()
        case = self.run(a_case(self.town, CaseStatus.PLANNING))
        self.path = f"/cases/{case.id}/care-plans"
        self.plans: list[Any] = []
        self.stands: list[Status] = []
        self.hands: set[str] = set()

    @rule(who=st.sampled_from(PEOPLE))
    def write(self, who: str) -> None:
        """Somebody begins another version."""
        expected = 409 if set(self.stands) & OPEN else 201

        answer = self.post(who, self.path, {"goals": [goal()]})

        assert answer.status_code == expected, answer.text
        if expected == 201:
            self.plans.append(answer.json())
            self.stands.append(Status.DRAFT)
            self.hands = {who}

    @rule(who=st.sampled_from(PEOPLE), action=st.sampled_from(sorted(FROM)), which=st.integers(0, 2))
    def act(self, who: str, action: Action, which: int) -> None:
        """Somebody does something about one of the last versions."""
        if which >= len(self.plans):
            return
        place = len(self.plans) - 1 - which
        expected = self._expected(who, action, place)
        one = self.plans[place]

        path = f"{self.path}/{one['id']}/{action.value}"
        answer = self.post(who, path, BODIES.get(action, {}), one["version"])

        assert answer.status_code == expected, (answer.text, who, action, self.stands, self.hands)
        if expected == 200:
            self._follow(who, action, place)

    def _expected(self, who: str, action: Action, place: int) -> int:
        if action in DECIDES and who == "caseworker":
            return 403  # may not approve anything
        if self.stands[place] is not FROM[action]:
            return 409
        return 403 if action in DECIDES and who in self.hands else 200

    def _follow(self, who: str, action: Action, place: int) -> None:
        if action is Action.APPROVE:
            self.stands = [Status.SUPERSEDED if one is Status.APPROVED else one for one in self.stands]
        if action is Action.SUBMIT:
            self.hands = {self._writer(place), who}
        self.stands[place] = TO[action]
        self.plans = [self.get("supervisor", f"{self.path}/{one['id']}") for one in self.plans]

    def _writer(self, place: int) -> str:
        names = {str(self.who(name).user_id): name for name in PEOPLE}
        return names[self.plans[place]["by_id"]]

    @invariant()
    def they_stand_where_the_story_says(self) -> None:
        """Each version; at most one that is written or waits, and at most one in force."""
        if not hasattr(self, "plans"):
            return
        found = {one["id"]: one for one in self.get("caseworker", self.path)["items"]}
        assert [found[one["id"]]["status"] for one in self.plans] == self.stands
        assert [found[one["id"]]["number"] for one in self.plans] == list(range(1, len(self.plans) + 1))
        assert sum(one in OPEN for one in self.stands) <= 1
        assert self.stands.count(Status.APPROVED) <= 1

    @invariant()
    def who_said_yes_had_no_hand_in_it(self) -> None:
        """Nor is a case's owner ever the one; and what came first comes first."""
        for one in getattr(self, "plans", []):
            if one["approved_by_id"]:
                assert one["approved_by_id"] not in (one["by_id"], one["submitted_by_id"])
                assert one["approved_by_id"] != str(self.town.caseworker.user_id)
                assert one["submitted_at"] < one["approved_at"]


def test_one_version_is_written_one_in_force_and_two_people_stand_behind_it(cluster: sa.URL) -> None:
    tell(Versions, cluster, stories=4, steps=16)


@pytest.mark.drill
def test_nor_is_it_otherwise_in_any_of_many_long_stories(cluster: sa.URL) -> None:
    tell(Versions, cluster, stories=150, steps=50)

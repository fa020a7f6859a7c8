"""Every status, every action: legal exactly when the table has the row."""

import itertools
from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.access.actor import Actor
from app.access.table import Role
from app.core.errors import IllegalMove, Invalid
from app.core.ids import new_id
from app.milestones import actions, rules
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.states import MILESTONE, Action, Party, Status
from tests.milestones.factories import way_to

ROWS = {(m.source, m.action, m.by): m for m in MILESTONE.moves}
DAYS = st.dates(date(2024, 1, 1), date(2027, 1, 1))
EVERY = list(itertools.product(Status, Action, Party))


@pytest.mark.parametrize(("now", "action", "party"), EVERY)
def test_only_written_rows_are_legal(now: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert MILESTONE.find(now, action, by=[party]) is row
        return
    with pytest.raises(IllegalMove) as refused:
        MILESTONE.find(now, action, by=[party])
    assert action.value not in refused.value.facts["open_actions"]


@pytest.mark.parametrize(("now", "action"), list(itertools.product(Status, Action)))
def test_who_does_not_work_on_the_case_moves_nothing(now: Status, action: Action) -> None:
    with pytest.raises(IllegalMove):
        MILESTONE.find(now, action, by=[])


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached(status: Status) -> None:
    assert len(way_to(status)) <= 3


def test_what_is_reached_is_left_only_by_a_set_back() -> None:
    ways = {(m.action, m.target) for m in MILESTONE.moves if m.source in (Status.ACHIEVED, Status.SUSTAINED)}

    assert ways == {
        *((Action.SUSTAIN, Status.SUSTAINED), (Action.STAY, Status.SUSTAINED)),
        (Action.LOSE, Status.LOST),
    }
    assert {m.target for m in MILESTONE.moves if m.by is Party.FACT} == rules.REACHED  # never a set-back


class Lives(RuleBasedStateMachine):
    """One milestone, to which people and records do whatever they like, on whatever day."""

    def __init__(self) -> None:
        super().__init__()
        whose = {"case_id": new_id(), "owner_id": new_id(), "team_id": new_id()}
        given = {"definition_code": "job_wage", "recorded_by_id": new_id()}
        self.one = Milestone.model_validate(whose | given)
        self.history: list[MilestoneChange] = []
        self.person = Actor(new_id(), Role.COORDINATOR, new_id())

    @rule(action=st.sampled_from(sorted(set(Action) - {Action.REACH, Action.STAY})), day=DAYS)
    def somebody_records(self, action: Action, day: date) -> None:
        """By hand: what the table or the calendar forbids changes nothing."""
        before = self.one.model_dump()
        try:
            move = MILESTONE.find(self.one.status, action, [Party.RECORDER])
            rules.need_order(self.one, action, day)
        except (IllegalMove, Invalid):
            assert self.one.model_dump() == before
            return
        self.follow(actions._change(self.one, self.person, move, day))

    @rule(day=DAYS)
    def a_record_shows_it(self, day: date) -> None:
        """By a fact: only where it is news."""
        fact = rules.Fact("reintegration_record", new_id(), day)
        if not rules.is_news(self.one, fact):
            return
        move = MILESTONE.find(self.one.status, Action.REACH, [Party.FACT])
        change = actions._change(self.one, self.person, move, day)
        change.fact_code, change.fact_id = fact.code, fact.id
        self.follow(change)

    @rule(day=DAYS)
    def a_follow_up_finds_it_still_so(self, day: date) -> None:
        """By a fact: only late enough after it was reached."""
        fact = rules.Fact("follow_up", new_id(), day)
        if not rules.is_lasting(self.one, fact):
            return
        move = MILESTONE.find(self.one.status, Action.STAY, [Party.FACT])
        change = actions._change(self.one, self.person, move, day)
        change.fact_code, change.fact_id = fact.code, fact.id
        self.follow(change)

    def follow(self, change: MilestoneChange) -> None:
        actions._follow(self.one, change)
        self.history.append(change)

    @invariant()
    def every_step_is_a_row_of_the_table_and_the_history_has_no_gap(self) -> None:
        passed = [Status.WANTED, *(change.target for change in self.history)]
        assert [change.source for change in self.history] == passed[:-1]
        assert self.one.status is passed[-1]
        written = {(m.source, m.action, m.target) for m in MILESTONE.moves}
        assert {(c.source, c.action, c.target) for c in self.history} <= written

    @invariant()
    def days_are_in_order(self) -> None:
        settled = [c.happened_on for c in self.history if c.target in rules.SETTLED]
        assert settled == sorted(settled)
        assert self.one.settled_on == (settled[-1] if settled else None)
        for change in self.history:
            if change.action in (Action.SUSTAIN, Action.STAY):
                before = self.history[self.history.index(change) - 1]
                assert (change.happened_on - before.happened_on).days >= rules.HALF_A_YEAR

    @invariant()
    def it_was_reached_exactly_while_it_is(self) -> None:
        assert (self.one.reached_on is not None) is (self.one.status in rules.REACHED)
        assert self.one.status in rules.REACHED or self.one.fact_id is None


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=25)

"""An episode of support: every status, every action; days in order; no step is lost."""

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
from app.support import actions, rules
from app.support.models import PsychosocialEpisode, PsychosocialMove, SupportSession
from app.support.schemas import MoveEpisode
from app.support.states import SUPPORT, Action, Party, Status

ROWS = {(m.source, m.action): m for m in SUPPORT.moves}
DAYS = st.dates(date(2024, 1, 1), date(2024, 6, 1))
FIRST = date(2024, 1, 15)


@pytest.mark.parametrize(("now", "action"), list(itertools.product(Status, Action)))
def test_only_written_rows_are_legal(now: Status, action: Action) -> None:
    if row := ROWS.get((now, action)):
        assert SUPPORT.find(now, action, Party) is row
        return
    with pytest.raises(IllegalMove) as refused:
        SUPPORT.find(now, action, Party)
    assert action.value not in refused.value.facts["open_actions"]


@pytest.mark.parametrize(("now", "action"), list(itertools.product(Status, Action)))
def test_nobody_else_moves_anything(now: Status, action: Action) -> None:
    with pytest.raises(IllegalMove):
        SUPPORT.find(now, action, by=[])


class Lives(RuleBasedStateMachine):
    """One episode, to which a counsellor does whatever they like, on whatever day."""

    def __init__(self) -> None:
        super().__init__()
        ids = {name: new_id() for name in ("case_id", "owner_id", "team_id", "facility_id", "by_id")}
        self.one = PsychosocialEpisode.model_validate({**ids, "layer_code": b"", "opened_on": FIRST})
        self.ids = {**ids, "episode_id": self.one.id}
        self.moves: list[PsychosocialMove] = []
        self.held: list[SupportSession] = []
        self.counsellor = Actor(new_id(), Role.COUNSELLOR, new_id())

    @rule(action=st.sampled_from(list(Action)), day=DAYS)
    def somebody_acts(self, action: Action, day: date) -> None:
        before = self.one.model_dump()
        try:
            move = SUPPORT.find(self.one.status, action, Party)
            rules.need_order(self.one, self.moves, self.held, day)
        except (IllegalMove, Invalid):
            assert self.one.model_dump() == before
            return
        self.moves.append(actions._follow(self.counsellor, self.one, move, MoveEpisode(happened_on=day)))

    @rule(day=DAYS)
    def a_session_is_held(self, day: date) -> None:
        rest = {"held_on": day, "attendance_code": "present", "intervention_code": b""}
        held = SupportSession.model_validate({**self.ids, **rest})
        try:
            rules.need_within(held, self.one, None)
        except Invalid:
            return
        self.held.append(held)

    @invariant()
    def every_step_is_a_row_of_the_table_and_the_history_has_no_gap(self) -> None:
        passed = [Status.OPEN, *(move.target for move in self.moves)]
        assert [move.source for move in self.moves] == passed[:-1]
        assert self.one.status is passed[-1]
        assert {(m.source, m.action) for m in self.moves} <= set(ROWS)

    @invariant()
    def days_are_in_order(self) -> None:
        days = [FIRST, *(move.happened_on for move in self.moves)]
        assert days == sorted(days)
        assert (self.one.closed_on is not None) is (self.one.status is Status.CLOSED)

    @invariant()
    def every_session_lies_within(self) -> None:
        rules.need_around(self.one, self.held)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=25)

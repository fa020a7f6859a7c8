"""The way of a device: every action at every stage, and machines that try whatever they like."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.access.actor import Actor
from app.access.table import Role
from app.core.dates import PartialDate, Precision
from app.core.errors import IllegalMove, Invalid
from app.core.ids import new_id
from app.rehabilitation import rules, steps
from app.rehabilitation.due import due_on
from app.rehabilitation.errors import MadeToMeasure
from app.rehabilitation.facts import shown
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.states import DEVICE_ORDER, IN_USE, OVER, Action, Party, Status
from app.rehabilitation.waits import Reached, wait, waits
from tests.rehabilitation.factories import way_to

S, A = Status, Action
BEGIN = date(2020, 1, 1)
BIRTH = PartialDate(date=date(2010, 5, 5), precision=Precision.DAY)
EVERY = list(itertools.product(Status, Action))
# Written down a second time, by hand: what may follow what.
AFTER: dict[Status, set[Status]] = {
    S.REFERRED: {S.ASSESSED, S.CLOSED_NOT_DELIVERED},
    S.ASSESSED: {S.PRESCRIBED, S.CLOSED_NOT_DELIVERED},
    S.PRESCRIBED: {S.MEASURED, S.FITTED, S.CLOSED_NOT_DELIVERED},
    S.MEASURED: {S.MEASURED, S.FABRICATED, S.CLOSED_NOT_DELIVERED},
    S.FABRICATED: {S.FITTED, S.CLOSED_NOT_DELIVERED},
    S.FITTED: {S.MEASURED, S.FABRICATED, S.TRAINED, S.CLOSED_NOT_DELIVERED},
    S.TRAINED: {S.FITTED, S.DELIVERED, S.CLOSED_NOT_DELIVERED},
    S.DELIVERED: {S.FOLLOW_UP, S.REPAIR, S.REPLACED},
    S.FOLLOW_UP: {S.FOLLOW_UP, S.REPAIR, S.REPLACED},
    S.REPAIR: {S.FOLLOW_UP, S.REPLACED},
    S.REPLACED: set(),
    S.CLOSED_NOT_DELIVERED: set(),
}


def worker(role: Role = Role.PROVIDER) -> Actor:
    return Actor(user_id=new_id(), role=role, organisation_id=new_id(), facility_id=new_id())


def order(status: Status = Status.REFERRED, product: str = "ll_prosthesis", on: date = BEGIN) -> DeviceOrder:
    held: dict[str, Any] = {"owner_id": new_id(), "team_id": new_id(), "case_id": new_id()}
    whose: dict[str, Any] = {"facility_id": new_id(), "by_id": new_id()}
    return DeviceOrder(product_code=product, status=status, status_on=on, **held, **whose)


def test_the_table_says_what_people_wrote_down() -> None:
    found: dict[Status, set[Status]] = {status: set() for status in Status}
    for move in DEVICE_ORDER.moves:
        found[move.source].add(move.target)

    assert found == AFTER


@pytest.mark.parametrize("status", Status)
def test_every_stage_is_reached_and_only_what_is_over_is_left_by_nothing(status: Status) -> None:
    assert len(way_to(status)) <= 9
    assert (AFTER[status] == set()) is (status in OVER)


@pytest.mark.parametrize("product", ["ll_prosthesis", "cane"])
@pytest.mark.parametrize(("now", "action"), EVERY)
def test_a_step_is_made_exactly_where_the_table_has_its_row(
    now: Status, action: Action, product: str
) -> None:
    rows = {(m.source, m.action): m.target for m in DEVICE_ORDER.moves}
    one, me = order(now, product), worker()
    open_now = rules.open_actions(one, me)

    if (now, action) == (S.PRESCRIBED, A.FIT) and product == "ll_prosthesis":
        with pytest.raises(MadeToMeasure):
            steps.take(one, me, action, BEGIN, BIRTH)
    elif target := rows.get((now, action)):
        line = steps.take(one, me, action, BEGIN, BIRTH)
        assert (line.source, line.action, line.target, one.status) == (now, action, target, target)
        assert action.value in open_now
        return
    else:
        with pytest.raises(IllegalMove) as refused:
            steps.take(one, me, action, BEGIN, BIRTH)
        assert refused.value.facts == {
            "status_now": now.value, "action": action.value, "open_actions": open_now,
        }  # fmt: skip
    assert action.value not in open_now
    assert (one.status, one.status_on) == (now, BEGIN)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROVIDER])
def test_nobody_else_moves_a_device(role: Role) -> None:
    for now, action in EVERY:
        with pytest.raises(IllegalMove):
            steps.take(order(now), worker(role), action, BEGIN, BIRTH)
    assert rules.open_actions(order(), worker(role)) == []


class Workshop(RuleBasedStateMachine):
    """Somebody who tries every action on any day, in any order."""

    @initialize(product=st.sampled_from(["ll_prosthesis", "orthosis_ul", "wheelchair_manual", "spectacles"]))
    def begin(self, product: str) -> None:
        self.me, self.one = worker(), order(product=product)
        self.lines: list[DeviceStage] = [steps.first(self.one, self.me)]

    @rule(action=st.sampled_from(Action), days=st.integers(-40, 400))
    def attempt(self, action: Action, days: int) -> None:
        one, before = self.one, self.one.model_dump()
        open_now = rules.open_actions(one, self.me)
        on = one.status_on + timedelta(days=days)
        try:
            line = steps.take(one, self.me, action, on, BIRTH)
        except (IllegalMove, MadeToMeasure):
            assert action.value not in open_now
            assert one.model_dump() == before
        except Invalid:
            assert days < 0
            assert one.model_dump() == before
        else:
            assert action.value in open_now
            self.lines.append(line)

    @invariant()
    def the_history_is_whole_and_in_order(self) -> None:
        if not hasattr(self, "lines"):
            return
        assert self.lines[0].source is None
        assert self.lines[0].target is Status.REFERRED
        for before, after in itertools.pairwise(self.lines):
            assert after.source is before.target
            assert after.target in AFTER[before.target]
            assert before.happened_on <= after.happened_on
        assert self.lines[-1].target is self.one.status
        assert self.lines[-1].happened_on == self.one.status_on

    @invariant()
    def what_it_says_is_what_happened(self) -> None:
        if not hasattr(self, "lines"):
            return
        one, seen = self.one, {line.target for line in self.lines}
        delivered = next((line.happened_on for line in self.lines if line.target is S.DELIVERED), None)
        assert one.delivered_on == delivered
        assert (one.ended_on is not None) is (one.status in OVER)
        if one.product_code in {"ll_prosthesis", "orthosis_ul"} and S.FITTED in seen:
            assert {S.MEASURED, S.FABRICATED} <= seen
        if one.status in IN_USE:
            assert {S.FITTED, S.TRAINED, S.DELIVERED} <= seen
            assert one.due_on == due_on(one.product_code, delivered, BIRTH)
        else:
            assert one.due_on is None

    @invariant()
    def waits_are_never_negative_and_add_up(self) -> None:
        if not hasattr(self, "lines"):
            return
        reached = [Reached(line.target, line.happened_on) for line in self.lines]
        for first, last, days in waits(reached):
            assert days == wait(reached, first, last) >= 0  # type: ignore[operator]
        for missing in set(Status) - {step.stage for step in reached}:
            assert wait(reached, S.REFERRED, missing) is None
            assert wait(reached, missing, S.DELIVERED) is None


Workshop.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestWorkshop = Workshop.TestCase


def test_a_loop_is_waited_for() -> None:
    days = {S.REFERRED: 0, S.MEASURED: 10, S.FITTED: 20}
    history = [Reached(stage, BEGIN + timedelta(days=after)) for stage, after in days.items()]
    history += [
        Reached(S.MEASURED, BEGIN + timedelta(days=30)),
        Reached(S.FITTED, BEGIN + timedelta(days=45)),
    ]
    history += [Reached(S.DELIVERED, BEGIN + timedelta(days=50))]

    assert wait(history, S.REFERRED, S.DELIVERED) == 50
    assert wait(history, S.MEASURED, S.DELIVERED) == 40
    assert wait(history, S.FITTED, S.MEASURED) == 10
    assert wait(history, S.DELIVERED, S.FITTED) is None
    assert (S.MEASURED, S.FITTED, 10) in list(waits(history))


@pytest.mark.parametrize(
    ("action", "after", "was_due", "codes"),
    [
        (A.PRESCRIBE, 0, None, ["device_prescribed"]),
        (A.ASSESS, 0, None, []),
        (A.DELIVER, 0, None, ["device_delivered"]),
        (A.DELIVER, 0, BEGIN, ["device_delivered", "device_replaced"]),
        (A.DELIVER, 1, BEGIN, ["device_delivered"]),
        (A.FOLLOW_UP, 30, None, []),
        (A.FOLLOW_UP, 31, None, ["device_follow_up_1m"]),
        (A.FOLLOW_UP, 90, None, ["device_follow_up_1m"]),
        (A.FOLLOW_UP, 91, None, ["device_follow_up_3m"]),
        (A.FOLLOW_UP, 366, None, ["device_follow_up_12m"]),
        (A.HAND_BACK, 400, None, []),
    ],
)
def test_a_step_shows_the_milestones_of_the_catalogue(
    action: Action, after: int, was_due: date | None, codes: list[str]
) -> None:
    one = order(S.FOLLOW_UP)
    one.delivered_on = BEGIN
    line = steps.first(one, worker())
    line.action, line.happened_on = action, BEGIN + timedelta(days=after)

    assert list(shown(one, line, was_due)) == codes


def test_the_caseworker_hears_of_what_the_table_says() -> None:
    told = {(m.source, m.action) for m in DEVICE_ORDER.moves if m.tells is Party.OWNER}
    for move in DEVICE_ORDER.moves:
        line = steps.first(order(move.target), worker())
        line.source, line.action = move.source, move.action
        assert rules.tells_owner(line) is ((move.source, move.action) in told)
    assert (S.TRAINED, A.DELIVER) in told

"""A grant: every status, every action and party; money never beyond what was granted; days in order."""

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.access.actor import Actor
from app.access.table import Role
from app.cases.errors import SomebodyElseNeeded
from app.core.errors import IllegalMove, Invalid
from app.core.ids import new_id
from app.reintegration import actions, rules
from app.reintegration.errors import MoreThanGranted, NotToBePaid
from app.reintegration.models import GrantMove, LivelihoodGrant
from app.reintegration.schemas import EndGrant, FinishGrant, MoveGrant, PlanGrant
from app.reintegration.states import GRANT, Action, Party, Status
from tests.reintegration.factories import way_to

ROWS = {(m.source, m.action, m.by): m for m in GRANT.moves}
DAYS = st.dates(date(2024, 1, 1), date(2025, 1, 1))
MONEY = st.decimals("0.01", 4000, places=2)


@pytest.mark.parametrize(("now", "action", "party"), list(itertools.product(Status, Action, Party)))
def test_only_written_rows_are_legal(now: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert GRANT.find(now, action, [party]) is row
        return
    with pytest.raises(IllegalMove) as refused:
        GRANT.find(now, action, [party])
    assert action.value not in refused.value.facts["open_actions"]


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached_and_none_is_paid_without_approval(status: Status) -> None:
    way = [action for action, _ in way_to(status)]

    assert Action.PAY not in way or way.index(Action.APPROVE) < way.index(Action.PAY)
    assert (status in (Status.APPROVED, Status.RUNNING, Status.FINISHED, Status.STOPPED)) is (
        Action.APPROVE in way
    )


class Lives(RuleBasedStateMachine):
    """One grant, to which workers, approvers and money do whatever they like, on whatever day."""

    def __init__(self) -> None:
        super().__init__()
        self.worker = Actor(new_id(), Role.CASEWORKER, new_id())
        self.approver = Actor(new_id(), Role.SUPERVISOR, new_id())
        ids = {"case_id": new_id(), "owner_id": self.worker.user_id, "team_id": new_id()}
        what = {"kind_code": "asset", "asked_on": date(2024, 1, 1), "currency_code": "azn"}
        mine = {**ids, **what, "granted": Decimal(3000), "by_id": self.worker.user_id}
        self.one = LivelihoodGrant.model_validate(mine)
        self.moves: list[GrantMove] = []
        self.paid: list[Decimal] = []

    @rule(action=st.sampled_from(list(Action)), day=DAYS, approver=st.booleans(), more=MONEY)
    def somebody_acts(self, action: Action, day: date, approver: bool, more: Decimal) -> None:
        actor = self.approver if approver else self.worker
        before = self.one.model_dump()
        try:
            move = GRANT.find(self.one.status, action, rules.parties(actor))
            if move.by is Party.APPROVER:
                rules.need_somebody_else(self.one, actor)
            rules.need_order(self.one, self.moves, day)
        except (IllegalMove, Invalid, SomebodyElseNeeded):
            assert self.one.model_dump() == before
            return
        given = _given(action, day, more)
        self.moves.append(actions._step(actor, self.one, move, given))
        actions._follow(actor, self.one, move, given)

    @rule(amount=MONEY, day=DAYS)
    def somebody_pays(self, amount: Decimal, day: date) -> None:
        before = self.one.model_dump()
        try:
            rules.need_payable(self.one, amount)
            rules.need_after(self.moves, Action.APPROVE, day, "paid_on")
        except (NotToBePaid, MoreThanGranted, Invalid):
            assert self.one.model_dump() == before
            return
        self.paid.append(amount)
        self.one.paid += amount
        if self.one.status is Status.APPROVED:
            move = GRANT.find(self.one.status, Action.PAY, [Party.PAYMENT])
            self.moves.append(actions._step(self.worker, self.one, move, MoveGrant(happened_on=day)))
            self.one.status = move.target

    @invariant()
    def never_more_is_paid_than_was_granted(self) -> None:
        assert self.one.paid == sum(self.paid) <= self.one.granted
        assert not self.paid or self.one.approved_by_id == self.approver.user_id

    @invariant()
    def every_step_is_a_row_of_the_table_and_the_history_has_no_gap(self) -> None:
        passed = [Status.ASKED, *(move.target for move in self.moves)]
        assert [move.source for move in self.moves] == passed[:-1]
        assert self.one.status is passed[-1]
        written = {(m.source, m.action, m.target) for m in GRANT.moves}
        assert {(m.source, m.action, m.target) for m in self.moves} <= written

    @invariant()
    def days_are_in_order(self) -> None:
        days = [self.one.asked_on, *(move.happened_on for move in self.moves)]
        assert days == sorted(days)


def _given(action: Action, day: date, granted: Decimal) -> MoveGrant:
    more: dict[Action, Any] = {
        Action.PLAN: PlanGrant(happened_on=day, granted=granted),
        Action.FINISH: FinishGrant(happened_on=day, outcome_code="active"),
        **dict.fromkeys(
            (Action.REFUSE, Action.CANCEL, Action.STOP), EndGrant(happened_on=day, reason_code="person_wish")
        ),
    }
    found: MoveGrant = more.get(action, MoveGrant(happened_on=day))
    return found


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=80, stateful_step_count=25)

"""What a case weighs, and who gets it: worked examples, and what holds for any."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assignments import weights
from app.assignments.weights import Caseload, Load
from app.cases.states import OPEN, Status
from app.codelists import lists

ANN, BEN = UUID(int=1), UUID(int=2)


def load(number: int = 9, **more: Any) -> Load:
    known: dict[str, Any] = {
        "case_id": UUID(int=number),
        "owner_id": ANN,
        "status": "planning",
        "priority_code": "normal",
    }
    return Load(**(known | more))


@pytest.mark.parametrize(
    ("more", "weight"),
    [
        ({}, "1"),
        ({"status": "dormant"}, "0.1"),
        ({"status": "follow_up", "priority_code": "high"}, "0.75"),
        ({"priority_code": "urgent", "open_tasks": 3, "live_referrals": 2, "risk_open": 1}, "2.35"),
        ({"open_tasks": 40, "live_referrals": 9, "risk_open": 3}, "2.30"),
        ({"status": "closed", "priority_code": "urgent", "open_tasks": 4}, "0"),
    ],
)
def test_a_case_weighs_what_the_page_says(more: dict[str, Any], weight: str) -> None:
    assert weights.weigh(load(**more)) == Decimal(weight)


def test_every_line_of_the_table_is_about_something_and_every_open_status_has_one() -> None:
    stages = {code for what, code in weights.weights() if what == "status"}
    assert stages == {status.value for status in OPEN}
    urgencies = {code for what, code in weights.weights() if what == "priority"}
    assert urgencies <= set(lists.load("case_priority"))


def test_the_heaviest_goes_first_to_who_carries_least() -> None:
    cases = [load(1), load(2, priority_code="urgent", risk_open=1), load(3)]

    to = weights.spread(cases, {ANN: Caseload(3, Decimal("1.5")), BEN: Caseload()})

    assert to == {UUID(int=2): BEN, UUID(int=1): ANN, UUID(int=3): BEN}


STATUSES = st.sampled_from([status.value for status in Status])


@given(st.lists(st.tuples(STATUSES, st.integers(0, 20)), max_size=30), st.integers(1, 5))
def test_any_cases_go_somewhere_and_nobody_gets_more_than_a_case_beyond_the_others(
    drawn: Sequence[tuple[str, int]], people: int
) -> None:
    cases = [load(100 + n, status=status, open_tasks=tasks) for n, (status, tasks) in enumerate(drawn)]
    owners = [UUID(int=n + 1) for n in range(people)]

    to = weights.spread(cases, dict.fromkeys(owners, Caseload()))

    assert set(to) == {case.case_id for case in cases}
    given_to = {owner: Decimal(0) for owner in owners}
    for case in cases:
        given_to[to[case.case_id]] += weights.weigh(case)
    heaviest = max((weights.weigh(case) for case in cases), default=Decimal(0))
    assert max(given_to.values()) - min(given_to.values()) <= heaviest


def test_more_than_one_person_should_carry_is_said() -> None:
    assert not Caseload(25, Decimal(25)).over
    assert Caseload(26, Decimal("25.1")).over
    assert weights.caseloads([load(), load(8, owner_id=BEN, status="closed")], [ANN, BEN]) == {
        ANN: Caseload(1, Decimal(1)),
        BEN: Caseload(),
    }

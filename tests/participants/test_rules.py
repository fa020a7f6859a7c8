"""Judgements about who takes part, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.codelists import lists
from app.core.dates import PartialDate, Precision
from app.core.errors import Invalid
from app.core.ids import new_id
from app.milestones.catalogue import definitions
from app.participants import rules
from app.participants.models import Clearance
from app.programmes.models import Programme

TODAY = date(2026, 11, 25)


def weekly(many: int, last: date = TODAY, every: int = 7) -> list[date]:
    return [last - timedelta(days=every * back) for back in reversed(range(many))]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(weekly(13), True), (weekly(8), False), (weekly(6, every=15), True), (weekly(5, every=15), False),
     (weekly(30, every=1), False), ([], False),
     ([*weekly(4, TODAY - timedelta(days=60)), *weekly(4)], False)],
)  # fmt: skip
def test_regular_is_twice_in_each_of_three_months_running(days: list[date], expected: bool) -> None:
    assert rules.is_regular(days, TODAY) is expected


@given(st.lists(st.integers(0, 200), unique=True, min_size=1))
def test_each_milestone_of_sport_is_shown_when_it_becomes_true_and_not_before(back: list[int]) -> None:
    days = sorted(TODAY - timedelta(days=each) for each in back)
    was = False
    for number in range(1, len(days) + 1):
        shown = rules.shown_by("sport", days[:number])
        now = rules.is_regular(days[:number], days[number - 1])
        assert (rules.TRIED in shown) is (number == 1)
        assert (rules.REGULAR in shown) is (now and not was)
        was = now


def test_a_group_of_peers_is_joined_at_the_third_meeting_and_a_course_shows_nothing_by_being_there() -> None:
    assert [rules.shown_by("peer_support", weekly(many)) for many in range(1, 5)] == [
        [],
        [],
        [rules.IN_A_GROUP],
        [],
    ]
    assert rules.shown_by("vocational_training", weekly(9)) == []


def test_what_is_shown_may_be_shown_by_these_records() -> None:
    by = {"enrolment": rules.JOINED.values(), "attendance": [rules.TRIED, rules.REGULAR, rules.IN_A_GROUP]}

    for fact, codes in by.items():
        assert all(fact in definitions()[code].facts for code in codes)
    assert set(rules.JOINED) <= set(lists.load("programme_kind"))


@pytest.mark.parametrize(
    ("outcome", "from_today", "until", "expected"),
    [("cleared", 0, 0, True), ("conditions", -9, 30, True), ("not_cleared", -9, 30, False),
     ("cleared", -90, -1, False), ("cleared", 1, 90, False)],
)  # fmt: skip
def test_a_clearance_covers_its_days_and_no_others(
    outcome: str, from_today: int, until: int, expected: bool
) -> None:
    first, last = (TODAY + timedelta(days=each) for each in (from_today, until))
    ids = {
        name: new_id() for name in ("case_id", "survivor_id", "referral_id", "owner_id", "team_id", "by_id")
    }
    said = {"sport_code": "other", "outcome_code": outcome, "given_on": first, "valid_until": last}
    one = Clearance.model_validate(ids | said)

    assert rules.is_cleared(one, TODAY) is expected
    assert not rules.is_cleared(None, TODAY)


@pytest.mark.parametrize(
    ("born", "precision", "code"),
    [((2010, 11, 25), "day", None), ((2010, 11, 26), "day", "too_young"), ((2010, 1, 1), "year", "too_young"),
     ((2009, 1, 1), "year", None), (None, "", "age_needed")],
)  # fmt: skip
def test_of_an_age_that_is_not_quite_known_the_youngest_possible_counts(
    born: tuple[int, int, int] | None, precision: str, code: str | None
) -> None:
    said = {"facility_id": new_id(), "kind_code": "sport", "name": "Football", "district_code": "az_ba"}
    programme = Programme.model_validate(said | {"minimum_age": 16})
    birth = PartialDate(date=date(*born), precision=Precision(precision)) if born else None

    if code is None:
        rules.need_age(programme, birth, TODAY)
    else:
        with pytest.raises(Invalid) as refusal:
            rules.need_age(programme, birth, TODAY)
        assert refusal.value.facts["errors"][0]["code"] == code
    rules.need_age(Programme.model_validate(said), birth, TODAY)  # which asks for no age

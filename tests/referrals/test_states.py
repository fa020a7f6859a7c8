"""Every status, every action, every party: legal exactly when the table has the row."""

import itertools

import pytest

from app.core.errors import IllegalMove
from app.referrals.states import LIVE, REFERRAL, Action, Party, Status

ROWS = {(move.source, move.action, move.by): move for move in REFERRAL.moves}
EVERY = list(itertools.product(Status, Action, Party))


@pytest.mark.parametrize(("now", "action", "party"), EVERY)
def test_only_written_rows_are_legal(now: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert REFERRAL.find(now, action, by=[party]) == row
        return
    with pytest.raises(IllegalMove) as refusal:
        REFERRAL.find(now, action, by=[party])
    assert refusal.value.facts["open_actions"] == REFERRAL.open(now, [party])


def test_every_status_is_reachable() -> None:
    assert {REFERRAL.start, *(move.target for move in REFERRAL.moves)} == set(Status)


def test_what_is_not_live_and_not_a_draft_is_over() -> None:
    assert {move.source for move in REFERRAL.moves} == LIVE | {Status.DRAFT}


def test_a_withdrawn_consent_ends_whatever_is_live() -> None:
    assert {source for source, action, _ in ROWS if action is Action.REVOKE} == LIVE


def test_every_change_after_the_draft_is_told_to_the_other_side() -> None:
    untold = {(move.source, move.action) for move in REFERRAL.moves if move.tells is None}
    to_self = [move for move in REFERRAL.moves if move.tells is move.by]

    assert (untold, to_self) == ({(Status.DRAFT, Action.CANCEL)}, [])


def test_each_action_is_one_sides_alone() -> None:
    sides = {action: {move.by for move in REFERRAL.moves if move.action is action} for action in Action}
    assert {len(by) for by in sides.values()} == {1}

"""Draws: each pair once, each team once a round, days of rest kept, brackets in which the best meet last."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.competitions.draws import FEWEST, MOST, Timetable, kick_offs, knockout, round_robin

NUMBERS = range(FEWEST, MOST + 1)
FIRST = datetime(2026, 3, 27, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize("teams", NUMBERS)
@pytest.mark.parametrize("times", [1, 2])
def test_each_pair_meets_once_or_at_home_and_away(teams: int, times: int) -> None:
    rounds = round_robin(teams, twice=times == 2)

    met = Counter(frozenset(pair) for each in rounds for pair in each)
    assert met == dict.fromkeys(map(frozenset, combinations(range(teams), 2)), times)
    assert len(rounds) == times * (teams - 1 if teams % 2 == 0 else teams)
    for each in rounds:
        playing = [team for pair in each for team in pair]
        assert len(playing) == len(set(playing)) == teams - teams % 2
    homes = Counter(home for each in rounds for home, _ in each)
    games = times * (teams - 1)
    assert all(abs(2 * homes[team] - games) <= 1 for team in range(teams))


@given(
    st.integers(FEWEST, MOST),
    st.integers(1, 4),
    st.integers(0, 30),
    st.integers(1, 20),
    st.integers(30, 600),
    st.sampled_from(["Asia/Baku", "Europe/Kyiv"]),
)
def test_days_of_rest_are_kept_and_nobody_plays_twice_at_once(
    teams: int, a_day: int, rest: int, pitches: int, every: int, zone: str
) -> None:
    rounds = round_robin(teams)
    slots = a_day * -(-len(rounds[0]) // pitches)
    every = min(every, 14 * 60 // slots)  # a day of play ends on its day, or the draw is refused
    moments = kick_offs([len(each) for each in rounds], Timetable(FIRST, a_day, rest, pitches, every, zone))

    assert [len(each) for each in moments] == [len(each) for each in rounds]
    at: dict[int, list[datetime]] = {team: [] for team in range(teams)}
    for pairs, begins in zip(rounds, moments, strict=True):
        for pair, moment in zip(pairs, begins, strict=True):
            for team in pair:
                at[team].append(moment)
    for mine in at.values():
        assert mine == sorted(mine)
        assert all(later - sooner >= timedelta(minutes=every) for sooner, later in pairwise(mine))
    assert max(Counter(moment for each in moments for moment in each).values()) <= pitches
    starts = [begins[0].astimezone(ZoneInfo(zone)) for begins in moments[::a_day]]
    assert len({start.time() for start in starts}) == 1
    days = [start.date() for start in starts]
    assert all((later - sooner).days == rest + 1 for sooner, later in pairwise(days))


@pytest.mark.parametrize("teams", NUMBERS)
def test_a_bracket_has_one_winner_and_the_best_meet_last(teams: int) -> None:
    ties = knockout(teams)

    assert len(ties) == teams - 1
    sides = [side for tie in ties for side in (tie.home, tie.away)]
    assert sorted(side.seed for side in sides if side.seed is not None) == list(range(teams))
    goes_on = [side.winner_of for side in sides if side.winner_of is not None]
    assert sorted(goes_on) == list(range(len(ties) - 1))
    winners: dict[int, int] = {}
    for number, tie in enumerate(ties):
        home, away = (
            side.seed if side.seed is not None else winners[side.winner_of or 0]
            for side in (tie.home, tie.away)
        )
        winners[number] = min(home, away)
        if tie.round > 1:
            assert all(
                ties[s.winner_of].round < tie.round for s in (tie.home, tie.away) if s.winner_of is not None
            )
    last = ties[-1]
    finalists = [s.seed if s.seed is not None else winners[s.winner_of or 0] for s in (last.home, last.away)]
    assert sorted(finalists) == [0, 1]

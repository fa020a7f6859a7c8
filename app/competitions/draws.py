"""Who meets whom, and when: round robin, knock-out, kick-offs that keep days of rest. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

FEWEST, MOST = 2, 24  # teams of one division
Pair = tuple[int, int]  # places in the order of seeding, who is at home first


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a tie: the team of a place in the seeding, or whoever wins an earlier tie."""

    seed: int | None = None
    winner_of: int | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """A match of a knock-out."""

    round: int
    home: Side
    away: Side


@dataclass(frozen=True, slots=True)
class Timetable:
    """When matches begin: rounds a day, whole days of rest between days of play, pitches, minutes a slot."""

    first: datetime
    rounds_per_day: int
    rest_days: int
    pitches: int
    every_minutes: int
    zone: str


def round_robin(teams: int, twice: bool = False) -> list[list[Pair]]:
    """Each pair once, or at home and away: rounds in which each team plays once at most.

    The circle method: one place stands still and the others turn; with an odd number who would meet it rests.
    """
    turning = teams - 1 if teams % 2 == 0 else teams
    rounds = [_round(number, turning, teams) for number in range(turning)]
    return rounds + [[(away, home) for home, away in each] for each in rounds] if twice else rounds


def _round(number: int, turning: int, teams: int) -> list[Pair]:
    pairs = [
        ((number + step) % turning, (number - step) % turning) for step in range(1, (turning - 1) // 2 + 1)
    ]
    if teams > turning:
        still = (number, turning)
        pairs.insert(0, still if number % 2 == 0 else still[::-1])
    return pairs


def knockout(teams: int) -> list[Tie]:
    """A bracket in which the best seeds meet last; where places are left over the best seeds begin later."""
    size = 1 << (teams - 1).bit_length()
    line = [Side(seed=seed) if seed < teams else None for seed in _bracket(size)]
    ties: list[Tie] = []
    number = 1
    while len(line) > 1:
        following: list[Side | None] = []
        for home, away in zip(line[::2], line[1::2], strict=True):
            if home and away:
                ties.append(Tie(number, home, away))
                following.append(Side(winner_of=len(ties) - 1))
            else:
                following.append(home or away)
        line, number = following, number + 1
    return ties


def _bracket(size: int) -> list[int]:
    """The seeds from top to bottom, so that if the better always wins the first two meet last."""
    line = [0]
    while len(line) < size:
        line = [seed for each in line for seed in (each, 2 * len(line) - 1 - each)]
    return line


def kick_offs(rounds: Sequence[int], table: Timetable) -> list[list[datetime]]:
    """The moment of each match, given how many there are in each round.

    Rounds of one day follow each other and never overlap; the hour on the wall is the same on each day.
    """
    here = ZoneInfo(table.zone)
    start = table.first.astimezone(here).replace(tzinfo=None)
    found: list[list[datetime]] = []
    slot = 0
    for number, matches in enumerate(rounds):
        day, place = divmod(number, table.rounds_per_day)
        slot = 0 if place == 0 else slot
        begins = (start + timedelta(days=day * (table.rest_days + 1))).replace(tzinfo=here).astimezone(UTC)
        found.append(
            [
                begins + timedelta(minutes=(slot + match // table.pitches) * table.every_minutes)
                for match in range(matches)
            ]
        )
        slot += -(-matches // table.pitches)
    return found

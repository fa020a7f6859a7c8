"""The order of a table worked out a second time, another way: written from the rules, not from the code.

Matches are rows seen from each side; criteria are taken run by run. A run of head-to-head criteria without
a new beginning is one comparison of tuples; with it, the first criterion that parts a group sends every part
back to the start of the run.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from app.competitions.standings import Score, Scoring


class Seen(NamedTuple):
    """A match from one side."""

    team: UUID
    other: UUID
    scored: int
    conceded: int
    cards: int | None


class Second:
    """One league."""

    def __init__(self, scores: Iterable[Score], scoring: Scoring, lots: dict[UUID, int | None]) -> None:
        self.scoring, self.lots = scoring, lots
        self.rows = [
            row
            for s in scores
            for row in (
                Seen(s.home, s.away, s.home_goals, s.away_goals, s.home_fair_play),
                Seen(s.away, s.home, s.away_goals, s.home_goals, s.away_fair_play),
            )
        ]
        runs = groupby(scoring.tie_breaks, key=lambda name: name[:4] == "h2h_")
        self.runs = [(is_run, tuple(names)) for is_run, names in runs]

    def order(self, teams: Sequence[UUID]) -> list[frozenset[UUID]]:
        """The places from the first down, each with all who share it."""
        return [
            place
            for bucket in self._buckets(teams, lambda team: self._sum(team, "points", None))
            for place in self._resolve(bucket, list(self.runs))
        ]

    def _resolve(
        self, group: frozenset[UUID], runs: list[tuple[bool, tuple[str, ...]]]
    ) -> list[frozenset[UUID]]:
        if len(group) < 2 or not runs:
            return [group]
        (is_run, names), *rest = runs
        if is_run:
            parts = self._anew(group, names) if self.scoring.again else self._at_once(group, names)
            return [place for part in parts for place in self._resolve(part, rest)]
        name, *others = names
        remaining = [(False, tuple(others)), *rest] if others else rest
        values = {team: self._total(team, name) for team in group}
        if any(value is None for value in values.values()):
            return self._resolve(group, remaining)
        parts = self._buckets(group, lambda team: values[team])
        return [place for part in parts for place in self._resolve(part, remaining)]

    def _anew(self, group: frozenset[UUID], names: Sequence[str]) -> list[frozenset[UUID]]:
        for name in names:
            parts = self._buckets(group, lambda team, name=name: self._sum(team, name[4:], group))
            if len(parts) > 1:
                return [found for part in parts for found in self._anew(part, names)]
        return [group]

    def _at_once(self, group: frozenset[UUID], names: Sequence[str]) -> list[frozenset[UUID]]:
        return self._buckets(group, lambda team: tuple(self._sum(team, name[4:], group) for name in names))

    def _total(self, team: UUID, name: str) -> int | None:
        if name == "lots":
            lot = self.lots.get(team)
            return None if lot is None else -lot
        if name == "fair_play":
            cards = [row.cards for row in self.rows if row.team == team]
            return None if None in cards else -sum(c for c in cards if c is not None)
        return self._sum(team, {"goals_for": "goals"}.get(name, name), None)

    def _sum(self, team: UUID, what: str, among: frozenset[UUID] | None) -> int:
        win, draw, loss = self.scoring.win, self.scoring.draw, self.scoring.loss
        total = 0
        for _, other, scored, conceded, _ in (row for row in self.rows if row.team == team):
            if among is not None and other not in among:
                continue
            outcome = (scored > conceded) - (scored < conceded)
            total += {
                "points": {1: win, 0: draw, -1: loss}[outcome],
                "goal_difference": scored - conceded,
                "goals": scored,
                "wins": int(outcome == 1),
            }[what]
        return total

    @staticmethod
    def _buckets(group: Iterable[UUID], value: object) -> list[frozenset[UUID]]:
        found: dict[object, set[UUID]] = defaultdict(set)
        for team in group:
            found[value(team)].add(team)  # type: ignore[operator]
        return [frozenset(found[key]) for key in sorted(found, reverse=True)]  # type: ignore[type-var]

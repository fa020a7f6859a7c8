"""Who stands where: points, then tie-breaks in the order that the edition says. Pure.

A criterion is applied to the teams that are still level. One that reads only the matches among them
(head to head) stands in a run with its neighbours of that kind: where it parts the teams, the run begins
anew with those that are still level if the edition says `again` (as UEFA does), and else goes on, still
reading the matches among all that were level when the run began. What nothing tells apart shares a place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.codelists import lists


@dataclass(frozen=True, slots=True)
class Score:
    """One match that counts. Fair play: points for cards, the fewer the better; None where not known."""

    home: UUID
    away: UUID
    home_goals: int
    away_goals: int
    home_fair_play: int | None = None
    away_fair_play: int | None = None


@dataclass(frozen=True, slots=True)
class Scoring:
    """What an edition says: points for each outcome, the tie-breaks in order, whether runs begin anew."""

    win: int
    draw: int
    loss: int
    tie_breaks: tuple[str, ...]  # code list: tie_break
    again: bool = True


@dataclass(slots=True)
class Tally:
    """What a team has to show for some matches."""

    won: int = 0
    drawn: int = 0
    lost: int = 0
    goals_for: int = 0
    goals_against: int = 0
    points: int = 0
    fair_play: int | None = 0  # None as soon as one match is not known

    @property
    def played(self) -> int:
        """How many matches these are."""
        return self.won + self.drawn + self.lost

    @property
    def goal_difference(self) -> int:
        """Goals for less goals against."""
        return self.goals_for - self.goals_against

    def add(self, mine: int, theirs: int, fair_play: int | None, scoring: Scoring) -> None:
        """Count one match more."""
        self.goals_for += mine
        self.goals_against += theirs
        self.won += mine > theirs
        self.drawn += mine == theirs
        self.lost += mine < theirs
        gained = scoring.win if mine > theirs else scoring.draw if mine == theirs else scoring.loss
        self.points += gained
        both_known = self.fair_play is not None and fair_play is not None
        self.fair_play = (self.fair_play or 0) + (fair_play or 0) if both_known else None


@dataclass(frozen=True, slots=True)
class Place:
    """A team's place: shared by all that nothing tells apart."""

    team: UUID
    rank: int
    level_with: int  # how many share it, the team among them
    tally: Tally


Level = Sequence[UUID]
Value = Callable[[Tally], int | None]
# Each the larger the better; the names are those of the code list `tie_break`.
VALUES: dict[str, Value] = {
    "h2h_points": lambda tally: tally.points,
    "h2h_goal_difference": lambda tally: tally.goal_difference,
    "h2h_goals": lambda tally: tally.goals_for,
    "goal_difference": lambda tally: tally.goal_difference,
    "goals_for": lambda tally: tally.goals_for,
    "wins": lambda tally: tally.won,
    "fair_play": lambda tally: None if tally.fair_play is None else -tally.fair_play,
}
LOTS = "lots"


def tally(teams: Iterable[UUID], scores: Iterable[Score], scoring: Scoring) -> dict[UUID, Tally]:
    """What these teams have to show for the matches among themselves."""
    found = {team: Tally() for team in teams}
    for score in scores:
        if score.home in found and score.away in found:
            found[score.home].add(score.home_goals, score.away_goals, score.home_fair_play, scoring)
            found[score.away].add(score.away_goals, score.home_goals, score.away_fair_play, scoring)
    return found


def table(
    teams: Sequence[UUID], scores: Sequence[Score], scoring: Scoring, lots: Mapping[UUID, int | None]
) -> list[Place]:
    """All teams in their order. Who shares a place stands in the order in which the teams were given."""
    order = _Order(scoring, scores, lots, tally(teams, scores, scoring))
    places: list[Place] = []
    for level in order.apart(teams, lambda team: order.totals[team].points):
        for group in order.separate(level, 0, None):
            rank = len(places) + 1
            places += [Place(team, rank, len(group), order.totals[team]) for team in group]
    return places


@dataclass(frozen=True)
class _Order:
    scoring: Scoring
    scores: Sequence[Score]
    lots: Mapping[UUID, int | None]
    totals: dict[UUID, Tally] = field(default_factory=dict)

    def separate(self, level: Level, at: int, among: Level | None) -> list[Level]:
        """Level teams in order, as groups of those that stay level. `among`: who was, when the run began."""
        if len(level) == 1 or at == len(self.scoring.tie_breaks):
            return [level]
        if not self._head_to_head(at):
            among = None
        elif among is None:
            among = level
        parts = self.apart(level, self._value(at, among))
        begins_anew = len(parts) > 1 and among is not None and self.scoring.again
        onwards = (self._run(at), None) if begins_anew else (at + 1, among)
        return [group for part in parts for group in self.separate(part, *onwards)]

    def apart(self, level: Level, value: Callable[[UUID], int | None]) -> list[Level]:
        """Teams by their value, the largest first; all still level where one value is not known."""
        values = {team: value(team) for team in level}
        known = {each for each in values.values() if each is not None}
        if None in values.values():
            return [level]
        return [[team for team in level if values[team] == each] for each in sorted(known, reverse=True)]

    def _value(self, at: int, among: Level | None) -> Callable[[UUID], int | None]:
        criterion = self.scoring.tie_breaks[at]
        if criterion == LOTS:
            return lambda team: None if (lot := self.lots.get(team)) is None else -lot
        read = VALUES[criterion]
        tallies = self.totals if among is None else tally(among, self.scores, self.scoring)
        return lambda team: read(tallies[team])

    def _head_to_head(self, at: int) -> bool:
        return lists.load("tie_break")[self.scoring.tie_breaks[at]].extra["head_to_head"] == "yes"

    def _run(self, at: int) -> int:
        """Where the run of head-to-head criteria begins that this one stands in."""
        while at > 0 and self._head_to_head(at - 1):
            at -= 1
        return at


def movement(place: Place, teams: int, up: int, down: int) -> str | None:
    """Where the team goes next (code list: movement); None where it shares a place across a line."""
    last = place.rank + place.level_with - 1
    if last <= up:
        return "promoted"
    if place.rank > teams - down:
        return "relegated"
    return "stays" if place.rank > up and last <= teams - down else None

"""Judgements about a competition already in hand. No database, no clock, no HTTP."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.competitions import draws
from app.competitions.errors import (
    AlreadyDrawn,
    FewTeams,
    MatchNotPlayed,
    MatchPlayed,
    NextMatchPlayed,
    OutsideDivision,
    ProtestDecided,
)
from app.competitions.models import Division, Edition, Entry, Fixture, Protest
from app.competitions.standings import Score, Scoring
from app.core import clock
from app.core.errors import Invalid

LEAGUE, KNOCKOUT = "league", "knockout"
PLAYED, AWARDED = "played", "awarded"
DISMISSED, REPLAY = "dismissed", "replay"
RESULT = (
    *("home_goals", "away_goals", "home_penalties", "away_penalties"),
    *("home_fair_play", "away_fair_play", "result_code"),
)
"""The columns of a fixture that say how it ended."""


def invalid(pointer: str, code: str) -> Invalid:
    """The refusal that names one field and one rule."""
    return Invalid(errors=[{"pointer": pointer, "code": code, "message": ""}])


def need_two(home_id: UUID, away_id: UUID) -> None:
    """Stop a match of a team with itself."""
    if home_id == away_id:
        raise invalid("/away_id", "same_team")


def need_within(division: Division, moments: Iterable[datetime], zone: str) -> None:
    """Stop matches outside the days of their division, as the calendar on the wall has them."""
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    if any(not division.starts_on <= day <= division.ends_on for day in days):
        first, last = division.starts_on.isoformat(), division.ends_on.isoformat()
        raise OutsideDivision(starts_on=first, ends_on=last)


def need_one_day(kick_offs: Sequence[Sequence[datetime]], a_day: int, zone: str) -> None:
    """Stop a day of play that runs into the next one."""
    for number in range(0, len(kick_offs), a_day):
        moments = [moment for each in kick_offs[number : number + a_day] for moment in each]
        if len({moment.astimezone(ZoneInfo(zone)).date() for moment in moments}) > 1:
            raise invalid("/every_minutes", "too_long_a_day")


def need_drawable(teams: int, drawn: bool) -> None:
    """Stop a second draw, and one of fewer or more teams than a draw takes."""
    if drawn:
        raise AlreadyDrawn
    if not draws.FEWEST <= teams <= draws.MOST:
        raise FewTeams(teams=teams, least=draws.FEWEST, most=draws.MOST)


def need_played(fixture: Fixture, division: Division, now: datetime) -> None:
    """Stop a result of a match that was cancelled, waits for a side, or lies ahead."""
    if fixture.cancelled_at is not None:
        raise MatchNotPlayed(because="cancelled")
    if fixture.home_id is None or fixture.away_id is None:
        raise MatchNotPlayed(because="waits_for_a_side")
    ahead = fixture.starts_at > now if fixture.starts_at else division.starts_on > clock.day_of(now)
    if ahead:
        raise MatchNotPlayed(because="ahead")


def need_no_result(fixture: Fixture) -> None:
    """Stop moving or cancelling a match that is over."""
    if fixture.result_code is not None:
        raise MatchPlayed


def need_result(fixture: Fixture) -> None:
    """Stop a protest against what has not happened."""
    if fixture.result_code is None:
        raise MatchNotPlayed(because="no_result")


def need_side(fixture: Fixture, entry_id: UUID) -> None:
    """Stop a protest of a team that did not play."""
    if entry_id not in (fixture.home_id, fixture.away_id):
        raise invalid("/entry_id", "not_in_this_match")


def need_undecided(protest: Protest) -> None:
    """Stop a second decision."""
    if protest.decided_at is not None:
        raise ProtestDecided


def need_decisive(fixture: Fixture, result: dict[str, Any]) -> None:
    """In a knock-out one side wins, by penalties if need be; in a league there are none."""
    level = result["home_goals"] == result["away_goals"]
    shot = result["home_penalties"], result["away_penalties"]
    if fixture.stage_code == KNOCKOUT and level and (None in shot or shot[0] == shot[1]):
        raise invalid("/home_penalties", "winner_needed")
    if shot != (None, None) and not (fixture.stage_code == KNOCKOUT and level):
        raise invalid("/home_penalties", "no_penalties_here")


def winner(fixture: Fixture) -> UUID | None:
    """Who goes on: the side with more goals, or more penalties; nobody before there is a result."""
    home = (fixture.home_goals, fixture.home_penalties or 0)
    away = (fixture.away_goals, fixture.away_penalties or 0)
    if fixture.result_code is None or home == away:
        return None
    return fixture.home_id if home > away else fixture.away_id


def advance(fixture: Fixture, following: Iterable[Fixture]) -> None:
    """Put the winner into the match that waits for it; stop where that match has been played by another."""
    goes_on = winner(fixture)
    for later in following:
        for side in ("home", "away"):
            if getattr(later, f"{side}_from_id") != fixture.id or getattr(later, f"{side}_id") == goes_on:
                continue
            if later.result_code is not None:
                raise NextMatchPlayed(fixture_id=str(later.id))
            setattr(later, f"{side}_id", goes_on)


def awarded(outcome: str, edition: Edition) -> dict[str, Any]:
    """The result that an upheld protest leaves: none where the match is played again."""
    nothing: dict[str, Any] = dict.fromkeys(RESULT)
    if outcome == REPLAY:
        return nothing
    to_home = outcome == "awarded_home"
    goals = {"home_goals": edition.award_goals * to_home, "away_goals": edition.award_goals * (not to_home)}
    return nothing | goals | {"result_code": AWARDED}


def seeded(entries: Iterable[Entry]) -> list[Entry]:
    """Entries by seed, those without one after, in the order in which they were entered."""
    return sorted(entries, key=lambda entry: (entry.seed is None, entry.seed or 0, entry.id))


def scoring(edition: Edition) -> Scoring:
    """What an edition says of points and order."""
    return Scoring(edition.win, edition.draw, edition.loss, tuple(edition.tie_break_codes), edition.again)


def counted(fixtures: Iterable[Fixture]) -> list[Score]:
    """The league matches that have a result."""
    return [
        Score(f.home_id, f.away_id, f.home_goals, f.away_goals, f.home_fair_play, f.away_fair_play)
        for f in fixtures
        if f.stage_code == LEAGUE
        and f.home_id
        and f.away_id
        and f.home_goals is not None
        and f.away_goals is not None
    ]


def known_days(starts_on: date, ends_on: date, first: date, last: date) -> None:
    """Stop a division outside the days of its edition."""
    if not (first <= starts_on and ends_on <= last):
        raise invalid("/starts_on", "outside_the_edition")


def without_result(entries: Collection[UUID], fixtures: Iterable[Fixture]) -> int:
    """How many matches a table does not know: set without a result, or of a pair that was never set."""
    league = [f for f in fixtures if f.stage_code == LEAGUE]
    open_matches = sum(f.result_code is None and f.cancelled_at is None for f in league)
    met = {frozenset((f.home_id, f.away_id)) for f in league}
    return open_matches + sum(frozenset(pair) not in met for pair in combinations(entries, 2))

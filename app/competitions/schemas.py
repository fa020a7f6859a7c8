"""What a client sends about a competition, and what it gets back."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.codelists.lists import coded, recorded
from app.competitions.models import Competition, Contender, Division, Edition
from app.competitions.queries import Named
from app.competitions.standings import Place
from app.core.given import Day, Flag, Given, Instant, Name, ShortText
from app.core.shown import Shown


def _whole(least: int, most: int) -> Any:
    return Field(strict=True, ge=least, le=most)


Goals = Annotated[int, _whole(0, 200)]
Points = Annotated[int, _whole(0, 100)]
Number = Annotated[int, _whole(1, 1000)]


def _once(codes: list[str]) -> list[str]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


TieBreaks = Annotated[list[Annotated[str, coded("tie_break")]], Field(max_length=8), AfterValidator(_once)]
USUAL = [
    *("h2h_points", "h2h_goal_difference", "h2h_goals", "goal_difference"),
    *("goals_for", "fair_play", "lots"),
]


class NewCompetition(Given):
    """A league or cup that the facility keeps."""

    id: UUID | None = None
    facility_id: UUID
    sport_code: Annotated[str, coded("sport")]
    name: ShortText


class NewContender(Given):
    """A team; `programme_id`: of one's own programme."""

    id: UUID | None = None
    name: Name
    programme_id: UUID | None = None


class _InOrder(Given):
    starts_on: Day
    ends_on: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("ends_before_it_begins", "Ends before it begins")
        return self


class NewEdition(_InOrder):
    """A competition once. Points, tie-breaks and who moves are its own."""

    id: UUID | None = None
    name: Name
    win: Points = 3
    draw: Points = 1
    loss: Points = 0
    tie_break_codes: TieBreaks = USUAL
    again: Flag = True
    promoted: Annotated[int, _whole(0, 24)] = 1
    relegated: Annotated[int, _whole(0, 24)] = 1
    roster_limit: Annotated[int, _whole(1, 60)] | None = None
    award_goals: Annotated[int, _whole(1, 30)] = 3
    source: ShortText | None = None


class AmendEdition(Given):
    """What changes about an edition; what is not sent stays."""

    name: Name = _kept()
    win: Points = _kept()
    draw: Points = _kept()
    loss: Points = _kept()
    tie_break_codes: TieBreaks = _kept()
    again: Flag = _kept()
    promoted: Annotated[int, _whole(0, 24)] = _kept()
    relegated: Annotated[int, _whole(0, 24)] = _kept()


class NewDivision(_InOrder):
    """Teams of one strength. `level`: 1 is the highest."""

    id: UUID | None = None
    name: Name
    level: Annotated[int, _whole(1, 50)]
    place: ShortText | None = None
    source: ShortText | None = None


class NewEntry(Given):
    """A team in the division. `stated_rank` and `stated_points`: what others say of how it ended."""

    id: UUID | None = None
    contender_id: UUID
    seed: Number | None = None
    lot: Number | None = None
    stated_rank: Number | None = None
    stated_points: Annotated[int, _whole(0, 1000)] | None = None


class AmendEntry(Given):
    """What changes about an entry; what is not sent stays."""

    seed: Number | None = None
    lot: Number | None = None
    stated_rank: Number | None = None
    stated_points: Annotated[int, _whole(0, 1000)] | None = None


class NewFixture(Given):
    """One match of the league. Without `starts_at` the moment is not known."""

    id: UUID | None = None
    home_id: UUID
    away_id: UUID
    round: Annotated[int, _whole(1, 100)] | None = None
    starts_at: Instant | None = None
    place: ShortText | None = None


class DrawFixtures(Given):
    """Draw a whole stage. Without `first` no kick-off is set.

    `rest_days`: whole days without a match between two days of play. `every_minutes`: from one match to the
    next on the same pitch.
    """

    stage_code: Annotated[str, coded("fixture_stage")]
    twice: Flag = False
    first: Instant | None = None
    rounds_per_day: Annotated[int, _whole(1, 4)] = 1
    rest_days: Annotated[int, _whole(0, 30)] = 0
    pitches: Annotated[int, _whole(1, 20)] = 1
    every_minutes: Annotated[int, _whole(30, 600)] = 90


class MoveFixture(Given):
    """Another moment or place; what is not sent stays, and null is a moment that is not known."""

    starts_at: Instant | None = None
    place: ShortText = _kept()


class CancelFixture(Given):
    """Why it is not played."""

    reason_code: Annotated[str, coded("session_cancel_reason")]


class GiveResult(Given):
    """How it ended. Fair play: points for cards, the fewer the better; what is not sent is not known."""

    home_goals: Goals
    away_goals: Goals
    home_penalties: Goals | None = None
    away_penalties: Goals | None = None
    home_fair_play: Goals | None = None
    away_fair_play: Goals | None = None
    walkover: Flag = False


class NewProtest(Given):
    """A side protests against the result."""

    id: UUID | None = None
    entry_id: UUID
    reason_code: Annotated[str, coded("protest_reason")]


class DecideProtest(Given):
    """What was decided."""

    outcome_code: Annotated[str, coded("protest_outcome")]


class _Out(Shown):
    model_config = ConfigDict(extra="ignore")


class CompetitionRow(_Out):
    """A competition as a line of a list."""

    id: UUID
    version: int
    facility_id: UUID
    sport_code: Annotated[str, recorded("sport")]
    name: str


class ContenderOut(_Out):
    """A team, one's own where it has a programme."""

    id: UUID
    version: int
    name: str
    programme_id: UUID | None


class EditionOut(_Out):
    """An edition with what it says of points, order and movement."""

    id: UUID
    version: int
    name: str
    starts_on: date
    ends_on: date
    win: int
    draw: int
    loss: int
    tie_break_codes: list[Annotated[str, recorded("tie_break")]]
    again: bool
    promoted: int
    relegated: int
    roster_limit: int | None
    award_goals: int
    source: str


class DivisionOut(_Out):
    """A division."""

    id: UUID
    version: int
    edition_id: UUID
    name: str
    level: int
    place: str
    starts_on: date
    ends_on: date
    source: str


class EntryOut(_Out):
    """A team in a division."""

    id: UUID
    version: int
    contender_id: UUID
    name: str
    seed: int | None
    lot: int | None
    stated_rank: int | None
    stated_points: int | None

    @classmethod
    def of(cls, named: Named) -> Self:
        """The record with the team's name."""
        return cls.model_validate(named.entry.model_dump() | {"name": named.name})


class CompetitionOut(CompetitionRow):
    """A competition with its teams and editions."""

    contenders: list[ContenderOut]
    editions: list[EditionOut]

    @classmethod
    def of(
        cls, competition: Competition, contenders: Iterable[Contender], editions: Iterable[Edition]
    ) -> Self:
        """The record with what belongs to it."""
        teams, years = [one.model_dump() for one in contenders], [one.model_dump() for one in editions]
        return cls.model_validate(competition.model_dump() | {"contenders": teams, "editions": years})


class EditionWithDivisions(EditionOut):
    """An edition with its divisions, the highest first."""

    divisions: list[DivisionOut]

    @classmethod
    def of(cls, edition: Edition, divisions: Iterable[Division]) -> Self:
        """The record with what belongs to it."""
        return cls.model_validate(edition.model_dump() | {"divisions": [d.model_dump() for d in divisions]})


class DivisionWithEntries(DivisionOut):
    """A division with its teams."""

    entries: list[EntryOut]

    @classmethod
    def of(cls, division: Division, entries: Iterable[Named]) -> Self:
        """The record with what belongs to it."""
        shown = [EntryOut.of(each).model_dump() for each in entries]
        return cls.model_validate(division.model_dump() | {"entries": shown})


class FixtureOut(_Out):
    """A match: its sides, its moment where known, its result where there is one."""

    id: UUID
    version: int
    division_id: UUID
    stage_code: Annotated[str, recorded("fixture_stage")]
    round: int | None
    home_id: UUID | None
    away_id: UUID | None
    home_from_id: UUID | None
    away_from_id: UUID | None
    starts_at: datetime | None
    place: str
    home_goals: int | None
    away_goals: int | None
    home_penalties: int | None
    away_penalties: int | None
    home_fair_play: int | None
    away_fair_play: int | None
    result_code: Annotated[str, recorded("result_kind")] | None
    cancelled_at: datetime | None
    cancel_reason_code: Annotated[str, recorded("session_cancel_reason")] | None


class FixturesOut(_Out):
    """The matches that were drawn, round by round."""

    items: list[FixtureOut]


class ProtestOut(_Out):
    """A protest, and what was decided."""

    id: UUID
    version: int
    fixture_id: UUID
    entry_id: UUID
    reason_code: Annotated[str, recorded("protest_reason")]
    created_at: datetime
    outcome_code: Annotated[str, recorded("protest_outcome")] | None
    decided_at: datetime | None


class ProtestsOut(_Out):
    """The protests against a result, oldest first."""

    items: list[ProtestOut]


class StandingOut(_Out):
    """One line of a table. `level_with`: how many share the place. `movement_code`: once all is played."""

    entry_id: UUID
    contender_id: UUID
    name: str
    rank: int
    level_with: int
    played: int
    won: int
    drawn: int
    lost: int
    goals_for: int
    goals_against: int
    goal_difference: int
    points: int
    movement_code: Annotated[str, recorded("movement")] | None
    stated_rank: int | None
    stated_points: int | None

    @classmethod
    def of(cls, place: Place, named: Named, movement_code: str | None) -> Self:
        """A place with the team that holds it."""
        tally = place.tally
        counted = {name: getattr(tally, name) for name in cls.model_fields if hasattr(tally, name)}
        said = {"name": named.name, "rank": place.rank, "level_with": place.level_with}
        entry = named.entry.model_dump() | {"entry_id": named.entry.id}
        return cls.model_validate(entry | counted | said | {"movement_code": movement_code})


class StandingsOut(_Out):
    """A table, from the results on file. `without_result`: matches that it does not know."""

    division_id: UUID
    complete: bool
    without_result: int
    rows: list[StandingOut]

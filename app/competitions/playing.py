"""What can be done to matches: drawn, moved, cancelled, ended, protested against."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.audit import actions as audit
from app.competitions import draws, queries, rules
from app.competitions.actions import managed
from app.competitions.draws import Side, Timetable
from app.competitions.models import Division, Edition, Entry, Fixture, Protest
from app.competitions.schemas import (
    CancelFixture,
    DecideProtest,
    DrawFixtures,
    FixtureOut,
    GiveResult,
    MoveFixture,
    NewFixture,
    NewProtest,
    ProtestOut,
)
from app.core import clock
from app.core.config import settings
from app.core.errors import Clash, NotFound, Stale
from app.core.ids import new_id


async def add_fixture(
    session: AsyncSession, actor: Actor, division_id: UUID, given: NewFixture
) -> tuple[Fixture, bool]:
    """Set one match of the league; False beside it when this very one was there already."""
    division = await managed(session, actor, Division, division_id)
    rules.need_two(given.home_id, given.away_id)
    within = {"division_id": division.id, "facility_id": division.facility_id, "stage_code": rules.LEAGUE}
    made = Fixture.model_validate(given.model_dump(exclude_none=True) | within)
    if known := await queries.find(session, Fixture, made.id):
        if any(getattr(known, name) != getattr(made, name) for name in (*NewFixture.model_fields, *within)):
            raise Clash
        return known, False
    here = {named.entry.id for named in await queries.entries(session, division.id)}
    for side in ("home_id", "away_id"):
        if getattr(given, side) not in here:
            raise rules.invalid(f"/{side}", "not_of_this_division")
    rules.need_within(division, [given.starts_at] if given.starts_at else [], settings().time_zone)
    session.add(made)
    audit.record(session, actor, "fixture.add", [made.id, division.id])
    await session.flush()
    return made, True


async def draw(session: AsyncSession, actor: Actor, division_id: UUID, given: DrawFixtures) -> list[Fixture]:
    """Draw a whole stage once: each pair of a league, or a bracket by seeds, with days of rest."""
    division = await managed(session, actor, Division, division_id, lock=True)
    entries = rules.seeded(named.entry for named in await queries.entries(session, division.id))
    rules.need_drawable(len(entries), await queries.drawn(session, division, given.stage_code))
    made = _league(entries, given) if given.stage_code == rules.LEAGUE else _bracket(entries)
    _set_moments(division, made, given)
    session.add_all(made)
    audit.record(session, actor, "fixture.draw", [division.id, *(each.id for each in made)])
    await session.flush()
    return made


async def move_fixture(
    session: AsyncSession, actor: Actor, fixture_id: UUID, version: int, given: MoveFixture
) -> Fixture:
    """Give a match another moment or place; what is not sent stays."""
    fixture, division = await _taken(session, actor, fixture_id, version)
    rules.need_no_result(fixture)
    rules.need_within(division, [given.starts_at] if given.starts_at else [], settings().time_zone)
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(fixture, name, value)
    return await _saved(session, actor, fixture, "fixture.move")


async def cancel_fixture(
    session: AsyncSession, actor: Actor, fixture_id: UUID, version: int, given: CancelFixture
) -> Fixture:
    """Say that a match is not played, and why."""
    fixture, _ = await _taken(session, actor, fixture_id, version)
    rules.need_no_result(fixture)
    fixture.cancelled_at, fixture.cancel_reason_code = clock.now(), given.reason_code
    return await _saved(session, actor, fixture, "fixture.cancel")


async def give_result(
    session: AsyncSession, actor: Actor, fixture_id: UUID, version: int, given: GiveResult
) -> Fixture:
    """Say how a match ended; it takes the place of an earlier result. In a knock-out the winner goes on."""
    fixture, division = await _taken(session, actor, fixture_id, version)
    rules.need_played(fixture, division, clock.now())
    result = given.model_dump(exclude={"walkover"})
    rules.need_decisive(fixture, result)
    result["result_code"] = "walkover" if given.walkover else rules.PLAYED
    return await _end(session, actor, fixture, result, "fixture.result")


async def protest(
    session: AsyncSession, actor: Actor, fixture_id: UUID, given: NewProtest
) -> tuple[Protest, bool]:
    """Keep a side's protest against a result; False beside it when this very one was there already."""
    fixture = await managed(session, actor, Fixture, fixture_id)
    whose = {"division_id": fixture.division_id, "facility_id": fixture.facility_id}
    made = Protest.model_validate(given.model_dump(exclude_none=True) | whose | {"fixture_id": fixture.id})
    if known := await queries.find(session, Protest, made.id):
        if any(
            getattr(known, name) != getattr(made, name) for name in ("fixture_id", *NewProtest.model_fields)
        ):
            raise Clash
        return known, False
    rules.need_result(fixture)
    rules.need_side(fixture, given.entry_id)
    session.add(made)
    audit.record(session, actor, "protest.add", [made.id, fixture.id])
    await session.flush()
    return made, True


async def decide_protest(
    session: AsyncSession, actor: Actor, protest_id: UUID, version: int, given: DecideProtest
) -> Protest:
    """Decide a protest: the result stands, is awarded to a side, or the match is played again."""
    record = await managed(session, actor, Protest, protest_id, lock=True)
    if record.version != version:
        raise Stale(current=ProtestOut.model_validate(record).model_dump(mode="json"))
    rules.need_undecided(record)
    fixture = await managed(session, actor, Fixture, record.fixture_id, lock=True)
    if given.outcome_code != rules.DISMISSED:
        edition = await _edition(session, actor, fixture.division_id)
        await _end(session, actor, fixture, rules.awarded(given.outcome_code, edition), "fixture.award")
    record.outcome_code, record.decided_at = given.outcome_code, clock.now()
    audit.record(session, actor, "protest.decide", [record.id, fixture.id])
    await session.flush()
    return record


def _league(entries: Sequence[Entry], given: DrawFixtures) -> list[Fixture]:
    rounds = draws.round_robin(len(entries), given.twice)
    return [
        _fixture(entries[0], rules.LEAGUE, number, home_id=entries[home].id, away_id=entries[away].id)
        for number, pairs in enumerate(rounds, 1)
        for home, away in pairs
    ]


def _bracket(entries: Sequence[Entry]) -> list[Fixture]:
    made: list[Fixture] = []

    def side(name: str, one: Side) -> dict[str, UUID]:
        if one.winner_of is not None:
            return {f"{name}_from_id": made[one.winner_of].id}
        return {f"{name}_id": entries[one.seed or 0].id}

    for tie in draws.knockout(len(entries)):
        sides = side("home", tie.home) | side("away", tie.away)
        made.append(_fixture(entries[0], rules.KNOCKOUT, tie.round, **sides))
    return made


def _fixture(like: Entry, stage_code: str, number: int, **sides: UUID) -> Fixture:
    said = {"division_id": like.division_id, "facility_id": like.facility_id, "id": new_id()}
    return Fixture.model_validate(said | sides | {"stage_code": stage_code, "round": number})


def _set_moments(division: Division, made: Sequence[Fixture], given: DrawFixtures) -> None:
    for fixture in made:
        fixture.place = division.place
    if given.first is None:
        return
    rounds = [[f for f in made if f.round == number] for number in range(1, (made[-1].round or 0) + 1)]
    said = (given.first, given.rounds_per_day, given.rest_days, given.pitches, given.every_minutes)
    zone = settings().time_zone
    moments = draws.kick_offs([len(each) for each in rounds], Timetable(*said, zone))
    rules.need_one_day(moments, given.rounds_per_day, zone)
    rules.need_within(division, [moment for each in moments for moment in each], zone)
    for fixtures, begins in zip(rounds, moments, strict=True):
        for fixture, moment in zip(fixtures, begins, strict=True):
            fixture.starts_at = moment


async def _taken(
    session: AsyncSession, actor: Actor, fixture_id: UUID, version: int
) -> tuple[Fixture, Division]:
    """The match as it was when the caller decided, nobody else's to change until this is done."""
    fixture = await managed(session, actor, Fixture, fixture_id, lock=True)
    if fixture.version != version:
        raise Stale(current=FixtureOut.model_validate(fixture).model_dump(mode="json"))
    division = await queries.find(session, Division, fixture.division_id)
    if division is None:
        raise NotFound
    return fixture, division


async def _edition(session: AsyncSession, actor: Actor, division_id: UUID) -> Edition:
    division = await managed(session, actor, Division, division_id)
    return await managed(session, actor, Edition, division.edition_id)


async def _end(
    session: AsyncSession, actor: Actor, fixture: Fixture, result: dict[str, int | str | None], action: str
) -> Fixture:
    for name, value in result.items():
        setattr(fixture, name, value)
    if fixture.stage_code == rules.KNOCKOUT:
        rules.advance(fixture, await queries.following(session, fixture))
    return await _saved(session, actor, fixture, action)


async def _saved(session: AsyncSession, actor: Actor, fixture: Fixture, action: str) -> Fixture:
    audit.record(session, actor, action, [fixture.id, fixture.division_id])
    await session.flush()
    return fixture

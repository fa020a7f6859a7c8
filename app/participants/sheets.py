"""Match sheets: who plays for a team of one's own, and where. What bars somebody is named by place."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission
from app.audit import actions as audit
from app.competitions import actions as competitions
from app.competitions import queries as competition_queries
from app.competitions import rules as competition_rules
from app.competitions.models import Contender, Division, Entry, Fixture
from app.core import clock
from app.core.errors import Invalid, Stale
from app.milestones import actions as milestones
from app.participants import queries, rosters, rules
from app.participants.fitness import Wanted, faults
from app.participants.models import Enrolment, MatchPlayer
from app.participants.schemas import PlayerOut, SheetOut, WriteSheet
from app.programmes import queries as programmes

COMPETED = "sport_compete"


async def write(
    session: AsyncSession, actor: Actor, fixture_id: UUID, version: int, given: WriteSheet
) -> SheetOut:
    """Name who plays for a side; it takes the place of an earlier sheet of that side."""
    fixture = await competitions.managed(session, actor, Fixture, fixture_id, lock=True)
    if fixture.version != version:
        raise Stale(current={"id": str(fixture.id), "version": fixture.version})
    competition_rules.need_side(fixture, given.entry_id)
    division = await competition_queries.division(session, _reading(actor), fixture.division_id)
    edition = await competition_queries.edition(session, _reading(actor), division.edition_id)
    rules.need_roster(edition.roster_limit, len(given.players))
    programme_id = await _own_programme(session, given.entry_id)
    programme = await programmes.get(session, _reading(actor), programme_id)
    people = await queries.enrolled(session, programme_id, [each.enrolment_id for each in given.players])
    await _need_fit(session, programme.sport_code, people, given, _day_of(fixture, division))
    await _replace(session, actor, fixture, people, given)
    audit.record(session, actor, "sheet.write", [fixture.id, *(row.id for row in people)])
    await session.flush()
    await competed(session, actor, fixture.id)
    return await _sheet(session, fixture)


async def read(session: AsyncSession, actor: Actor, fixture_id: UUID) -> SheetOut:
    """Who stands on the sheets of a match: of one's own facility, or of the own files."""
    grant = actor.grant(Permission.PARTICIPANT_READ)
    fixture = await competition_queries.fixture(session, _reading(actor), fixture_id)
    found = await _sheet(session, fixture)
    ids = [fixture.id, *(each.enrolment_id for each in found.players)]
    audit.record(session, grant.actor, "sheet.read", ids)
    return found


async def competed(session: AsyncSession, actor: Actor, fixture_id: UUID) -> None:
    """A match that was played shows of everybody on its sheets that they competed."""
    grant = actor.grant(Permission.COMPETITION_MANAGE)
    fixture = await competition_queries.fixture(session, grant, fixture_id)
    if fixture.result_code != competition_rules.PLAYED:
        return
    division = await competition_queries.division(session, _reading(actor), fixture.division_id)
    day = _day_of(fixture, division)
    for _, row in await queries.on_sheet(session, fixture.id):
        await milestones.reach(session, actor, rules.file_of(row), COMPETED, day, "fixture", fixture.id)


async def _need_fit(
    session: AsyncSession,
    sport_code: str | None,
    people: Sequence[Enrolment],
    given: WriteSheet,
    day: date,
) -> None:
    """Stop who may not play, each by place; then a roster and a beginning that the sport does not allow."""
    wanted = [Wanted(each.enrolment_id, each.position_code) for each in given.players]
    found = [(place, at, code) for place, at, code in await faults(session, sport_code, people, wanted, day)]
    limits = rosters.of(sport_code)
    by_id = {row.id: row.roster_weight for row in people}
    weights = [by_id.get(each.enrolment_id) for each in given.players]
    starts = [each.starts for each in given.players]
    not_classified = rosters.unknown(limits, weights, starts)
    found += [(place, "enrolment_id", "not_classified") for place in not_classified if not found]
    if found:
        raise Invalid(
            errors=[
                {"pointer": f"/players/{at}/{name}", "code": code, "message": ""} for at, name, code in found
            ]
        )
    rosters.need_roster(limits, weights)
    rosters.need_court(limits, [each for each, first in zip(weights, starts, strict=True) if first])


async def _own_programme(session: AsyncSession, entry_id: UUID) -> UUID:
    """The programme of the side, which must be a team of one's own."""
    entry = await competition_queries.find(session, Entry, entry_id)
    team = await competition_queries.find(session, Contender, entry.contender_id) if entry else None
    if team is None or team.programme_id is None:
        raise Invalid(errors=[{"pointer": "/entry_id", "code": "not_an_own_team", "message": ""}])
    return team.programme_id


async def _replace(
    session: AsyncSession, actor: Actor, fixture: Fixture, people: Iterable[Enrolment], given: WriteSheet
) -> None:
    table = MatchPlayer
    earlier = sa.delete(table).where(
        col(table.fixture_id) == fixture.id, col(table.entry_id) == given.entry_id
    )
    await session.exec(earlier)
    said = {each.enrolment_id: each.model_dump() for each in given.players}
    at = {"fixture_id": fixture.id, "division_id": fixture.division_id, "entry_id": given.entry_id}
    session.add_all(
        MatchPlayer.model_validate(
            row.model_dump(include={"owner_id", "team_id", "programme_id", "facility_id"})
            | at
            | said[row.id]
            | {"by_id": actor.user_id}
        )
        for row in people
    )


async def _sheet(session: AsyncSession, fixture: Fixture) -> SheetOut:
    rows = await queries.on_sheet(session, fixture.id)
    players = [PlayerOut.of(player, row) for player, row in rows]
    return SheetOut(version=fixture.version, fixture_id=fixture.id, players=players)


def _reading(actor: Actor) -> Grant:
    return actor.grant(Permission.PROGRAMME_READ)


def _day_of(fixture: Fixture, division: Division) -> date:
    """The day of a match; where it is not known, the last day on which it can be."""
    if fixture.starts_at is None:
        return min(division.ends_on, max(division.starts_on, clock.today()))
    return clock.day_of(fixture.starts_at)

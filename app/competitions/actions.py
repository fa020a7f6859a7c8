"""What can be done to a competition, its editions, divisions and teams. The only code that changes them."""

from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.competitions import queries, rules
from app.competitions.models import Competition, Contender, Division, Edition, Entry
from app.competitions.queries import K
from app.competitions.schemas import (
    AmendEdition,
    AmendEntry,
    EditionOut,
    NewCompetition,
    NewContender,
    NewDivision,
    NewEdition,
    NewEntry,
)
from app.core.errors import Clash, NotFound, Stale
from app.organisations import queries as organisations
from app.programmes import queries as programmes
from app.programmes.rules import need_organiser

N = TypeVar("N", Competition, Contender, Edition, Division, Entry)
CREATED = {"created_at", "version"}


async def found(session: AsyncSession, actor: Actor, given: NewCompetition) -> tuple[Competition, bool]:
    """Begin a competition; False beside it when this very one was there already."""
    grant = actor.grant(Permission.COMPETITION_MANAGE)
    need_organiser(grant, given.facility_id)
    try:
        await organisations.facility(session, actor.grant(Permission.DIRECTORY_READ), given.facility_id)
    except NotFound:
        raise rules.invalid("/facility_id", "not_in_directory") from None
    return await _add(session, actor, Competition, given, "competition.found")


async def add_contender(
    session: AsyncSession, actor: Actor, competition_id: UUID, given: NewContender
) -> tuple[Contender, bool]:
    """Name a team that takes part; one's own by its programme."""
    competition = await managed(session, actor, Competition, competition_id)
    if given.programme_id:
        await _need_programme(session, actor, given.programme_id, competition)
    return await _add(session, actor, Contender, given, "contender.add", **_of(competition))


async def add_edition(
    session: AsyncSession, actor: Actor, competition_id: UUID, given: NewEdition
) -> tuple[Edition, bool]:
    """Begin an edition, with its points and tie-breaks."""
    competition = await managed(session, actor, Competition, competition_id)
    return await _add(session, actor, Edition, given, "edition.add", **_of(competition))


async def amend_edition(
    session: AsyncSession, actor: Actor, edition_id: UUID, version: int, given: AmendEdition
) -> Edition:
    """Change what an edition says; its tables are read anew."""
    edition = await managed(session, actor, Edition, edition_id, lock=True)
    if edition.version != version:
        raise Stale(current=EditionOut.model_validate(edition).model_dump(mode="json"))
    return await _amend(session, actor, edition, given, "edition.amend")


async def add_division(
    session: AsyncSession, actor: Actor, edition_id: UUID, given: NewDivision
) -> tuple[Division, bool]:
    """Make a division, within the days of its edition."""
    edition = await managed(session, actor, Edition, edition_id)
    rules.known_days(given.starts_on, given.ends_on, edition.starts_on, edition.ends_on)
    above = {"edition_id": edition.id, "competition_id": edition.competition_id}
    whose = above | {"facility_id": edition.facility_id}
    return await _add(session, actor, Division, given, "division.add", **whose)


async def add_entry(
    session: AsyncSession, actor: Actor, division_id: UUID, given: NewEntry
) -> tuple[Entry, bool]:
    """Put a team into a division."""
    division = await managed(session, actor, Division, division_id, lock=True)
    contender = await queries.find(session, Contender, given.contender_id)
    if contender is None or contender.competition_id != division.competition_id:
        raise rules.invalid("/contender_id", "not_of_this_competition")
    above = {"division_id": division.id, "competition_id": division.competition_id}
    whose = above | {"facility_id": division.facility_id}
    return await _add(session, actor, Entry, given, "entry.add", **whose)


async def amend_entry(
    session: AsyncSession, actor: Actor, entry_id: UUID, version: int, given: AmendEntry
) -> Entry:
    """Give an entry another seed or lot, or what others say of how it ended."""
    entry = await managed(session, actor, Entry, entry_id, lock=True)
    if entry.version != version:
        raise Stale(
            current=entry.model_dump(mode="json", include={"id", "version", *AmendEntry.model_fields})
        )
    return await _amend(session, actor, entry, given, "entry.amend")


async def managed(
    session: AsyncSession, actor: Actor, kind: type[K], record_id: UUID, lock: bool = False
) -> K:
    """A record of the actor's facility; NotFound without it, Forbidden where another facility keeps it."""
    grant = actor.grant(Permission.COMPETITION_MANAGE)
    record = await queries.get(session, grant, kind, record_id)
    need_organiser(grant, record.facility_id)
    return await queries.get(session, grant, kind, record_id, lock=True) if lock else record


async def _need_programme(
    session: AsyncSession, actor: Actor, programme_id: UUID, competition: Competition
) -> None:
    """A team of one's own comes from a programme of the same facility and sport."""
    programme = await programmes.find(session, actor.grant(Permission.PROGRAMME_READ), programme_id)
    mine = programme is not None and programme.facility_id == competition.facility_id
    if not mine or programme is None or programme.sport_code != competition.sport_code:
        raise rules.invalid("/programme_id", "not_of_this_sport")


async def _add(
    session: AsyncSession, actor: Actor, kind: type[N], given: Any, action: str, **whose: UUID
) -> tuple[N, bool]:
    """Save a new record. The id may be the client's: the same again is what exists."""
    made = kind.model_validate(given.model_dump(exclude_none=True) | whose)
    if known := await queries.find(session, kind, made.id):
        if known.model_dump(exclude=CREATED) != made.model_dump(exclude=CREATED):
            raise Clash
        return known, False
    session.add(made)
    audit.record(session, actor, action, [made.id, *whose.values()])
    await session.flush()
    return made, True


async def _amend(session: AsyncSession, actor: Actor, record: N, given: Any, action: str) -> N:
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(record, name, value)
    audit.record(session, actor, action, record.id)
    await session.flush()
    return record


def _of(competition: Competition) -> dict[str, UUID]:
    return {"competition_id": competition.id, "facility_id": competition.facility_id}

"""What can be done to a programme. The only code that changes one."""

import secrets
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.config import settings
from app.core.errors import Clash, Invalid, NotFound, Stale
from app.organisations import queries as organisations
from app.organisations import rules as directory
from app.organisations.models import Organisation
from app.programmes import queries, recurrence, rules
from app.programmes.models import Group, Programme, Reached, Season, Session, Staff
from app.programmes.schemas import (
    AmendProgramme,
    CancelSession,
    CountPeople,
    HeldOut,
    NewGroup,
    NewProgramme,
    NewSeason,
    NewStaff,
    PlanSessions,
    ProgrammeRow,
    SeasonOut,
    StaffOut,
)

N = TypeVar("N", Season, Group, Staff)
CREATED = {"created_at", "version"}


async def found(session: AsyncSession, actor: Actor, given: NewProgramme) -> tuple[Programme, bool]:
    """Begin a programme; False beside it when this very one was there already."""
    grant = actor.grant(Permission.PROGRAMME_MANAGE)
    rules.need_organiser(grant, given.facility_id)
    rules.need_sport(given.kind_code, given.sport_code)
    if given.id and (known := await queries.find(session, grant, given.id)):
        return _same(known, given), False
    await _need_facility(session, actor, given.facility_id)
    programme = Programme.model_validate(given.model_dump(exclude_none=True))
    session.add(programme)
    audit.record(session, actor, "programme.found", programme.id)
    await session.flush()
    return programme, True


async def amend(
    session: AsyncSession, actor: Actor, programme_id: UUID, version: int, given: AmendProgramme
) -> Programme:
    """Change what is said of a programme, or end it."""
    programme = await managed(session, actor, programme_id)
    _need_version(programme.version, version, ProgrammeRow.model_validate(programme))
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(programme, name, value)
    audit.record(session, actor, "programme.amend", programme.id)
    await session.flush()
    return programme


async def add_season(
    session: AsyncSession, actor: Actor, programme_id: UUID, given: NewSeason
) -> tuple[Season, bool]:
    """Begin a season; False beside it when this very one was there already."""
    programme = await managed(session, actor, programme_id)
    rules.need_running(programme, clock.today())
    season = Season.model_validate(given.model_dump(exclude_none=True) | _of(programme))
    return await _add(session, actor, season, "season.add")


async def close_season(
    session: AsyncSession, actor: Actor, programme_id: UUID, season_id: UUID, version: int
) -> Season:
    """Close a season: it takes no session and no attendance any more."""
    programme = await managed(session, actor, programme_id)
    season = await queries.part(session, programme, Season, season_id)
    _need_version(season.version, version, SeasonOut.model_validate(season))
    rules.need_open(season)
    season.closed_at = clock.now()
    audit.record(session, actor, "season.close", [season.id, programme.id])
    await session.flush()
    return season


async def add_group(
    session: AsyncSession, actor: Actor, programme_id: UUID, given: NewGroup
) -> tuple[Group, bool]:
    """Make a group; False beside it when this very one was there already."""
    programme = await managed(session, actor, programme_id)
    rules.need_running(programme, clock.today())
    group = Group.model_validate(given.model_dump(exclude_none=True) | _of(programme))
    return await _add(session, actor, group, "group.add")


async def add_staff(
    session: AsyncSession, actor: Actor, programme_id: UUID, given: NewStaff
) -> tuple[Staff, bool]:
    """Name somebody of the facility who works in the programme; False when that was said already."""
    programme = await managed(session, actor, programme_id)
    rules.need_running(programme, clock.today())
    if not await queries.works_at(session, given.user_id, programme.facility_id):
        raise Invalid(errors=[{"pointer": "/user_id", "code": "not_at_this_facility", "message": ""}])
    staff = Staff.model_validate(given.model_dump(exclude_none=True) | _of(programme))
    return await _add(session, actor, staff, "staff.add")


async def end_staff(
    session: AsyncSession, actor: Actor, programme_id: UUID, staff_id: UUID, version: int
) -> Staff:
    """Somebody works in the programme no more."""
    programme = await managed(session, actor, programme_id)
    staff = await queries.part(session, programme, Staff, staff_id)
    _need_version(staff.version, version, StaffOut.model_validate(staff.model_dump() | {"display_name": ""}))
    staff.ended_on = staff.ended_on or clock.today()
    audit.record(session, actor, "staff.end", [staff.id, programme.id])
    await session.flush()
    return staff


async def plan_sessions(
    session: AsyncSession, actor: Actor, programme_id: UUID, given: PlanSessions
) -> tuple[list[Session], bool]:
    """Plan a session or a series within an open season; False beside it when it was there already."""
    programme = await managed(session, actor, programme_id, Permission.PROGRAMME_SESSION)
    season = await _part(session, programme, Season, given.season_id, "/season_id")
    if given.group_id:
        await _part(session, programme, Group, given.group_id, "/group_id")
    if given.id and (known := await session.get(Session, given.id)):
        return [_same_session(known, programme, given)], False
    rules.need_running(programme, clock.today())
    rules.need_open(season)
    await _need_partner(session, actor, given.partner_id)
    planned = _planned(programme, season, given)
    session.add_all(planned)
    audit.record(session, actor, "session.plan", [programme.id, *(each.id for each in planned)])
    await session.flush()
    return planned, True


async def cancel_session(
    session: AsyncSession, actor: Actor, session_id: UUID, version: int, given: CancelSession
) -> Session:
    """Say that a session does not take place, and why."""
    one, season = await run(session, actor, session_id, Permission.PROGRAMME_SESSION)
    _need_version(one.version, version, HeldOut.model_validate(one))
    rules.need_open(season)
    one.cancelled_at, one.cancel_reason_code = clock.now(), given.reason_code
    audit.record(session, actor, "session.cancel", [one.id, one.programme_id])
    await session.flush()
    return one


async def count_people(
    session: AsyncSession, actor: Actor, session_id: UUID, version: int, given: CountPeople
) -> Session:
    """Say whom a community session reached, by sex and age band; it takes the place of an earlier count."""
    one, season = await run(session, actor, session_id, Permission.PROGRAMME_ATTENDANCE)
    _need_version(one.version, version, HeldOut.model_validate(one))
    rules.need_kind(one, community=True)
    rules.need_open(season)
    rules.need_held(one, clock.now())
    await _need_partner(session, actor, given.partner_id)
    for name, value in given.model_dump(exclude={"people"}, exclude_unset=True).items():
        setattr(one, name, value if value is not None else ("" if name == "village" else None))
    one.noted_at = clock.now()
    await session.exec(sa.delete(Reached).where(col(Reached.session_id) == one.id))
    whose = {"session_id": one.id, "programme_id": one.programme_id, "facility_id": one.facility_id}
    session.add_all(Reached.model_validate(each.model_dump() | whose) for each in given.people)
    audit.record(session, actor, "session.count", [one.id, one.programme_id])
    await session.flush()
    return one


async def open_feed(
    session: AsyncSession, actor: Actor, programme_id: UUID, version: int
) -> tuple[Programme, str]:
    """Give the programme's calendar an address with a secret in it; the one before stops working."""
    programme = await managed(session, actor, programme_id)
    _need_version(programme.version, version, ProgrammeRow.model_validate(programme))
    secret = secrets.token_urlsafe(32)
    programme.feed_hash = rules.feed_hash(secret)
    audit.record(session, actor, "programme.open_feed", programme.id)
    await session.flush()
    return programme, secret


async def close_feed(session: AsyncSession, actor: Actor, programme_id: UUID, version: int) -> Programme:
    """Take the address of the programme's calendar back."""
    programme = await managed(session, actor, programme_id)
    _need_version(programme.version, version, ProgrammeRow.model_validate(programme))
    programme.feed_hash = None
    audit.record(session, actor, "programme.close_feed", programme.id)
    await session.flush()
    return programme


async def managed(
    session: AsyncSession,
    actor: Actor,
    programme_id: UUID,
    permission: Permission = Permission.PROGRAMME_MANAGE,
    lock: bool = False,
) -> Programme:
    """A programme that the actor organises; NotFound without it, Forbidden where another facility does."""
    grant = actor.grant(permission)
    programme = await queries.get(session, grant, programme_id, lock)
    rules.need_organiser(grant, programme.facility_id)
    return programme


async def run(
    session: AsyncSession, actor: Actor, session_id: UUID, permission: Permission
) -> tuple[Session, Season]:
    """A session, with its season, of a programme that the actor organises."""
    grant = actor.grant(permission)
    one, season = await queries.held(session, grant, session_id)
    rules.need_organiser(grant, one.facility_id)
    return one, season


async def noted(session: AsyncSession, actor: Actor, session_id: UUID) -> tuple[Session, Season, Programme]:
    """A session that the actor organises, nobody else's to note until this is done; season and programme."""
    grant = actor.grant(Permission.PROGRAMME_ATTENDANCE)
    found = await queries.to_note(session, grant, session_id)
    rules.need_organiser(grant, found[0].facility_id)
    return found


def _planned(programme: Programme, season: Season, given: PlanSessions) -> list[Session]:
    zone, repeat = settings().time_zone, given.repeat
    moments, text = [given.starts_at], None
    if repeat:
        asked = (given.starts_at, repeat.weekdays, repeat.every_weeks, repeat.until, repeat.but)
        moments = recurrence.moments(*asked, zone)
        text = recurrence.text(repeat.weekdays, repeat.every_weeks, repeat.until)
    rules.need_within(season, moments, zone)
    told = given.model_dump(exclude={"repeat", "starts_at"}, exclude_none=True) | _of(programme)
    return [Session.model_validate(told | {"starts_at": each, "repeats": text}) for each in moments]


def _of(programme: Programme) -> dict[str, UUID]:
    return {"programme_id": programme.id, "facility_id": programme.facility_id}


async def _add(session: AsyncSession, actor: Actor, record: N, action: str) -> tuple[N, bool]:
    """Save a new part of a programme. The id may be the client's: the same again is what exists."""
    if known := await session.get(type(record), record.id):
        if known.model_dump(exclude=CREATED) != record.model_dump(exclude=CREATED):
            raise Clash
        return known, False
    session.add(record)
    audit.record(session, actor, action, [record.id, record.programme_id])
    await session.flush()
    return record, True


def _same(known: Programme, given: NewProgramme) -> Programme:
    made = Programme.model_validate(given.model_dump(exclude_none=True))
    if any(getattr(known, name) != getattr(made, name) for name in NewProgramme.model_fields):
        raise Clash
    return known


def _same_session(known: Session, programme: Programme, given: PlanSessions) -> Session:
    made = Session.model_validate(given.model_dump(exclude={"repeat"}, exclude_none=True) | _of(programme))
    if any(
        getattr(known, name) != getattr(made, name) for name in set(PlanSessions.model_fields) - {"repeat"}
    ):
        raise Clash
    return known


def _need_version(now: int, read: int, current: ProgrammeRow | SeasonOut | StaffOut | HeldOut) -> None:
    if now != read:
        raise Stale(current=current.model_dump(mode="json"))


async def _part(session: AsyncSession, programme: Programme, kind: type[N], record_id: UUID, at: str) -> N:
    """The part of this programme that a field names, or Invalid."""
    try:
        return await queries.part(session, programme, kind, record_id)
    except NotFound:
        raise Invalid(errors=[{"pointer": at, "code": "not_of_this_programme", "message": ""}]) from None


async def _need_facility(session: AsyncSession, actor: Actor, facility_id: UUID) -> None:
    try:
        await organisations.facility(session, actor.grant(Permission.DIRECTORY_READ), facility_id)
    except NotFound:
        raise Invalid(errors=[directory.fault("/facility_id", "not_in_directory")]) from None


async def _need_partner(session: AsyncSession, actor: Actor, partner_id: UUID | None) -> None:
    if partner_id is None:
        return
    grant = actor.grant(Permission.DIRECTORY_READ)
    try:
        await organisations.get(session, grant, Organisation, partner_id)
    except NotFound:
        raise Invalid(errors=[directory.fault("/partner_id", "not_in_directory")]) from None

"""Attendance: a whole group noted in one request, and what it shows of each of them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.config import settings
from app.core.errors import Stale
from app.core.ids import new_id
from app.milestones import actions as milestones
from app.participants import queries, rules
from app.participants.models import Attendance, Enrolment
from app.participants.schemas import AttendanceOut, NoteAttendance
from app.programmes import actions as programmes
from app.programmes import queries as programme_queries
from app.programmes import rules as programme_rules
from app.programmes.models import Programme, Session
from app.programmes.schemas import HeldOut


async def note_attendance(
    session: AsyncSession, actor: Actor, session_id: UUID, version: int, given: NoteAttendance
) -> AttendanceOut:
    """Note a whole group at once; who is not enrolled is named by place, and then nothing is noted."""
    one, season = await programmes.run(session, actor, session_id, Permission.PROGRAMME_ATTENDANCE)
    if one.version != version:
        raise Stale(current=HeldOut.model_validate(one).model_dump(mode="json"))
    programme_rules.need_kind(one, community=False)
    programme_rules.need_open(season)
    programme_rules.need_held(one, clock.now())
    asked = [each.enrolment_id for each in given.people]
    people = await queries.enrolled(session, one.programme_id, asked)
    rules.need_enrolled(asked, [row.id for row in people])
    await _write(session, actor, one, people, given)
    one.guests, one.noted_at = given.guests, clock.now()
    ids = [one.id, one.programme_id, *asked]
    audit.record(session, actor, "attendance.note", ids)
    await session.flush()
    programme = await _programme(session, actor, one.programme_id)
    there = {each.enrolment_id for each in given.people if rules.attended(each.status_code)}
    await _show(session, actor, one, programme, [row for row in people if row.id in there])
    return await _shown(session, one, programme)


async def read_attendance(session: AsyncSession, actor: Actor, session_id: UUID) -> AttendanceOut:
    """Who was at a session, for its organiser."""
    one, _ = await programmes.run(session, actor, session_id, Permission.PROGRAMME_ATTENDANCE)
    programme = await _programme(session, actor, one.programme_id)
    found = await _shown(session, one, programme)
    ids = [one.id, *(each.enrolment_id for each in found.people)]
    audit.record(session, actor, "attendance.read", ids)
    return found


async def _programme(session: AsyncSession, actor: Actor, programme_id: UUID) -> Programme:
    return await programme_queries.get(session, actor.grant(Permission.PROGRAMME_READ), programme_id)


async def _shown(session: AsyncSession, one: Session, programme: Programme) -> AttendanceOut:
    """Who was there, whom no clearance covers and who is hurt: to be seen before the training, and after."""
    rows = list(await queries.at_session(session, one))
    if programme.kind_code != rules.SPORT:
        return AttendanceOut.of(one, rows, not_cleared=[], not_available=[])
    people = await queries.enrolled(session, programme.id, [row.enrolment_id for row in rows])
    cases, day = [row.case_id for row in people], _day(one)
    latest = await queries.clearances(session, cases, programme.sport_code)
    hurt = await queries.injuries(session, cases)
    return AttendanceOut.of(
        one,
        rows,
        not_cleared=[row.id for row in people if not rules.is_cleared(latest.get(row.case_id), day)],
        not_available=[
            row.id for row in people if any(rules.bars(each, day) for each in hurt.get(row.case_id, ()))
        ],
    )


async def _write(
    session: AsyncSession, actor: Actor, one: Session, people: Sequence[Enrolment], given: NoteAttendance
) -> None:
    """One statement for all of them: new rows, and what was noted before corrected."""
    said = {each.enrolment_id: each for each in given.people}
    rows = [
        {
            **{name: getattr(row, name) for name in ("owner_id", "team_id", "programme_id", "facility_id")},
            "id": new_id(),
            "created_at": clock.now(),
            "version": 1,
            "by_id": actor.user_id,
            "session_id": one.id,
            "enrolment_id": row.id,
            **said[row.id].model_dump(include={"status_code", "reason_code"}),
        }
        for row in people
    ]
    if not rows:
        return
    new = insert(Attendance).values(rows)
    changed = {name: new.excluded[name] for name in ("status_code", "reason_code", "by_id")}
    changed["version"] = sa.literal_column("attendance.version + 1")
    await session.exec(new.on_conflict_do_update("uq_attendance_enrolment_id_session_id", set_=changed))


async def _show(
    session: AsyncSession, actor: Actor, one: Session, programme: Programme, there: Sequence[Enrolment]
) -> None:
    """The milestones that this attendance shows: the first time, the third meeting, three months running."""
    days = await queries.days(session, [row.id for row in there])
    for row in there:
        for code in rules.shown_by(programme.kind_code, days[row.id]):
            last = days[row.id][-1]
            await milestones.reach(session, actor, rules.file_of(row), code, last, "attendance", one.id)


def _day(one: Session) -> date:
    return one.starts_at.astimezone(ZoneInfo(settings().time_zone)).date()

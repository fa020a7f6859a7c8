"""Attendance: a whole group noted in one request, and what it shows of each of them."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.errors import Stale
from app.core.hot import within
from app.milestones import actions as milestones
from app.milestones.rules import Fact, File
from app.participants import roll, rules
from app.participants.roll import Line
from app.participants.schemas import AttendanceOut, NoteAttendance, PresenceOut
from app.participants.states import Status
from app.programmes import actions as programmes
from app.programmes import rules as programme_rules
from app.programmes.models import Programme, Session
from app.programmes.schemas import HeldOut


async def note_attendance(
    session: AsyncSession, actor: Actor, session_id: UUID, version: int, given: NoteAttendance
) -> AttendanceOut:
    """Note a whole group at once; who is not enrolled is named by place, and then nothing is noted."""
    one, season, programme = await programmes.noted(session, actor, session_id)
    actor.grant(Permission.PROGRAMME_READ)
    if one.version != version:
        raise Stale(current=HeldOut.model_validate(one).model_dump(mode="json"))
    programme_rules.need_kind(one, community=False)
    programme_rules.need_open(season)
    programme_rules.need_held(one, clock.now())
    said = {each.enrolment_id: each for each in given.people}
    hot = await within(session)
    lines = await roll.of_session(hot, one, programme, list(said))
    enrolled = [each.id for each in lines.values() if each.status is Status.ENROLLED]
    rules.need_enrolled(list(said), enrolled)
    rows = [(lines[each.enrolment_id], each.status_code, each.reason_code) for each in given.people]
    noted = await roll.note(hot, actor, one, rows, given.guests, clock.now())
    there = [lines[each.enrolment_id] for each in given.people if rules.attended(each.status_code)]
    await _show(session, actor, one, programme, there)
    now = {id_: (each.status_code, each.reason_code) for id_, each in said.items()}
    return _shown(one, programme, lines.values(), now, (noted, given.guests))


async def read_attendance(session: AsyncSession, actor: Actor, session_id: UUID) -> AttendanceOut:
    """Who was at a session, for its organiser."""
    actor.grant(Permission.PROGRAMME_ATTENDANCE)
    one, _, programme = await programmes.noted(session, actor, session_id)
    lines = await roll.of_session(await within(session), one, programme)
    audit.record(session, actor, "attendance.read", [one.id, *lines])
    return _shown(one, programme, lines.values(), {}, (one.version, one.guests))


def _shown(
    one: Session,
    programme: Programme,
    lines: Iterable[Line],
    now: Mapping[UUID, tuple[str, str | None]],
    said: tuple[int, int],
) -> AttendanceOut:
    """Who was there, whom no clearance covers and who is hurt: to be seen before the training, and after.

    `now`: what was just noted, in the place of what the roll says; `said`: version and guests.
    """
    day, sport = _day(one), programme.kind_code == rules.SPORT
    people = [(line, now.get(line.id, line.noted)) for line in lines]
    placed = [line for line, _ in people if sport and line.status is Status.ENROLLED]
    return AttendanceOut(
        version=said[0],
        session_id=one.id,
        guests=said[1],
        people=[
            PresenceOut.model_construct(enrolment_id=line.id, status_code=code[0], reason_code=code[1])
            for line, code in people
            if code
        ],
        not_cleared=[line.id for line in placed if not rules.is_cleared(line.clearance, day)],
        not_available=[line.id for line in placed if any(rules.bars(each, day) for each in line.hurt)],
    )


async def _show(
    session: AsyncSession, actor: Actor, one: Session, programme: Programme, there: Iterable[Line]
) -> None:
    """The milestones that this attendance shows: the first time, the third meeting, three months running."""
    today = _day(one)
    shown: dict[tuple[str, date], list[File]] = {}
    for line in there:
        days = sorted((*line.days, today))
        for code in rules.shown_by(programme.kind_code, days):
            shown.setdefault((code, days[-1]), []).append(line.file)
    for (code, on), files in shown.items():
        await milestones.reach_all(session, actor, files, code, Fact("attendance", one.id, on))


def _day(one: Session) -> date:
    return clock.day_of(one.starts_at)

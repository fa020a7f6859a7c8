"""What can be done about school, work, a home, benefits, a place among others; and about follow-ups."""

from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import filing
from app.cases.filing import CaseAt
from app.core import clock
from app.core.db import Held
from app.core.errors import Stale
from app.milestones import actions as milestones
from app.records import keeping
from app.records import queries as records
from app.records.kinds import Kind
from app.records.queries import File
from app.records.schemas import Correct, CorrectionOut
from app.reintegration import queries, rules
from app.reintegration.kinds import RECORD
from app.reintegration.models import FollowUp, ReintegrationRecord
from app.reintegration.schemas import AnswerFollowUp, FollowUpOut

H = TypeVar("H", bound=Held)
READ, WRITE = Permission.REINTEGRATION_READ, Permission.REINTEGRATION_WRITE
SHOWN_BY = "reintegration_record"  # code list: milestone_fact
FOLLOWED_UP = "follow_up"  # the same
STILL_SO = "sustained"
NOT_NEEDED = "not_needed"  # of a follow-up: what it would have looked at is over


class Helped(NamedTuple):
    """The case as its milestones need it."""

    id: UUID
    survivor_id: UUID
    owner_id: UUID
    team_id: UUID

    @classmethod
    def of(cls, file: File) -> "Helped":
        """The case that this file is of."""
        held = file.held
        return cls(held["case_id"], file.survivor_id, held["owner_id"], held["team_id"])


async def add(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, given: Any) -> tuple[Any, bool]:
    """Enter a record; it shows its milestones, and what should last is looked at again in time."""
    file = await filing.open_to_write(session, actor.grant(WRITE), at)
    made, is_new = await keeping.enter(session, actor, file, kind, given)
    if is_new:
        await _settle(session, actor, file, made)
    return kind.shown(file.box, made), is_new


async def correct(
    session: AsyncSession,
    actor: Actor,
    kind: Kind[H],
    at: CaseAt,
    record_id: UUID,
    version: int,
    given: Correct,
) -> Any:
    """Correct what a record says, or say that it is over; what it said before is kept."""
    file = await filing.open_file(session, actor.grant(WRITE), at)
    record = await keeping.correct(session, actor, file, kind, record_id, version, given)
    await _settle(session, actor, file, record)
    return kind.shown(file.box, record)


async def read_all(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt) -> list[Any]:
    """Every record, in the order of entry."""
    file = await filing.open_file(session, actor.grant(READ), at)
    return await keeping.read_all(session, actor, file, kind)


async def read_corrections(
    session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, record_id: UUID
) -> list[CorrectionOut]:
    """What a record said before it was corrected, newest first."""
    file = await filing.open_file(session, actor.grant(READ), at)
    return await keeping.read_corrections(session, actor, file, kind, record_id)


async def read_follow_ups(session: AsyncSession, actor: Actor, at: CaseAt) -> list[FollowUpOut]:
    """Every follow-up of a case, first due first."""
    file = await filing.open_file(session, actor.grant(READ), at)
    found = await queries.follow_ups(session, file)
    keeping.log(session, actor, file, "follow_up.list", *(one.id for one in found))
    return [FollowUpOut.of(one) for one in found]


async def answer_follow_up(
    session: AsyncSession,
    actor: Actor,
    at: CaseAt,
    follow_up_id: UUID,
    version: int,
    given: AnswerFollowUp,
) -> FollowUpOut:
    """Say whether what was reached is still so. It is said once."""
    file = await filing.open_file(session, actor.grant(WRITE), at)
    follow_up = await queries.take_follow_up(session, file, follow_up_id)
    if version != follow_up.version:
        raise Stale(current=FollowUpOut.of(follow_up).model_dump(mode="json"))
    rules.need_unanswered(follow_up, given.checked_on)
    _answer(follow_up, actor, given.result_code, given.checked_on)
    keeping.log(session, actor, file, "follow_up.answer", follow_up.id, follow_up.about_id)
    await session.flush()
    if given.result_code == STILL_SO:
        await _lasts(session, actor, file, follow_up, given.checked_on)
    return FollowUpOut.of(follow_up)


async def follow(session: AsyncSession, actor: Actor, file: File, about_id: UUID, start: date | None) -> None:
    """See to it that this is looked at 3, 6, 12 and 24 months after this day; None: not any more.

    What was answered stays. Called by what has been permitted already.
    """
    actor.grant(WRITE)
    known = {one.months: one for one in await queries.follow_ups_about(session, about_id)}
    for months, due_on in (rules.due_days(start) if start else {}).items():
        if months not in known:
            row = {"about_id": about_id, "months": months, "due_on": due_on, "by_id": actor.user_id}
            session.add(FollowUp.model_validate({**file.held, **row}))
        elif known[months].result_code in (None, NOT_NEEDED):
            known[months].due_on = due_on
            known[months].result_code = known[months].checked_on = known[months].checked_by_id = None
    for one in known.values() if start is None else ():
        if one.result_code is None:
            _answer(one, actor, NOT_NEEDED, clock.today())
    await session.flush()


async def show(
    session: AsyncSession, actor: Actor, file: File, shown: list[tuple[str, date]], record_id: UUID
) -> None:
    """The milestones that a record, a tranche or a visit shows. Called by what has been permitted already."""
    actor.grant(WRITE)
    for milestone, on in shown:
        await milestones.reach(session, actor, Helped.of(file), milestone, on, SHOWN_BY, record_id)


async def _lasts(
    session: AsyncSession, actor: Actor, file: File, follow_up: FollowUp, checked_on: date
) -> None:
    """The milestones that the record showed are sustained, where this look was late enough to say so."""
    about = await records.find(session, file, ReintegrationRecord, follow_up.about_id)
    if about is None or about.in_error:  # a grant: that it was received cannot become untrue
        return
    for milestone, _ in rules.shown_by(RECORD.said(file.box, about), checked_on):
        fact = (milestone, checked_on, FOLLOWED_UP, follow_up.id)
        await milestones.stay(session, actor, Helped.of(file), *fact)


def _answer(follow_up: FollowUp, actor: Actor, result_code: str, checked_on: date) -> None:
    follow_up.result_code, follow_up.checked_on = result_code, checked_on
    follow_up.checked_by_id = actor.user_id


async def _settle(session: AsyncSession, actor: Actor, file: File, made: Held) -> None:
    """What follows from a record: the milestones that it shows, and when it is looked at again."""
    assert isinstance(made, ReintegrationRecord)
    said, today = RECORD.said(file.box, made), clock.today()
    await follow(session, actor, file, made.id, None if made.in_error else rules.followed_from(said, today))
    if not made.in_error:
        await show(session, actor, file, rules.shown_by(said, today), made.id)

"""What can be done to a milestone. The only code that changes one."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases.rules import trail
from app.core import clock
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.core.states import Move
from app.milestones import queries, rules
from app.milestones.catalogue import definitions
from app.milestones.errors import MilestoneThere
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.queries import Place
from app.milestones.schemas import (
    AmendMilestone,
    DropMilestone,
    LoseMilestone,
    MilestoneRow,
    MoveMilestone,
    ReachMilestone,
    WantMilestone,
)
from app.milestones.states import MILESTONE, Action, Party, Status
from app.notifications import actions as notifications

Step = Move[Status, Action, Party]


async def want(
    session: AsyncSession, actor: Actor, case_id: UUID, given: WantMilestone
) -> tuple[Milestone, bool]:
    """Put a step of the catalogue on the person's way; False beside it when this was there already."""
    case = await cases.get(session, actor.grant(Permission.CASE_WRITE), case_id)
    if known := await queries.of_kind(session, case, given.definition_code):
        return _same(known, given), False
    usual = definitions()[given.definition_code].usual_day
    due_on = given.due_on or usual(await queries.accident_of(session, case), case.opened_on)
    milestone = Milestone(
        id=given.id or new_id(),
        case_id=case.id,
        owner_id=case.owner_id,
        team_id=case.team_id,
        definition_code=given.definition_code,
        due_on=due_on,
        recorded_by_id=actor.user_id,
    )
    session.add(milestone)
    await session.flush()
    session.add(_change(milestone, actor, None, clock.today()))
    audit.record(session, actor, "milestone.add", trail(case, milestone.id), FieldClass.HEALTH)
    await session.flush()
    return milestone, True


async def amend(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: AmendMilestone
) -> Milestone:
    """Give it another day by which it should be reached, or none."""
    milestone = await _take(session, actor, place, version)
    milestone.due_on = given.due_on
    return await _save(session, actor, milestone, "amend")


async def plan(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: MoveMilestone
) -> Milestone:
    """Plan it with the person."""
    return await _make(session, actor, place, version, Action.PLAN, given)


async def refer(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: MoveMilestone
) -> Milestone:
    """Somebody was asked to help with it."""
    return await _make(session, actor, place, version, Action.REFER, given)


async def start(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: MoveMilestone
) -> Milestone:
    """It is under way."""
    return await _make(session, actor, place, version, Action.START, given)


async def achieve(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: ReachMilestone
) -> Milestone:
    """It is reached: when, and what shows it. A second person may confirm it."""
    return await _make(session, actor, place, version, Action.ACHIEVE, given)


async def sustain(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: ReachMilestone
) -> Milestone:
    """It is still true, half a year or a year later. It is to be confirmed anew."""
    return await _make(session, actor, place, version, Action.SUSTAIN, given)


async def drop(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: DropMilestone
) -> Milestone:
    """Give it up, for a reason."""
    return await _make(session, actor, place, version, Action.DROP, given)


async def lose(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: LoseMilestone
) -> Milestone:
    """A set-back: what was reached is no longer true. That it was reached stays in its history."""
    return await _make(session, actor, place, version, Action.LOSE, given)


async def waive(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: MoveMilestone
) -> Milestone:
    """The person does not need it."""
    return await _make(session, actor, place, version, Action.WAIVE, given)


async def want_again(
    session: AsyncSession, actor: Actor, place: Place, version: int, given: MoveMilestone
) -> Milestone:
    """The person wants it after all."""
    return await _make(session, actor, place, version, Action.WANT, given)


async def verify(
    session: AsyncSession, actor: Actor, place: Place, version: int, shared: Collection[UUID] = ()
) -> Milestone:
    """Confirm what another person recorded. `shared`: cases whose milestones a live referral opens."""
    milestone = await queries.take(session, actor.grant(Permission.MILESTONE_VERIFY), place, shared)
    _need_version(milestone, version)
    rules.may_verify(milestone, actor)
    milestone.verified_by_id, milestone.verified_at = actor.user_id, clock.now()
    for person in {milestone.owner_id, milestone.recorded_by_id} - {actor.user_id}:
        notifications.tell_person(session, person, "milestone.verify", milestone.case_id)
    return await _save(session, actor, milestone, "verify")


async def _take(session: AsyncSession, actor: Actor, place: Place, version: int) -> Milestone:
    """The milestone as it was when the caller decided, and nobody else's to change until this is done."""
    milestone = await queries.take(session, actor.grant(Permission.CASE_WRITE), place)
    _need_version(milestone, version)
    return milestone


def _need_version(milestone: Milestone, version: int) -> None:
    if version != milestone.version:
        raise Stale(current=MilestoneRow.of(milestone).model_dump(mode="json"))


async def _make(
    session: AsyncSession, actor: Actor, place: Place, version: int, action: Action, given: MoveMilestone
) -> Milestone:
    """Follow one row of the state table and write it down. A confirmation was of something else: it ends."""
    milestone = await _take(session, actor, place, version)
    move = MILESTONE.find(milestone.status, action, rules.parties(actor))
    rules.need_order(milestone, given.happened_on)
    change = _change(milestone, actor, move, given.happened_on)
    change.reason_code = getattr(given, "reason_code", None)
    await _note_evidence(session, milestone, change, getattr(given, "evidence", None))
    milestone.status = move.target
    if move.target not in rules.REACHED:
        milestone.reached_on = None
    elif move.action is Action.ACHIEVE:
        milestone.reached_on = given.happened_on
    milestone.recorded_by_id = actor.user_id
    milestone.verified_by_id = milestone.verified_at = None
    session.add(change)
    return await _save(session, actor, milestone, action.value)


async def _note_evidence(
    session: AsyncSession, milestone: Milestone, change: MilestoneChange, text: str | None
) -> None:
    """Seal the evidence of this change, and show it on the milestone; a change without keeps none."""
    milestone.evidence = None
    if text is None:
        return
    box = await queries.box(session, milestone)
    milestone.evidence = box.seal("milestone", "evidence", milestone.id, text)
    change.evidence = box.seal("milestone_change", "evidence", change.id, text)


async def _save(session: AsyncSession, actor: Actor, milestone: Milestone, verb: str) -> Milestone:
    ids = [milestone.id, milestone.case_id]
    audit.record(session, actor, f"milestone.{verb}", ids, FieldClass.HEALTH)
    await session.flush()
    return milestone


def _change(milestone: Milestone, actor: Actor, move: Step | None, on: date) -> MilestoneChange:
    return MilestoneChange(
        milestone_id=milestone.id,
        owner_id=milestone.owner_id,
        team_id=milestone.team_id,
        action=move.action if move else None,
        source=move.source if move else None,
        target=move.target if move else milestone.status,
        happened_on=on,
        by_id=actor.user_id,
    )


def _same(known: Milestone, given: WantMilestone) -> Milestone:
    """What exists under the client's id, if it is what was sent; else the case has this milestone already."""
    if given.id != known.id:
        raise MilestoneThere(milestone_id=str(known.id))
    if known.version == 1 and given.due_on not in (None, known.due_on):
        raise Clash
    return known

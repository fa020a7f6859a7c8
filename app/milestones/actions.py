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
from app.core.states import Move
from app.milestones import queries, rules
from app.milestones.catalogue import definitions
from app.milestones.errors import MilestoneThere
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.queries import Place
from app.milestones.rules import Fact, File
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
    if known := await queries.of_kind(session, case.id, given.definition_code):
        return _same(known, given), False
    usual = definitions()[given.definition_code].usual_day
    due_on = given.due_on or usual(await queries.accident_of(session, case), case.opened_on)
    milestone = _begun(actor, case, given.definition_code)
    milestone.id, milestone.due_on = given.id or milestone.id, due_on
    await _add(session, actor, milestone, clock.today())
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


async def reach(
    session: AsyncSession,
    actor: Actor,
    case: File,
    definition_code: str,
    happened_on: date,
    evidence_code: str,
    evidence_id: UUID | None,
) -> None:
    """A record that was just made shows it: it is reached, whoever made the record, and nobody need say so.

    Once for each record; what was lost stays lost unless the record is of that day or later.
    """
    await reach_all(session, actor, [case], definition_code, Fact(evidence_code, evidence_id, happened_on))


async def reach_all(
    session: AsyncSession, actor: Actor, files: Collection[File], definition_code: str, shown: Fact
) -> None:
    """The same of many people whom one record shows to have reached it: as many statements as for one."""
    fact = rules.known_fact(definition_code, shown)
    await session.flush()
    await queries.open_for_facts(session, *(case.id for case in files))
    known = await queries.of_kind_in(session, [case.id for case in files], definition_code)
    before = await queries.shown(session, known.values(), fact) if known else set()
    steps: list[MilestoneChange] = []
    for case in files:
        one = known.get(case.id) or _begun(actor, case, definition_code)
        if case.id not in known:
            session.add(one)
            steps.append(_change(one, actor, None, fact.happened_on))
        if rules.is_news(one, fact) and one.id not in before:
            steps.append(_note_fact(session, actor, case, one, fact, Action.REACH))
    await session.flush()  # a step hangs on its milestone
    session.add_all(steps)
    await session.flush()
    await queries.open_for_facts(session)


async def stay(
    session: AsyncSession,
    actor: Actor,
    case: File,
    definition_code: str,
    happened_on: date,
    evidence_code: str,
    evidence_id: UUID | None,
) -> None:
    """A look at it found it still so, late enough after it was reached: it is sustained.

    That it is so no longer is for a person to say, with the reason: no record takes away what was reached.
    """
    fact = rules.known_fact(definition_code, Fact(evidence_code, evidence_id, happened_on))
    await session.flush()
    await queries.open_for_facts(session, case.id)
    milestone = await queries.of_kind(session, case.id, definition_code, lock=True)
    if milestone is not None and rules.is_lasting(milestone, fact):
        session.add(_note_fact(session, actor, case, milestone, fact, Action.STAY))
        await session.flush()
    await queries.open_for_facts(session)


async def verify(
    session: AsyncSession, actor: Actor, place: Place, version: int, shared: Collection[UUID] = ()
) -> Milestone:
    """Confirm what another person recorded. `shared`: cases whose milestones a live referral opens."""
    milestone = await queries.take(session, actor.grant(Permission.MILESTONE_VERIFY), place, shared)
    rules.need_verifier(milestone, actor)
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
    rules.need_order(milestone, action, given.happened_on)
    change = _change(milestone, actor, move, given.happened_on)
    change.reason_code = getattr(given, "reason_code", None)
    await _note_evidence(session, milestone, change, getattr(given, "evidence", None))
    _follow(milestone, change)
    session.add(change)
    return await _save(session, actor, milestone, action.value)


def _follow(milestone: Milestone, change: MilestoneChange) -> None:
    """What a change makes of the milestone itself. How it was reached is kept while it is."""
    milestone.status = change.target
    stays = change.source in rules.REACHED and change.target in rules.REACHED
    if not stays or milestone.fact_code is None:
        milestone.fact_code, milestone.fact_id = change.fact_code, change.fact_id
    if not stays:
        milestone.reached_on = change.happened_on if change.target in rules.REACHED else None
    if change.target in rules.SETTLED:
        milestone.settled_on = change.happened_on
    milestone.recorded_by_id = change.by_id
    milestone.verified_by_id = milestone.verified_at = None


def _note_fact(
    session: AsyncSession, actor: Actor, case: File, milestone: Milestone, fact: Fact, action: Action
) -> MilestoneChange:
    """Shown by this record; who is responsible for the case hears of it, unless it is they who made it."""
    move = MILESTONE.find(milestone.status, action, [Party.FACT])
    change = _change(milestone, actor, move, fact.happened_on)
    change.fact_code, change.fact_id = fact.code, fact.id
    milestone.evidence = None
    _follow(milestone, change)
    ids = [milestone.id, case.id, case.survivor_id]
    audit.record(session, actor, f"milestone.{action.value}", ids, FieldClass.HEALTH)
    if case.owner_id != actor.user_id:
        notifications.tell_person(session, case.owner_id, f"milestone.{action.value}", case.id)
    return change


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


def _begun(actor: Actor, case: File, definition_code: str) -> Milestone:
    return Milestone(
        case_id=case.id,
        owner_id=case.owner_id,
        team_id=case.team_id,
        definition_code=definition_code,
        recorded_by_id=actor.user_id,
    )


async def _add(session: AsyncSession, actor: Actor, milestone: Milestone, on: date) -> Milestone:
    """Wanted from this day on."""
    session.add(milestone)
    await session.flush()
    session.add(_change(milestone, actor, None, on))
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

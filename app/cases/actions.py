"""What can be done to a case. The only code that changes one."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import handing, queries, rules, trying
from app.cases.errors import ApprovalPending, CaseOpen, OwnerUnfit, TaskDone
from app.cases.models import Approval, Case, CaseAssignment, CaseMove, Note, Task
from app.cases.queries import Work
from app.cases.schemas import (
    AddTask,
    AmendCase,
    AmendTask,
    ApprovalOut,
    AskApproval,
    AssignCase,
    CloseCase,
    FinishTask,
    OpenCase,
    RestCase,
    TaskOut,
    WriteNote,
    show,
)
from app.cases.states import CASE, Action, Party, Status
from app.core import clock
from app.core.errors import Clash, Stale
from app.core.given import Given
from app.core.ids import new_id
from app.core.states import Move
from app.core.vault import Box
from app.notifications import actions as notifications
from app.survivors import queries as survivors

CaseStep = Move[Status, Action, Party]
R = TypeVar("R", Case, Approval, Note, Task)


async def open(session: AsyncSession, actor: Actor, given: OpenCase) -> tuple[Case, bool]:  # noqa: A001  # the verb
    """Open a case for a survivor within reach; False beside it when this very case was there already."""
    grant = actor.grant(Permission.CASE_WRITE)
    survivor = await survivors.get(session, actor.grant(Permission.SURVIVOR_READ), given.survivor_id)
    if given.id and (known := await queries.find(session, grant, given.id)):
        return _same(known, given, {"survivor_id", "opened_on"}), False
    if already := await queries.open_case_of(session, grant, survivor.id):
        raise CaseOpen(case_id=str(already.id))
    rules.need_consent(survivor.life_saving_reason is not None or await _agreed(session, survivor.id))
    case = Case.model_validate(
        given.model_dump(exclude_none=True)
        | survivor.model_dump(include={"owner_id", "team_id", "organisation_id"})
    )
    session.add(case)
    await session.flush()
    session.add(_step(case, actor, None))
    session.add(CaseAssignment.of(case, actor.user_id))
    audit.record(session, actor, "case.open", rules.trail(case))
    await session.flush()
    return case, True


async def amend(session: AsyncSession, actor: Actor, case_id: UUID, version: int, given: AmendCase) -> Case:
    """Change what was sent of priority, risk and next review."""
    case = await _take(session, actor, case_id, version)
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(case, name, value)
    audit.record(session, actor, "case.amend", rules.trail(case))
    await session.flush()
    return case


async def needs_assessed(session: AsyncSession, actor: Actor, case_id: UUID, on: date) -> None:
    """Remember on the case that the person's needs were assessed on this day: a plan waits for that."""
    case = await queries.take(session, actor.grant(Permission.CASE_WRITE), case_id)
    case.needs_assessed_on = max(on, case.needs_assessed_on or on)
    await session.flush()


async def assess(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """Begin to assess the person's needs. Needs the person's consent."""
    case, move = await _begin(session, actor, case_id, version, Action.ASSESS)
    return await _make(session, actor, case, move)


async def plan(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """Begin to plan with the person. Needs consent, and a needs assessment."""
    case, move = await _begin(session, actor, case_id, version, Action.PLAN)
    rules.need_assessment(case)
    return await _make(session, actor, case, move)


async def implement(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """Carry the plan out. Needs consent, and somebody else's approval of the plan."""
    case, move = await _begin(session, actor, case_id, version, Action.IMPLEMENT)
    await _use_approval(session, case, rules.PLAN)
    return await _make(session, actor, case, move)


async def follow_up(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """Follow up on what was done."""
    case, move = await _begin(session, actor, case_id, version, Action.FOLLOW_UP)
    return await _make(session, actor, case, move)


async def rest(session: AsyncSession, actor: Actor, case_id: UUID, version: int, given: RestCase) -> Case:
    """Let the case rest until a day: of the next replacement, say."""
    case, move = await _begin(session, actor, case_id, version, Action.REST)
    case.wakes_on = given.wakes_on
    return await _make(session, actor, case, move)


async def wake(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """Take a resting case up again."""
    case, move = await _begin(session, actor, case_id, version, Action.WAKE)
    return await _make(session, actor, case, move)


async def transfer(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """End the case here: an organisation outside this system takes it on. Needs an approved closure for that.

    To somebody who works with this system, offer a transfer instead: the case goes on there.
    """
    case, move = await _begin(session, actor, case_id, version, Action.TRANSFER)
    await _use_approval(session, case, rules.CLOSURE, rules.TRANSFERRED)
    case.closure_reason_code = rules.TRANSFERRED
    return await _make(session, actor, case, move)


async def close(session: AsyncSession, actor: Actor, case_id: UUID, version: int, given: CloseCase) -> Case:
    """Close the case. Needs somebody else's approval of the closure for this reason."""
    case, move = await _begin(session, actor, case_id, version, Action.CLOSE)
    await _use_approval(session, case, rules.CLOSURE, given.closure_reason_code)
    case.closure_reason_code = given.closure_reason_code
    return await _make(session, actor, case, move)


async def reopen(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """Open the case again, unless the person has another open one."""
    case, move = await _begin(session, actor, case_id, version, Action.REOPEN)
    grant = actor.grant(Permission.CASE_READ)
    if already := await queries.open_case_of(session, grant, case.survivor_id):
        raise CaseOpen(case_id=str(already.id))
    case.closed_at = case.closure_reason_code = None
    return await _make(session, actor, case, move)


async def assign(session: AsyncSession, actor: Actor, case_id: UUID, version: int, given: AssignCase) -> Case:
    """Give the case, and the person's whole file, to somebody of a team; a supervisor within the own team."""
    grant = actor.grant(Permission.CASE_ASSIGN)
    case = await queries.take(session, grant, case_id)
    await _need_version(session, actor, case, version)
    rules.may_assign(grant, given.team_id)
    if not await queries.can_own(session, case, given.owner_id, given.team_id):
        raise OwnerUnfit
    before = case.owner_id
    await handing.give(session, actor, case, given.owner_id, given.team_id)
    _tell(session, actor, {before, case.owner_id}, "case.assign", case)
    await session.flush()
    return case


async def ask_approval(
    session: AsyncSession, actor: Actor, case_id: UUID, given: AskApproval
) -> tuple[Approval, bool]:
    """Ask somebody else about the plan or a closure; False beside it when this was there already."""
    case = await queries.take(session, actor.grant(Permission.CASE_WRITE), case_id)
    if known := await queries.part(session, case, Approval, given.id):
        return _same(known, given, {"kind_code", "reason_code"}), False
    rules.need_askable(case, given.kind_code, rules.parties(case, actor))
    moved_at = await queries.moved_at(session, case)
    if pending := rules.waiting(await queries.approvals(session, case), moved_at, given.kind_code):
        raise ApprovalPending(approval_id=str(pending.id))
    approval = Approval.model_validate(
        given.model_dump(exclude_none=True) | _held(case) | {"asked_by_id": actor.user_id}
    )
    session.add(approval)
    audit.record(session, actor, "approval.ask", rules.trail(case, approval.id))
    _tell(session, actor, await queries.supervisors(session, case.team_id), "approval.ask", case)
    await session.flush()
    return approval, True


async def approve(
    session: AsyncSession, actor: Actor, case_id: UUID, approval_id: UUID, version: int
) -> Approval:
    """Say yes to what somebody else asked about somebody else's case."""
    return await _decide(session, actor, case_id, approval_id, version, approved=True)


async def refuse(
    session: AsyncSession, actor: Actor, case_id: UUID, approval_id: UUID, version: int
) -> Approval:
    """Say no to what somebody else asked about somebody else's case."""
    return await _decide(session, actor, case_id, approval_id, version, approved=False)


async def _decide(
    session: AsyncSession, actor: Actor, case_id: UUID, approval_id: UUID, version: int, *, approved: bool
) -> Approval:
    case = await queries.take(session, actor.grant(Permission.CASE_APPROVE), case_id)
    approval = await queries.approval(session, case, approval_id)
    if version != approval.version:
        raise Stale(current=ApprovalOut.of(approval).model_dump(mode="json"))
    rules.may_decide(approval, case, actor, await queries.moved_at(session, case))
    approval.approved, approval.decided_by_id, approval.decided_at = approved, actor.user_id, clock.now()
    kind = "approval.approve" if approved else "approval.refuse"
    audit.record(session, actor, kind, rules.trail(case, approval.id))
    _tell(session, actor, {approval.asked_by_id, case.owner_id}, kind, case)
    await session.flush()
    return approval


async def write_note(
    session: AsyncSession, actor: Actor, case_id: UUID, given: WriteNote
) -> tuple[Note, Box, bool]:
    """Add a note, sealed with the person's key; with what opens it, and False when it was there already."""
    case = await queries.get(session, actor.grant(Permission.CASE_WRITE), case_id)
    box = await survivors.box(session, case.survivor_id)
    if known := await queries.part(session, case, Note, given.id):
        if box.read("note", "text", known.id, known.text) != given.text:
            raise Clash
        return _same(known, given, {"kind_code"}), box, False
    note_id = given.id or new_id()
    text = box.seal("note", "text", note_id, given.text)
    note = Note.model_validate(
        _held(case) | {"id": note_id, "kind_code": given.kind_code, "text": text, "by_id": actor.user_id}
    )
    session.add(note)
    audit.record(session, actor, "note.write", rules.trail(case, note.id), FieldClass.HEALTH)
    await session.flush()
    return note, box, True


async def add_task(session: AsyncSession, actor: Actor, case_id: UUID, given: AddTask) -> tuple[Work, bool]:
    """Add something to do for this person; False beside it when this was there already."""
    case = await queries.get(session, actor.grant(Permission.CASE_WRITE), case_id)
    box = await survivors.box(session, case.survivor_id)
    if known := await queries.part(session, case, Task, given.id):
        if (known.text and box.read("task", "text", known.id, known.text)) != given.text:
            raise Clash
        _same(known, given, {"kind_code"})
        return await queries.task(session, case, known.id), False
    task_id = given.id or new_id()
    text = box.seal("task", "text", task_id, given.text) if given.text else None
    task = Task.model_validate(
        given.model_dump(exclude={"text"})
        | _held(case)
        | {"id": task_id, "text": text, "by_id": actor.user_id}
    )
    session.add(task)
    audit.record(session, actor, "task.add", rules.trail(case, task.id))
    if actor.user_id != case.owner_id:
        _tell(session, actor, {case.owner_id}, "task.add", case)
    await session.flush()
    return await queries.task(session, case, task.id), True


async def amend_task(
    session: AsyncSession, actor: Actor, case_id: UUID, task_id: UUID, version: int, given: AmendTask
) -> Work:
    """Give a task another day."""
    case, work = await _undone(session, actor, case_id, task_id, version)
    work.task.due_on = given.due_on
    audit.record(session, actor, "task.amend", rules.trail(case, task_id))
    await session.flush()
    return work


async def finish_task(
    session: AsyncSession, actor: Actor, case_id: UUID, task_id: UUID, version: int, given: FinishTask
) -> Work:
    """Finish a task: it is done, not needed any more, or the person was not reached: then it comes again."""
    case, work = await _undone(session, actor, case_id, task_id, version)
    task = work.task
    task.done_at, task.done_by_id, task.outcome_code = clock.now(), actor.user_id, given.outcome_code
    audit.record(session, actor, "task.finish", rules.trail(case, task_id))
    await session.flush()
    if given.outcome_code == trying.NOT_REACHED:
        await trying.try_again(session, actor, case, task)
    return work


async def _undone(
    session: AsyncSession, actor: Actor, case_id: UUID, task_id: UUID, version: int
) -> tuple[Case, Work]:
    """The task as it was when the caller decided, not finished yet."""
    case = await queries.get(session, actor.grant(Permission.CASE_WRITE), case_id)
    work = await queries.task(session, case, task_id)
    if version != work.task.version:
        raise Stale(current=TaskOut.of(work).model_dump(mode="json"))
    if work.task.done_at is not None:
        raise TaskDone
    rules.need_by_hand(work.task)
    return case, work


async def _take(session: AsyncSession, actor: Actor, case_id: UUID, version: int) -> Case:
    """The case as it was when the caller decided, and nobody else's to change until this is done."""
    case = await queries.take(session, actor.grant(Permission.CASE_WRITE), case_id)
    await _need_version(session, actor, case, version)
    return case


async def _need_version(session: AsyncSession, actor: Actor, case: Case, version: int) -> None:
    if version != case.version:
        raise Stale(current=(await show(session, actor, case)).model_dump(mode="json"))


async def _begin(
    session: AsyncSession, actor: Actor, case_id: UUID, version: int, action: Action
) -> tuple[Case, CaseStep]:
    """The case and the row of the state table for this action, with the consent that the action needs."""
    case = await _take(session, actor, case_id, version)
    move = CASE.find(case.status, action, rules.parties(case, actor))
    if action in rules.CONSENTED:
        rules.need_consent(await _agreed(session, case.survivor_id))
    if action in rules.ENDING:
        rules.need_no_risk(await queries.risk_open(session, case))
    return case, move


async def _make(session: AsyncSession, actor: Actor, case: Case, move: CaseStep) -> Case:
    """Follow one row of the state table, write it down, tell the other side."""
    case.status = move.target
    if move.target is not Status.DORMANT:
        case.wakes_on = None
    if move.stamps:
        setattr(case, move.stamps, clock.now())
    kind = f"case.{move.action}"
    session.add(_step(case, actor, move))
    audit.record(session, actor, kind, rules.trail(case))
    if move.tells is Party.OWNER:
        _tell(session, actor, {case.owner_id}, kind, case)
    if move.tells is Party.SUPERVISOR:
        _tell(session, actor, await queries.supervisors(session, case.team_id), kind, case)
    await session.flush()
    return case


async def _use_approval(session: AsyncSession, case: Case, kind: str, reason: str | None = None) -> None:
    """Use up somebody else's yes: it serves this one move."""
    asked = await queries.approvals(session, case)
    approval = rules.usable(asked, await queries.moved_at(session, case), kind, reason)
    approval.used_at = clock.now()


async def _agreed(session: AsyncSession, survivor_id: UUID) -> bool:
    return await survivors.live_consent(session, survivor_id, rules.CASE_MANAGEMENT) is not None


def _same(known: R, given: Given, lasting: set[str]) -> R:
    """What exists under the client's id, if it is what was sent; of a changed record, what is `lasting`."""
    names = given.model_fields_set - {"id", "text"}
    names = names if known.version == 1 else names & lasting
    if any(getattr(known, name) != getattr(given, name) for name in names):
        raise Clash
    return known


def _held(case: Case) -> dict[str, UUID]:
    return {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id}


def _step(case: Case, actor: Actor, move: CaseStep | None) -> CaseMove:
    return CaseMove(
        case_id=case.id,
        owner_id=case.owner_id,
        team_id=case.team_id,
        action=move.action if move else None,
        source=move.source if move else None,
        target=case.status,
        by_id=None if move and move.by is Party.SYSTEM else actor.user_id,
        reason_code=case.closure_reason_code,
    )


def _tell(session: AsyncSession, actor: Actor, people: Iterable[UUID], kind: str, case: Case) -> None:
    """Tell these people about the case, except who did it."""
    for person in set(people) - {actor.user_id}:
        notifications.tell_person(session, person, kind, case.id)

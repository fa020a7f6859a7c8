"""Every read of a case. Each takes a Grant, or a case that a grant has opened."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.access.table import Role
from app.accounts.models import Membership, Standing, User
from app.audit import reading
from app.cases import rules
from app.cases.models import IS_OPEN, Approval, Case, CaseAssignment, CaseMove, Note, Task
from app.cases.states import Status
from app.core import clock
from app.core.errors import NotFound
from app.core.hot import Hot
from app.core.pages import FIRST, Ask
from app.organisations.models import Team
from app.survivors.models import PersonKey, Survivor

P = TypeVar("P", Approval, Note, Task)
CAN_OWN = (Role.CASEWORKER, Role.SUPERVISOR)
LONGEST_HISTORY = 200
ROW: tuple[sa.SQLColumnExpression[Any], ...] = (
    *(col(Case.id), col(Case.version), col(Case.survivor_id), col(Survivor.code).label("survivor_code")),
    *(col(Case.status), col(Case.priority_code), col(Case.risk_level_code), col(Case.next_review_on)),
    col(Case.owner_id),
)
FILTERS: dict[str, sa.SQLColumnExpression[Any]] = {
    "status": col(Case.status),
    "priority_code": col(Case.priority_code),
    "risk_level_code": col(Case.risk_level_code),
    "owner_id": col(Case.owner_id),
    "district_code": col(Survivor.district_code),
}


@dataclass(frozen=True, slots=True)
class Only:
    """Which cases of the caseload are wanted; what is not named does not matter."""

    status: Status | None = None
    priority_code: str | None = None
    risk_level_code: str | None = None
    owner_id: UUID | None = None
    district_code: str | None = None
    review_overdue: Literal[True] | None = None


class Facts(NamedTuple):
    """What stands around a case: the person's code, and how much there is."""

    survivor_code: str
    open_tasks: int
    overdue_tasks: int
    notes: int
    approvals_waiting: int


class Work(NamedTuple):
    """A task with what is needed to show it: whose it is, and the key that opens its text."""

    task: Task
    survivor_code: str
    wrapped: bytes


async def find(session: AsyncSession, grant: Grant, case_id: UUID) -> Case | None:
    """One case within reach, if there is one."""
    return (await session.exec(_visible(grant).where(Case.id == case_id))).one_or_none()


async def get(session: AsyncSession, grant: Grant, case_id: UUID) -> Case:
    """One case within reach, or NotFound."""
    if found := await find(session, grant, case_id):
        return found
    raise NotFound


async def take(session: AsyncSession, grant: Grant, case_id: UUID) -> Case:
    """One case within reach, locked for this transaction, so that two changes come one after the other."""
    locked = _visible(grant).where(Case.id == case_id).with_for_update()
    found = (await session.exec(locked.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def open_case_of(session: AsyncSession, grant: Grant, survivor_id: UUID) -> Case | None:
    """The one open case of a survivor, if there is one within reach."""
    rows = _visible(grant).where(Case.survivor_id == survivor_id, IS_OPEN)
    return (await session.exec(rows)).one_or_none()


async def caseload_json(hot: Hot, grant: Grant, ask: Ask, only: Only) -> bytes:
    """The caseload in order of opening: a Page[CaseRow], and the event of having read it."""
    named = tuple(name for name, value in asdict(only).items() if value is not None)
    values = {f"only_{name}": value for name, value in asdict(only).items()} | {"today": clock.today()}
    return await reading.page(hot, grant, ask, named, partial(_caseload, grant, named), "case.list", **values)


def _caseload(grant: Grant, named: Iterable[str]) -> reading.Rows:
    """The rows of the caseload where these columns have the values that will be given."""
    wanted = [FILTERS[name] == sa.bindparam(f"only_{name}") for name in named if name in FILTERS]
    if "review_overdue" in named:
        wanted += [col(Case.next_review_on) < sa.bindparam("today"), sa.and_(IS_OPEN)]
    cases = _visible(grant).join(Survivor, col(Survivor.id) == col(Case.survivor_id)).where(*wanted)
    return cases.with_only_columns(*ROW)


async def facts(session: AsyncSession, case: Case) -> Facts:
    """What stands around this case, counted in one statement."""
    undone = sa.select(sa.func.count()).where(col(Task.case_id) == case.id, col(Task.done_at).is_(None))
    late = undone.where(col(Task.due_on) < clock.today())
    notes = sa.select(sa.func.count()).where(col(Note.case_id) == case.id)
    asked = sa.select(sa.func.count()).where(col(Approval.case_id) == case.id)
    waiting = asked.where(col(Approval.approved).is_(None), col(Approval.created_at) >= _moved(case))
    counts = [part.scalar_subquery() for part in (undone, late, notes, waiting)]
    rows = sa.select(col(Survivor.code), *counts).where(col(Survivor.id) == case.survivor_id)
    return Facts(*(await (await session.connection()).execute(rows)).one())


async def moved_at(session: AsyncSession, case: Case) -> datetime:
    """When the case came to its present status."""
    found = (await (await session.connection()).execute(sa.select(_moved(case)))).scalar_one_or_none()
    return found or case.created_at


def _moved(case: Case) -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.max(CaseMove.created_at)).where(col(CaseMove.case_id) == case.id).scalar_subquery()
    )


async def moves(session: AsyncSession, case: Case) -> Sequence[CaseMove]:
    """The case's latest steps, newest first."""
    rows = select(CaseMove).where(CaseMove.case_id == case.id)
    newest = rows.order_by(col(CaseMove.created_at).desc(), col(CaseMove.id).desc())
    return (await session.exec(newest.limit(LONGEST_HISTORY))).all()


async def assignments(session: AsyncSession, case: Case) -> Sequence[CaseAssignment]:
    """Who was made responsible, newest first."""
    rows = select(CaseAssignment).where(CaseAssignment.case_id == case.id)
    newest = rows.order_by(col(CaseAssignment.created_at).desc(), col(CaseAssignment.id).desc())
    return (await session.exec(newest.limit(LONGEST_HISTORY))).all()


async def approvals(session: AsyncSession, case: Case) -> Sequence[Approval]:
    """What was asked about this case, newest first."""
    rows = select(Approval).where(Approval.case_id == case.id)
    newest = rows.order_by(col(Approval.created_at).desc(), col(Approval.id).desc())
    return (await session.exec(newest.limit(LONGEST_HISTORY))).all()


async def part(session: AsyncSession, case: Case, kind: type[P], record_id: UUID | None) -> P | None:
    """The approval, note or task of this case that has this id, if there is one."""
    rows = select(kind).where(kind.case_id == case.id, kind.id == record_id)
    return (await session.exec(rows)).one_or_none() if record_id else None


async def approval(session: AsyncSession, case: Case, approval_id: UUID) -> Approval:
    """One question about this case, or NotFound."""
    if found := await part(session, case, Approval, approval_id):
        return found
    raise NotFound


async def notes(session: AsyncSession, case: Case, ask: Ask) -> Sequence[Note]:
    """Notes of this case, newest first, still sealed; one more than asked for where there is another page."""
    rows = select(Note).where(Note.case_id == case.id)
    if ask.start != FIRST:
        rows = rows.where(col(Note.id) <= ask.start)
    return (await session.exec(rows.order_by(col(Note.id).desc()).limit(ask.limit + 1))).all()


async def tasks_of(session: AsyncSession, case: Case, ask: Ask, undone: bool) -> Sequence[Work]:
    """Tasks of this case, first due first; one more than asked for where there is another page."""
    wanted = [col(Task.case_id) == case.id] + [col(Task.done_at).is_(None)] * undone
    return await _work(session, ask, *wanted)


async def tasks_mine(session: AsyncSession, grant: Grant, ask: Ask, until: date | None) -> Sequence[Work]:
    """What the actor has still to do, first due first; one more than asked where there is another page."""
    mine = [grant.held(Task), col(Task.owner_id).in_(grant.actor.owners), col(Task.done_at).is_(None)]
    return await _work(session, ask, *mine, *([col(Task.due_on) <= until] if until else []))


async def task(session: AsyncSession, case: Case, task_id: UUID) -> Work:
    """One task of this case, or NotFound."""
    ask = Ask(task_id, limit=1)
    found = await _work(session, ask, col(Task.case_id) == case.id, col(Task.id) == task_id)
    if not found:
        raise NotFound
    return found[0]


async def _work(session: AsyncSession, ask: Ask, *wanted: sa.ColumnElement[bool]) -> Sequence[Work]:
    place = sa.tuple_(col(Task.due_on), col(Task.id))
    start = aliased(Task)
    rows = (
        select(Task, col(Survivor.code), col(PersonKey.wrapped))
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Survivor, col(Survivor.id) == col(Case.survivor_id))
        .join(PersonKey, col(PersonKey.id) == col(Case.survivor_id))
        .where(*wanted)
    )
    if ask.start != FIRST:  # the cursor names the task to begin with
        begin = sa.select(col(start.due_on), col(start.id)).where(col(start.id) == ask.start)
        rows = rows.where(place >= begin.scalar_subquery())
    found = await session.exec(rows.order_by(col(Task.due_on), col(Task.id)).limit(ask.limit + 1))
    return [Work(*row) for row in found.all()]


async def tries(session: AsyncSession, case: Case) -> int:
    """How often the person was not reached since they last were: a task of the case was done."""
    ended = sa.select(col(Task.done_at)).where(col(Task.case_id) == case.id)
    reached = ended.where(col(Task.outcome_code) == "done", col(Task.kind_code).in_(rules.OF_CONTACT))
    last = reached.order_by(col(Task.done_at).desc()).limit(1).scalar_subquery()
    vain = select(sa.func.count()).where(Task.case_id == case.id, Task.outcome_code == "not_reached")
    since = vain.where(sa.or_(last.is_(None), col(Task.done_at) > last))
    return (await session.exec(since)).one()


async def risk_open(session: AsyncSession, case: Case) -> bool:
    """Whether a risk flag of this case is open: its task is not done."""
    rows = select(Task.id).where(Task.case_id == case.id, Task.kind_code == rules.RISK_FLAG)
    undone = rows.where(col(Task.about).is_not(None), col(Task.done_at).is_(None))
    return (await session.exec(undone.limit(1))).first() is not None


async def supervisors(session: AsyncSession, team_id: UUID) -> Sequence[UUID]:
    """Who supervises this team now."""
    rows = select(Membership.user_id).where(*_active(Role.SUPERVISOR), Membership.team_id == team_id)
    return (await session.exec(rows.distinct())).all()


async def can_own(session: AsyncSession, case: Case, owner_id: UUID, team_id: UUID) -> bool:
    """Whether this person is an active caseworker or supervisor of this team, in the case's organisation."""
    return await works_in(session, owner_id, team_id, case.organisation_id)


async def works_in(
    session: AsyncSession, owner_id: UUID, team_id: UUID, organisation_id: UUID | None = None
) -> bool:
    """Whether this person is an active caseworker or supervisor of this team (of this organisation)."""
    rows = (
        select(Membership.id)
        .join(Team, col(Team.id) == col(Membership.team_id))
        .where(*_active(*CAN_OWN), Membership.user_id == owner_id, Team.id == team_id)
        .where(Membership.organisation_id == Team.organisation_id)
    )
    if organisation_id is not None:
        rows = rows.where(Team.organisation_id == organisation_id)
    return (await session.exec(rows.limit(1))).first() is not None


def _active(*roles: Role) -> list[sa.ColumnElement[bool]]:
    person = sa.select(col(User.id)).where(col(User.standing) == Standing.ACTIVE)
    return [
        col(Membership.ended_at).is_(None),
        col(Membership.role).in_(roles),
        col(Membership.user_id).in_(person),
    ]


def _visible(grant: Grant) -> SelectOfScalar[Case]:
    """The cases that this reach covers."""
    return select(Case).where(grant.held(Case))

"""Routes under /cases: the caseload, a case and its life."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import actions, queries, rules
from app.cases.errors import (
    ApprovalMissing,
    ApprovalOver,
    ApprovalPending,
    AssessmentMissing,
    CaseOpen,
    ConsentMissing,
    OwnerUnfit,
    RiskOpen,
    SomebodyElseNeeded,
)
from app.cases.schemas import (
    AmendCase,
    ApprovalOut,
    ApprovalsOut,
    AskApproval,
    AssignCase,
    AssignmentOut,
    CaseOut,
    CaseRow,
    CloseCase,
    HistoryOut,
    MoveOut,
    NoteOut,
    OpenCase,
    RestCase,
    WriteNote,
    show,
)
from app.cases.states import CASE, Action, Party, Status
from app.codelists.lists import recorded
from app.core import pages
from app.core.errors import (
    Busy,
    Clash,
    Forbidden,
    IllegalMove,
    KeyReused,
    NotFound,
    Stale,
    VersionMissing,
)
from app.core.pages import Page
from app.routers._deps import (
    ActorDep,
    PageDep,
    SessionDep,
    ShortPageDep,
    VersionDep,
    tagged,
)
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.survivors import queries as survivors

router = Room("cases", prefix="/cases")
GET = problems(Forbidden, NotFound)
ADD = (Forbidden, NotFound, Clash, KeyReused, Busy)
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
EXISTS: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already, under the same id"}}
Answer = Literal["approve", "refuse"]
Priority = Annotated[str, recorded("case_priority")]
Risk = Annotated[str, recorded("risk_level")]
District = Annotated[str, recorded("district")]


OPEN = problems(*ADD, CaseOpen, ConsentMissing) | EXISTS


@router.post("", status_code=201, dependencies=[Once], responses=OPEN)
async def open_case(body: OpenCase, response: Response, session: SessionDep, actor: ActorDep) -> CaseOut:
    """Open a case for a person who agrees to it, or whose life is to be saved. One may be open at a time."""
    case, is_new = await actions.open(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await show(session, actor, case))


@router.get("", response_model=Page[CaseRow], responses=problems(Forbidden))
async def list_cases(
    short: ShortPageDep,
    status: Annotated[Status | None, Query()] = None,
    priority: Annotated[Priority | None, Query()] = None,
    risk: Annotated[Risk | None, Query()] = None,
    owner: Annotated[UUID | None, Query()] = None,
    district: Annotated[District | None, Query(description="Where the person lives")] = None,
    review_overdue: Annotated[bool, Query(description="Only open cases whose review is overdue")] = False,
) -> Response:
    """The caseload, in the order of opening."""
    only = queries.Only(status, priority, risk, owner, district, review_overdue or None)
    grant = short.actor.grant(Permission.CASE_READ)
    found = await queries.caseload_json(short.hot, grant, short.page, only)
    return Response(found, media_type="application/json")


@router.get("/{case_id}", responses=GET)
async def get_case(case_id: UUID, response: Response, session: SessionDep, actor: ActorDep) -> CaseOut:
    """One case, with the actions open to the caller and how much stands around it."""
    case = await queries.get(session, actor.grant(Permission.CASE_READ), case_id)
    audit.record(session, actor, "case.read", rules.trail(case))
    return tagged(response, await show(session, actor, case))


@router.patch("/{case_id}", dependencies=[Once], responses=problems(*CHANGE))
async def amend_case(
    case_id: UUID,
    version: VersionDep,
    body: AmendCase,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> CaseOut:
    """Change priority, risk level or next review; what is not sent stays."""
    case = await actions.amend(session, actor, case_id, version, body)
    return tagged(response, await show(session, actor, case))


async def _case_id(case_id: UUID) -> UUID:
    return case_id


register(
    router,
    "/{case_id}",
    Moves(
        table=CASE,
        act=actions,
        where=_case_id,
        out=CaseOut,
        answer=show,
        by=(Party.OWNER, Party.SUPERVISOR),
        bodies={Action.CLOSE: CloseCase, Action.REST: RestCase},
        refusals={
            Action.ASSESS: (ConsentMissing,),
            Action.PLAN: (ConsentMissing, AssessmentMissing),
            Action.IMPLEMENT: (ConsentMissing, ApprovalMissing),
            Action.TRANSFER: (ApprovalMissing, RiskOpen),
            Action.CLOSE: (ApprovalMissing, RiskOpen),
            Action.REST: (RiskOpen,),
            Action.REOPEN: (CaseOpen,),
        },
    ),
)


@router.post("/{case_id}/assign", dependencies=[Once], responses=problems(*CHANGE, OwnerUnfit))
async def assign_case(
    case_id: UUID,
    version: VersionDep,
    body: AssignCase,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> CaseOut:
    """Give the case, with the person's whole file, to another caseworker. Old and new owner are told."""
    case = await actions.assign(session, actor, case_id, version, body)
    return tagged(response, await show(session, actor, case))


@router.get("/{case_id}/history", responses=GET)
async def get_case_history(case_id: UUID, session: SessionDep, actor: ActorDep) -> HistoryOut:
    """The steps of a case and who was responsible, newest first."""
    case = await queries.get(session, actor.grant(Permission.CASE_READ), case_id)
    moves, assignments = await queries.moves(session, case), await queries.assignments(session, case)
    audit.record(session, actor, "case.read_history", rules.trail(case))
    return HistoryOut(
        moves=[MoveOut.of(move) for move in moves],
        assignments=[AssignmentOut.of(assignment) for assignment in assignments],
    )


@router.post(
    "/{case_id}/approvals",
    status_code=201,
    dependencies=[Once],
    responses=problems(*ADD, IllegalMove, ApprovalPending) | EXISTS,
)
async def ask_approval(
    case_id: UUID, body: AskApproval, response: Response, session: SessionDep, actor: ActorDep
) -> ApprovalOut:
    """Ask somebody else to approve the plan, or the closure for a reason. The team's supervisors are told."""
    approval, is_new = await actions.ask_approval(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ApprovalOut.of(approval))


@router.get("/{case_id}/approvals", responses=GET)
async def list_approvals(case_id: UUID, session: SessionDep, actor: ActorDep) -> ApprovalsOut:
    """What was asked about a case, and what was answered, newest first."""
    case = await queries.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.approvals(session, case)
    audit.record(session, actor, "approval.list", rules.trail(case, *(each.id for each in found)))
    return ApprovalsOut(items=[ApprovalOut.of(each) for each in found])


DECIDE = problems(*CHANGE, ApprovalOver, SomebodyElseNeeded)


@router.post("/{case_id}/approvals/{approval_id}/approve", dependencies=[Once], responses=DECIDE)
async def approve(
    case_id: UUID,
    approval_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ApprovalOut:
    """Say yes. It serves one move, while the case stands where it stood when it was asked."""
    approval = await actions.approve(session, actor, case_id, approval_id, version)
    return tagged(response, ApprovalOut.of(approval))


@router.post("/{case_id}/approvals/{approval_id}/refuse", dependencies=[Once], responses=DECIDE)
async def refuse(
    case_id: UUID,
    approval_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ApprovalOut:
    """Say no. It can be asked again."""
    approval = await actions.refuse(session, actor, case_id, approval_id, version)
    return tagged(response, ApprovalOut.of(approval))


@router.post("/{case_id}/notes", status_code=201, dependencies=[Once], responses=problems(*ADD) | EXISTS)
async def write_note(
    case_id: UUID, body: WriteNote, response: Response, session: SessionDep, actor: ActorDep
) -> NoteOut:
    """Write down what was seen, said or done. A note is never changed; write another one."""
    note, box, is_new = await actions.write_note(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, NoteOut.of(note, box))


@router.get("/{case_id}/notes", responses=GET)
async def list_notes(case_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Page[NoteOut]:
    """The notes of a case, newest first."""
    case = await queries.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.notes(session, case, page)
    box = await survivors.box(session, case.survivor_id)
    shown = found[: page.limit]
    ids = rules.trail(case, *(note.id for note in shown))
    audit.record(session, actor, "note.list", ids, FieldClass.HEALTH)
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[NoteOut.of(note, box) for note in shown], next_cursor=following)

"""Routes under /milestone-definitions and /cases/{id}/milestones."""

from uuid import UUID

from fastapi import Response

from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases.errors import SomebodyElseNeeded
from app.cases.rules import trail
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
from app.milestones import actions, queries
from app.milestones.catalogue import definitions
from app.milestones.errors import AlreadyVerified, MilestoneThere, VerifierUnfit
from app.milestones.queries import Place
from app.milestones.schemas import (
    AmendMilestone,
    ChangeOut,
    DefinitionOut,
    DefinitionsOut,
    DropMilestone,
    LoseMilestone,
    MilestoneHistory,
    MilestoneOut,
    MilestoneRow,
    MoveMilestone,
    ReachMilestone,
    WantMilestone,
    show,
)
from app.milestones.states import MILESTONE, Action, Party
from app.overview import queries as overview
from app.referrals.rules import ShareItem
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS
from app.survivors import queries as survivors

router = Room("milestones")
OF_CASE = "/cases/{case_id}/milestones"
ONE = f"{OF_CASE}/{{milestone_id}}"
GET = problems(Forbidden, NotFound)
ADD = problems(Forbidden, NotFound, Clash, KeyReused, MilestoneThere) | EXISTS
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)
VERIFY = problems(*CHANGE, IllegalMove, VerifierUnfit, AlreadyVerified, SomebodyElseNeeded)
BODIES: dict[Action, type[MoveMilestone]] = {
    **dict.fromkeys(Action, MoveMilestone),
    Action.ACHIEVE: ReachMilestone,
    Action.SUSTAIN: ReachMilestone,
    Action.DROP: DropMilestone,
    Action.LOSE: LoseMilestone,
}


@router.get("/milestone-definitions", responses=problems(Forbidden))
async def list_milestone_definitions(_: SessionDep, actor: ActorDep) -> DefinitionsOut:
    """The catalogue: five lanes, each step with its usual day, what shows it and who may confirm it."""
    actor.grant(Permission.DIRECTORY_READ)
    return DefinitionsOut(items=[DefinitionOut.of(each, actor.language) for each in definitions().values()])


@router.post(OF_CASE, status_code=201, dependencies=[Once], responses=ADD)
async def add_milestone(
    case_id: UUID, body: WantMilestone, response: Response, session: SessionDep, actor: ActorDep
) -> MilestoneOut:
    """Put a step of the catalogue on the person's way. A case has each step once."""
    milestone, is_new = await actions.want(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await show(session, actor, milestone))


@router.get(OF_CASE, responses=GET)
async def list_milestones(
    case_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep
) -> Page[MilestoneRow]:
    """The milestones of a case, in the order in which they were added; overdue as of today."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.of_case(session, case, page)
    shown = found[: page.limit]
    ids = trail(case, *(each.id for each in shown))
    audit.record(session, actor, "milestone.list", ids, FieldClass.HEALTH)
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[MilestoneRow.of(each) for each in shown], next_cursor=following)


@router.get(ONE, responses=GET)
async def get_milestone(
    case_id: UUID, milestone_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> MilestoneHistory:
    """One milestone with its evidence and everything that happened to it, newest first."""
    grant = actor.grant(Permission.CASE_READ)
    case = await cases.get(session, grant, case_id)
    milestone = await queries.get(session, grant, Place(case_id, milestone_id))
    box = await survivors.box(session, case.survivor_id)
    changes = [ChangeOut.of(each, box) for each in await queries.changes(session, milestone)]
    audit.record(session, actor, "milestone.read", trail(case, milestone.id), FieldClass.HEALTH)
    shown = MilestoneOut.opened(milestone, actor, box).model_dump()
    return tagged(response, MilestoneHistory.model_validate(shown | {"changes": changes}))


@router.patch(ONE, dependencies=[Once], responses=problems(*CHANGE))
async def amend_milestone(
    case_id: UUID,
    milestone_id: UUID,
    version: VersionDep,
    body: AmendMilestone,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> MilestoneOut:
    """Give it another day by which it should be reached, or none."""
    milestone = await actions.amend(session, actor, Place(case_id, milestone_id), version, body)
    return tagged(response, await show(session, actor, milestone))


async def _place(case_id: UUID, milestone_id: UUID) -> Place:
    return Place(case_id, milestone_id)


register(
    router,
    ONE,
    Moves(
        table=MILESTONE,
        act=actions,
        where=_place,
        out=MilestoneOut,
        answer=show,
        by=(Party.RECORDER,),
        bodies=BODIES,
        functions={Action.WANT: actions.want_again},
    ),
)


@router.post(f"{ONE}/verify", dependencies=[Once], responses=VERIFY)
async def verify_milestone(
    case_id: UUID,
    milestone_id: UUID,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> MilestoneRow:
    """Confirm what another person recorded, in a role that the catalogue names for it.

    A facility, also a club, may do so while a live referral shares the person's milestones with it.
    """
    grant = actor.grant(Permission.MILESTONE_VERIFY)
    shared = await overview.shared_cases(session, grant, case_id, ShareItem.MILESTONES)
    milestone = await actions.verify(session, actor, Place(case_id, milestone_id), version, shared)
    return tagged(response, MilestoneRow.of(milestone))

"""Routes of what a person sees first: /today, a team, and a case's timeline."""

from uuid import UUID

from fastapi import Response

from app.access.table import Permission
from app.core.errors import Forbidden, NotFound
from app.core.pages import Page
from app.overview import queries, team
from app.overview.schemas import Entry, TodayOut
from app.overview.team import TeamOverview
from app.routers._deps import ShortDep, ShortPageDep
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("overview")
JSON = "application/json"


@router.get("/today", response_model=TodayOut, responses=problems(Forbidden))
async def get_today(short: ShortDep) -> Response:
    """What waits for you: tasks due until today, referrals answered in the last week, and how much else."""
    grant = short.actor.grant(Permission.REFERRAL_READ)
    return Response(await queries.today_json(short.hot, grant), media_type=JSON)


@router.get("/teams/{team_id}/overview", response_model=TeamOverview, responses=problems(Forbidden, NotFound))
async def get_team_overview(team_id: UUID, short: ShortDep) -> Response:
    """What each person of a team carries, and what is late: tasks, milestones, reviews, answers, contact."""
    grant = short.actor.grant(Permission.OVERSIGHT_READ)
    return Response(await team.team_json(short.hot, grant, team_id), media_type=JSON)


@router.get("/cases/{case_id}/timeline", response_model=Page[Entry], responses=problems(Forbidden, NotFound))
async def get_timeline(case_id: UUID, short: ShortPageDep) -> Response:
    """What was entered in a case, newest first: moves, notes, tasks, assessments, milestones, referrals."""
    grant = short.actor.grant(Permission.CASE_READ)
    found = await queries.timeline_json(short.hot, grant, short.page, case_id)
    return Response(found, media_type=JSON)

"""Routes of a facility's work: who waits there in which order, and how well it answers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.codelists.lists import recorded
from app.core import clock
from app.core.errors import Forbidden, NotFound
from app.core.given import Day
from app.referrals import rules, waiting
from app.referrals.waiting import MeasuresOut, QueueOut
from app.routers._deps import ActorDep, SessionDep, ShortDep
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("referrals", prefix="/facilities/{facility_id}")
GET = problems(Forbidden, NotFound)


@router.get("/queue", response_model=QueueOut, responses=GET)
async def get_queue(
    facility_id: UUID,
    short: ShortDep,
    service: Annotated[str | None, recorded("service"), Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Who was taken on and has no date: the most urgent first, then who has waited longest."""
    grant = short.actor.grant(Permission.QUEUE_READ)
    found = await waiting.queue_json(short.hot, grant, facility_id, service, limit)
    return Response(found, media_type="application/json")


@router.get("/measures", responses=GET)
async def get_measures(
    facility_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    since: Annotated[Day | None, Query(description="By default a year before its end")] = None,
    until: Annotated[Day | None, Query(description="By default today")] = None,
) -> MeasuresOut:
    """How what was sent to a facility in a period was answered in time, served and reported back."""
    grant = actor.grant(Permission.QUEUE_READ)
    period = rules.period(since, until, clock.today())
    return MeasuresOut.model_validate(await waiting.measures(session, grant, facility_id, *period))

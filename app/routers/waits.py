"""The route of the continuum-of-care clock."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic.json_schema import SkipJsonSchema

from app.access.table import Permission
from app.codelists.lists import recorded
from app.core.errors import Forbidden, NotFound
from app.routers._deps import ShortDep
from app.routers._problems import problems
from app.routers._rooms import Room
from app.waits import queries
from app.waits.schemas import WaitsOut
from app.waits.stages import By

router = Room("overview")
None_ = SkipJsonSchema[None]


@router.get("/continuum-of-care", response_model=WaitsOut, responses=problems(Forbidden, NotFound))
async def list_waits(
    short: ShortDep,
    by: Annotated[By | None_, Query(description="Told apart by this, beside their stage")] = None,
    stage: Annotated[str | None_, recorded("wait_stage"), Query(description="This stage alone")] = None,
    district: Annotated[str | None_, recorded("district"), Query(description="Of who lives here")] = None,
    period: Annotated[
        str | None_,
        Query(pattern=r"^[0-9]{4}(-Q[1-4])?$", description="The wait began in it: 2026, or 2026-Q3"),
    ] = None,
    team_id: Annotated[UUID | None_, Query(description="Of this team; else of all you answer for")] = None,
) -> Response:
    """How long each part of the way takes, from the injury to work, school and sport, as of the last night.

    Who waits still counts too (Kaplan-Meier): the median of those alone who were served would be too short.
    """
    grant = short.actor.grant(Permission.OVERSIGHT_READ)
    only = {"stage": stage, "district": district, "period": period}
    found = await queries.waits_json(short.hot, grant, by, team_id, **only)
    return Response(found, media_type="application/json")

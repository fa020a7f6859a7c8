"""Routes under /health: for load balancers and containers, not for people. They show no version."""

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from app.core.db import unit_of_work
from app.core.errors import Unavailable
from app.core.keys import purpose
from app.routers._problems import problems

router = APIRouter(prefix="/health", tags=["health"])
ASK = sa.text("select 1")


@router.get("/live", status_code=204, responses=problems())
async def live() -> Response:
    """The process answers."""
    return Response(status_code=204)


@router.get("/ready", status_code=204, responses=problems(Unavailable))
async def ready(request: Request) -> Response:
    """The database answers and the keys are there."""
    purpose("token")
    async with unit_of_work(request.app.state.database, None) as session:
        await (await session.connection()).execute(ASK)
    return Response(status_code=204)

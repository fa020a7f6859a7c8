"""Build the web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.core.config import settings
from app.core.db import Bind, connect
from app.core.hot import open_pool
from app.routers import (
    _once,
    _problems,
    accounts,
    appointments,
    assessments,
    assignments,
    audit,
    auth,
    budgets,
    bulletins,
    calendars,
    care_years,
    careplans,
    cases,
    code_lists,
    competitions,
    consents,
    couriers,
    delegations,
    documents,
    emergency,
    erasures,
    health,
    incidents,
    injuries,
    milestones,
    notifications,
    organisations,
    overview,
    participants,
    printing,
    programmes,
    psychosocial,
    questions,
    queues,
    referrals,
    rehabilitation,
    reintegration,
    reports,
    risks,
    sport_injuries,
    squads,
    statistics,
    support,
    survivors,
    tasks,
    transfers,
    waits,
    wellbeing,
)
from app.routers._rooms import Porter, operation_id
from app.routers._wire import Wire
from app.routers.statistics import figures_only

LARGEST_BODY = 1 << 20
ROOMS = (
    *(cases.router, overview.router, referrals.router, queues.router, tasks.router, milestones.router),
    *(
        survivors.router,
        consents.router,
        injuries.router,
        emergency.router,
        rehabilitation.router,
        support.router,
        reintegration.router,
        incidents.router,
        assessments.router,
        risks.router,
        appointments.router,
        transfers.router,
        delegations.router,
        assignments.router,
        calendars.router,
        careplans.router,
        psychosocial.router,
        wellbeing.router,
        documents.router,
        erasures.router,
        printing.router,
        notifications.router,
        couriers.router,
        programmes.router,
        participants.router,
        sport_injuries.router,
        squads.router,
        competitions.router,
    ),
    *(waits.router, statistics.router, care_years.router, questions.router, reports.router, bulletins.router),
    budgets.router,
    *(organisations.router, code_lists.router),
    *(auth.router, accounts.router, audit.router),
)


class Service(FastAPI):
    """The application with our wire around all of it, also around what the framework refuses first."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await Wire(super().__call__)(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The description of all of it, with what every refusal looks like said once."""
        described = super().openapi()
        described["components"]["schemas"].setdefault(_problems.NAME, _problems.SCHEMA)
        return described


def create_app(database: Bind | None = None, face: str = "") -> FastAPI:
    """A fresh app on this database, of all rooms or of figures alone: nothing in it is global."""
    app = Service(
        title="Dayaq",
        summary="Victim-assistance case management for survivors of explosive ordnance",
        version="1",
        generate_unique_id_function=operation_id,
        lifespan=_life,
        max_body_size=LARGEST_BODY,
        strict_content_type=True,
        redoc_url=None,
    )
    app.state.database, app.state.pool = database, None
    _problems.install(app)
    _once.install(app)
    app.include_router(health.router)
    of_figures = (face or settings().face) == "statistics"
    for room in ROOMS:
        app.router.routes.extend(filter(figures_only, room.routes) if of_figures else room.routes)
    app.router.middleware_stack = Porter(app.router.app, app.router.routes)
    if not of_figures:
        app.include_router(programmes.feeds)
        app.include_router(calendars.feeds)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    """Each server process has its own connections, open for as long as it serves."""
    if app.state.database is not None:
        yield
        return
    address = settings().database_url
    app.state.database, app.state.pool = connect(address), await open_pool(address)
    yield
    await app.state.pool.close()
    await app.state.database.dispose()

"""Routes under /audit: who saw and did what."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.audit import actions, queries
from app.audit.schemas import AuditEventOut
from app.core.errors import Forbidden
from app.core.pages import Page
from app.routers._deps import ActorDep, PageDep, SessionDep
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("audit", prefix="/audit")


@router.get("/events", response_model=Page[AuditEventOut], responses=problems(Forbidden))
async def list_audit_events(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    record_id: Annotated[UUID | None, Query(description="Only events about this record")] = None,
    user_id: Annotated[UUID | None, Query(description="Only what this person did")] = None,
) -> Response:
    """Who read or changed what, oldest first. Looking at this is an event too."""
    grant = actor.grant(Permission.AUDIT_READ)
    found = await queries.page_json(session, grant, page, record_id, user_id)
    actions.record(session, actor, "audit.list", [i for i in (record_id, user_id) if i])
    return Response(found, media_type="application/json")

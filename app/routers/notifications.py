"""Routes under /notifications."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.core.errors import Forbidden, KeyReused, NotFound
from app.core.pages import Page
from app.notifications import actions, queries
from app.notifications.schemas import NotificationOut
from app.routers._deps import ActorDep, PageDep, SessionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("notifications", prefix="/notifications")


@router.get("", response_model=Page[NotificationOut], responses=problems(Forbidden))
async def list_notifications(
    page: PageDep, session: SessionDep, actor: ActorDep, unread: Annotated[bool, Query()] = False
) -> Response:
    """What you or your facility were told, oldest first."""
    grant = actor.grant(Permission.NOTIFICATION_READ)
    return Response(await queries.page_json(session, grant, page, unread), media_type="application/json")


@router.post(
    "/{notification_id}/read", dependencies=[Once], responses=problems(Forbidden, NotFound, KeyReused)
)
async def read_notification(
    notification_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> NotificationOut:
    """Mark a message as read."""
    message = await actions.read(session, actor, notification_id)
    return tagged(response, NotificationOut.model_validate(message))

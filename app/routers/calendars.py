"""Routes under /calendar-feed: the address of one's own calendar; and the calendar at that address."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from app.access.table import Permission
from app.calendars import actions, queries, rules
from app.calendars.errors import CalendarBusy, CalendarVoid
from app.calendars.schemas import CalendarAddressOut, CalendarFeedOut
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.errors import Busy, Forbidden, KeyReused
from app.routers._deps import ActorDep, SessionDep
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("calendar", "/calendar-feed")
feeds = APIRouter(tags=["calendar"])
CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}},
    304: {"description": "Unchanged"},
}
LONGEST = 100  # of an address: ours have 43 characters


@router.get("", responses=problems(Forbidden))
async def get_calendar_feed(session: SessionDep, actor: ActorDep) -> CalendarFeedOut:
    """Whether your calendar has an address, and since when."""
    actor.grant(Permission.CALENDAR_READ)
    feed = await queries.own(session, actor)
    return CalendarFeedOut(opened_at=feed.opened_at if feed else None)


@router.post("", dependencies=[Once], responses=problems(Forbidden, KeyReused, Busy))
async def open_calendar_feed(session: SessionDep, actor: ActorDep) -> CalendarAddressOut:
    """Give your calendar an address for your calendar program. It is shown once; the one before ends."""
    feed, secret = await actions.open_feed(session, actor)
    return CalendarAddressOut(path=f"/calendars/own/{secret}.ics", opened_at=feed.opened_at)


@router.delete("", status_code=204, dependencies=[Once], responses=problems(Forbidden, KeyReused, Busy))
async def close_calendar_feed(session: SessionDep, actor: ActorDep) -> None:
    """Take the address of your calendar back: it answers nothing from now on."""
    await actions.close_feed(session, actor)


@feeds.get(
    "/calendars/own/{secret}.ics",
    response_class=Response,
    responses=problems(CalendarVoid, CalendarBusy) | CALENDAR,
)
async def read_own_calendar(
    secret: str, request: Request, if_none_match: Annotated[str | None, Header(max_length=200)] = None
) -> Response:
    """Tasks and visits (RFC 5545), to who has the address: kinds and codes, and nothing of a person."""
    if len(secret) > LONGEST:
        raise CalendarVoid
    async with unit_of_work(request.app.state.database, GATE) as session:
        found = await queries.read_by(session, rules.secret_hash(secret), clock.now())
    if found is None:
        raise CalendarVoid
    actor, reads = found
    if reads > rules.MOST_READS:
        raise CalendarBusy
    async with unit_of_work(request.app.state.database, actor.limits) as session:
        body = await actions.read(session, actor)
    tag = rules.etag(body)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/calendar", headers=headers)

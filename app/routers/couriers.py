"""Routes of what leaves the house: how people are told outside the app, webhooks, and what was given up."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.accounts.errors import StepUpNeeded
from app.core.errors import Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.couriers import actions, queries, visits
from app.couriers.errors import NotDead, Stopped
from app.couriers.schemas import (
    AmendWebhook,
    DeliveryOut,
    NewWebhook,
    PreferenceOut,
    VisitReminderOut,
    WebhookKeyOut,
    WebhookRow,
    WritePreference,
)
from app.routers._deps import ActorDep, PageDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("notifications")
OWN = "/notifications/preference"
ONE = "/webhooks/{webhook_id}"
EXISTS: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already, under the same id"}}
CHANGE = problems(Forbidden, NotFound, Stale, VersionMissing, KeyReused, StepUpNeeded, Stopped)
JSON = "application/json"


@router.get(OWN, responses=problems(Forbidden))
async def get_notification_preference(
    response: Response, session: SessionDep, actor: ActorDep
) -> PreferenceOut:
    """How you are told outside the app: not at all until you say how."""
    return tagged(response, PreferenceOut.of(await actions.read_preference(session, actor)))


@router.put(OWN, dependencies=[Once], responses=problems(Forbidden, Stale, VersionMissing, KeyReused, Clash))
async def write_notification_preference(
    version: VersionDep, body: WritePreference, response: Response, session: SessionDep, actor: ActorDep
) -> PreferenceOut:
    """Say how you want to be told, of what, and when not. What is not sent is not wanted."""
    wants = await actions.write_preference(session, actor, version, body)
    return tagged(response, PreferenceOut.of(wants))


@router.get("/webhooks", response_model=Page[WebhookRow], responses=problems(Forbidden))
async def list_webhooks(page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    """Where facilities' own systems are told, oldest first."""
    grant = actor.grant(Permission.WEBHOOK_MANAGE)
    return Response(await queries.webhooks_json(session, grant, page), media_type=JSON)


@router.post(
    "/webhooks",
    status_code=201,
    dependencies=[Once],
    responses=problems(Forbidden, Clash, KeyReused, StepUpNeeded) | EXISTS,
)
async def add_webhook(
    body: NewWebhook, response: Response, session: SessionDep, actor: ActorDep
) -> WebhookKeyOut:
    """Tell a facility's own system from now on. The key in the answer signs every message to it."""
    webhook, is_new = await actions.add_webhook(session, actor, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, WebhookKeyOut.of(webhook))


@router.get(ONE, responses=problems(Forbidden, NotFound))
async def get_webhook(
    webhook_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> WebhookRow:
    """One webhook, without its key."""
    found = await queries.webhook(session, actor.grant(Permission.WEBHOOK_MANAGE), webhook_id)
    return tagged(response, WebhookRow.model_validate(found))


@router.patch(ONE, dependencies=[Once], responses=CHANGE)
async def amend_webhook(
    webhook_id: UUID,
    version: VersionDep,
    body: AmendWebhook,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> WebhookRow:
    """Send to another place, or other kinds of message; what is not sent stays."""
    webhook = await actions.amend_webhook(session, actor, webhook_id, version, body)
    return tagged(response, WebhookRow.model_validate(webhook))


@router.post(f"{ONE}/renew-key", dependencies=[Once], responses=CHANGE)
async def renew_webhook_key(
    webhook_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> WebhookKeyOut:
    """Sign with another key from now on; it is shown once."""
    return tagged(response, WebhookKeyOut.of(await actions.renew_key(session, actor, webhook_id, version)))


@router.post(f"{ONE}/stop", dependencies=[Once], responses=CHANGE)
async def stop_webhook(
    webhook_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> WebhookRow:
    """Send nothing there any more, for good."""
    webhook = await actions.stop_webhook(session, actor, webhook_id, version)
    return tagged(response, WebhookRow.model_validate(webhook))


@router.get("/deliveries", response_model=Page[DeliveryOut], responses=problems(Forbidden))
async def list_deliveries(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    dead: Annotated[bool, Query(description="Only those that were given up")] = False,
) -> Response:
    """What left the house or is to leave it, oldest first: ids, times and faults, no addresses."""
    grant = actor.grant(Permission.WEBHOOK_MANAGE)
    return Response(await queries.deliveries_json(session, grant, page, dead), media_type=JSON)


@router.post(
    "/deliveries/{delivery_id}/send-again",
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, Stale, VersionMissing, KeyReused, NotDead, Stopped),
)
async def send_delivery_again(
    delivery_id: UUID, version: VersionDep, response: Response, session: SessionDep, actor: ActorDep
) -> DeliveryOut:
    """Send what was given up once more, under the same id."""
    delivery = await actions.send_again(session, actor, delivery_id, version)
    return tagged(response, DeliveryOut.model_validate(delivery))


@router.get("/referrals/{referral_id}/visit-reminders", responses=problems(Forbidden, NotFound))
async def list_visit_reminders(
    referral_id: UUID, session: SessionDep, actor: ActorDep
) -> list[VisitReminderOut]:
    """When the person was reminded of a visit by text message, or why not; for whoever sent the referral.

    Only who agreed to be contacted, and only at a number that is safe to call.
    """
    return await visits.shown(session, actor, referral_id)


@router.get(
    "/cases/{case_id}/appointments/{appointment_id}/visit-reminders", responses=problems(Forbidden, NotFound)
)
async def list_appointment_reminders(
    case_id: UUID, appointment_id: UUID, session: SessionDep, actor: ActorDep
) -> list[VisitReminderOut]:
    """When the person was reminded of an appointment by text message, or why not.

    Only who agreed to be contacted, and only at a number that is safe to call.
    """
    return await visits.shown_of(session, actor, case_id, appointment_id)

"""What can be said about being told outside the app. The only code that changes a preference or a webhook."""

import secrets
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission
from app.accounts import queries as accounts
from app.accounts import rules as identity
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.core import clock, vault
from app.core.config import settings
from app.core.errors import Clash, Invalid, NotFound, Stale
from app.couriers import queries, rules
from app.couriers.errors import NotDead, Stopped
from app.couriers.models import Delivery, Preference, Webhook
from app.couriers.schemas import AmendWebhook, NewWebhook, PreferenceOut, WebhookRow, WritePreference
from app.organisations import queries as organisations

SEALED = {"email", "phone"}


async def read_preference(session: AsyncSession, actor: Actor) -> Preference:
    """How the caller wants to be told; as it is for everybody until they say so."""
    actor.grant(Permission.NOTIFICATION_READ)
    return await queries.preference(session, actor) or Preference(user_id=actor.user_id)


async def write_preference(
    session: AsyncSession, actor: Actor, version: int, given: WritePreference
) -> Preference:
    """Say how to be told, all anew."""
    wants = await read_preference(session, actor)
    if version != wants.version:
        raise Stale(current=PreferenceOut.of(wants).model_dump(mode="json"))
    said = given.model_dump()
    rules.need_whole(said)
    session.add(wants)
    await session.flush()
    for name, value in said.items():
        setattr(wants, name, _sealed(wants.id, name, value) if name in SEALED else value)
    audit.record(session, actor, "notification.prefer", wants.id, FieldClass.CONTACT)
    await session.flush()
    return wants


async def add_webhook(session: AsyncSession, actor: Actor, given: NewWebhook) -> tuple[Webhook, bool]:
    """Tell a facility's own system from now on; False beside it when this very webhook was there already."""
    grant = await _may(session, actor)
    await _need_facility(session, actor, given.facility_id)
    rules.need_allowed(given.url, settings().webhook_hosts)
    if given.id and (known := await session.get(Webhook, given.id)):
        return _same(await queries.webhook(session, grant, known.id), given), False
    webhook = Webhook.model_validate(given.model_dump(exclude_none=True) | {"key_id": "", "key": b""})
    _new_key(webhook)
    session.add(webhook)
    audit.record(session, actor, "webhook.add", [webhook.id, webhook.facility_id])
    await session.flush()
    return webhook, True


async def amend_webhook(
    session: AsyncSession, actor: Actor, webhook_id: UUID, version: int, given: AmendWebhook
) -> Webhook:
    """Send to another place, or other kinds of message; what is not sent stays."""
    webhook = await _live(session, actor, webhook_id, version)
    if given.url:
        rules.need_allowed(given.url, settings().webhook_hosts)
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(webhook, name, value)
    audit.record(session, actor, "webhook.amend", [webhook.id, webhook.facility_id])
    await session.flush()
    return webhook


async def renew_key(session: AsyncSession, actor: Actor, webhook_id: UUID, version: int) -> Webhook:
    """Sign with another key from now on; each message names its key, so the receiver can know both."""
    webhook = await _live(session, actor, webhook_id, version)
    _new_key(webhook)
    audit.record(session, actor, "webhook.renew_key", [webhook.id, webhook.facility_id])
    await session.flush()
    return webhook


async def stop_webhook(session: AsyncSession, actor: Actor, webhook_id: UUID, version: int) -> Webhook:
    """Send nothing there any more, for good; what waits for it is given up."""
    webhook = await _live(session, actor, webhook_id, version)
    webhook.stopped_at = clock.now()
    audit.record(session, actor, "webhook.stop", [webhook.id, webhook.facility_id])
    await session.flush()
    return webhook


async def send_again(session: AsyncSession, actor: Actor, delivery_id: UUID, version: int) -> Delivery:
    """Send what was given up, once more by hand, with all its tries."""
    grant = actor.grant(Permission.WEBHOOK_MANAGE)
    delivery = await queries.delivery(session, grant, delivery_id)
    if version != delivery.version:
        raise Stale
    if delivery.dead_at is None:
        raise NotDead
    if delivery.webhook_id and (await queries.webhook(session, grant, delivery.webhook_id)).stopped_at:
        raise Stopped
    delivery.dead_at, delivery.tries, delivery.due_at = None, 0, clock.now()
    audit.record(session, actor, "delivery.send_again", [delivery.id, delivery.notification_id])
    await session.flush()
    return delivery


async def _may(session: AsyncSession, actor: Actor) -> Grant:
    """Whoever opens a way out of the house has just shown who they are."""
    grant = actor.grant(Permission.WEBHOOK_MANAGE)
    identity.require_recent(await accounts.signed(session), clock.now())
    return grant


async def _live(session: AsyncSession, actor: Actor, webhook_id: UUID, version: int) -> Webhook:
    """A webhook in use, as it was when the caller decided to change it."""
    webhook = await queries.webhook(session, await _may(session, actor), webhook_id)
    if version != webhook.version:
        raise Stale(current=WebhookRow.model_validate(webhook).model_dump(mode="json"))
    if webhook.stopped_at:
        raise Stopped
    return webhook


async def _need_facility(session: AsyncSession, actor: Actor, facility_id: UUID) -> None:
    try:
        await organisations.facility(session, actor.grant(Permission.DIRECTORY_READ), facility_id)
    except NotFound:
        fault = {"pointer": "/facility_id", "code": "not_in_directory", "message": ""}
        raise Invalid(errors=[fault]) from None


def _same(known: Webhook, given: NewWebhook) -> Webhook:
    if any(getattr(known, name) != value for name, value in given.model_dump().items()):
        raise Clash
    return known


def _new_key(webhook: Webhook) -> None:
    """256 random bits, and a name by which the receiver knows which key a message was signed with."""
    webhook.key_id = secrets.token_hex(4)
    webhook.key = vault.seal_envelope("webhook", "key", webhook.id, secrets.token_hex(32))


def _sealed(row_id: UUID, column: str, text: str | None) -> bytes | None:
    return None if text is None else vault.seal_envelope("notification_preference", column, row_id, text)

"""What the two sides of a referral write to each other, sealed, and open to the receiver while it is live."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.core import clock, vault
from app.core.errors import Clash, NotFound
from app.core.ids import new_id
from app.notifications import actions as notifications
from app.referrals import queries, rules
from app.referrals.models import Referral, ReferralMessage
from app.referrals.schemas import ReferralMessageOut, WriteMessage
from app.referrals.states import Party

MOST = 200  # messages of a referral that are shown, the latest


async def shown(session: AsyncSession, actor: Actor, referral_id: UUID) -> list[ReferralMessageOut]:
    """The messages about a referral, oldest first; to its receiver while referral and consent are live."""
    referral, _ = await _opened(session, actor, referral_id)
    newest = (col(ReferralMessage.created_at).desc(), col(ReferralMessage.id).desc())  # ids may be a client's
    latest = _of(referral).order_by(*newest).limit(MOST)
    found: Sequence[ReferralMessage] = (await session.exec(latest)).all()
    trail = rules.trail(referral, *(message.id for message in found))
    audit.record(session, actor, "referral.read_messages", trail, FieldClass.HEALTH)
    return [ReferralMessageOut.of(message) for message in reversed(found)]


async def write(
    session: AsyncSession, actor: Actor, referral_id: UUID, given: WriteMessage
) -> tuple[ReferralMessageOut, bool]:
    """Write to the other side of a live referral; False beside it when this message was there already."""
    referral, side = await _opened(session, actor, referral_id)
    if given.id and (known := await _find(session, referral, given.id)):
        was = ReferralMessageOut.of(known)
        if (was.text, was.side) != (given.text, side):
            raise Clash
        return was, False
    rules.need_live(referral)
    message_id = given.id or new_id()
    message = ReferralMessage.model_validate(
        referral.model_dump(include={"owner_id", "team_id", "to_facility_id"})
        | {"id": message_id, "referral_id": referral.id, "side": side, "by_id": actor.user_id}
        | {"text": vault.seal_envelope("referral_message", "text", message_id, given.text)}
    )
    session.add(message)
    audit.record(session, actor, "referral.message", rules.trail(referral, message_id), FieldClass.HEALTH)
    other = Party.SENDER if side is Party.RECEIVER else Party.RECEIVER
    hears = rules.hears(other, referral.by_hand, referral.owner_id == actor.user_id)
    if hears is Party.RECEIVER:
        notifications.tell_facility(session, referral.to_facility_id, "referral.message", referral.id)
    elif hears:
        notifications.tell_person(session, referral.owner_id, "referral.message", referral.id)
    await session.flush()
    return ReferralMessageOut.of(message), True


async def read(
    session: AsyncSession, actor: Actor, referral_id: UUID, message_id: UUID
) -> ReferralMessageOut:
    """Mark a message of the other side as read. Reading twice, or one's own, changes nothing."""
    referral, side = await _opened(session, actor, referral_id)
    message = await _find(session, referral, message_id)
    if message is None:
        raise NotFound
    if message.side is not side and message.read_at is None:
        message.read_at, message.read_by_id = clock.now(), actor.user_id
    audit.record(
        session, actor, "referral.read_message", rules.trail(referral, message_id), FieldClass.HEALTH
    )
    await session.flush()
    return ReferralMessageOut.of(message)


async def _opened(session: AsyncSession, actor: Actor, referral_id: UUID) -> tuple[Referral, Party]:
    """The referral, and on which side the actor stands, while what is written is open to that side."""
    referral = await queries.get(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    by = rules.parties(referral, actor)
    if Party.SENDER in by:
        return referral, Party.SENDER
    rules.need_shared(referral, await queries.consent_of(session, referral), by, clock.today())
    return referral, Party.RECEIVER


async def _find(session: AsyncSession, referral: Referral, message_id: UUID) -> ReferralMessage | None:
    return (await session.exec(_of(referral).where(ReferralMessage.id == message_id))).one_or_none()


def _of(referral: Referral) -> SelectOfScalar[ReferralMessage]:
    return select(ReferralMessage).where(ReferralMessage.referral_id == referral.id)

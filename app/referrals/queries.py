"""Every read of a referral. Each takes a Grant, or a referral that a grant has opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.assessments.models import Assessment
from app.audit import reading
from app.core import clock
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.core.pages import Ask, fetch
from app.injuries.models import Amputation, Injury
from app.milestones.models import Milestone
from app.referrals import moving, rules
from app.referrals.ladder import ladder
from app.referrals.models import Escalation, Referral, ReferralMove
from app.referrals.rules import ShareItem
from app.referrals.states import LIVE, REFERRAL, Party, Status
from app.rehabilitation.models import DeviceOrder
from app.survivors import queries as survivors
from app.survivors.models import Consent, PersonKey, Phone, Survivor
from app.survivors.rules import SHARING

R, M = Referral, ReferralMove
MOST_SHARED = 200  # rows of one kind in a shared record, the latest
MOST_EXPIRED = 500  # in one unit of work
BOTH = (
    *(col(R.id), col(R.version), col(R.code), col(R.organisation_id), col(R.to_facility_id)),
    *(col(R.priority_code), col(R.service_codes), col(R.status), col(R.sent_at), col(R.answer_by)),
    *(col(R.answered_at), col(R.expected_on), col(R.scheduled_for), col(R.ended_at)),
)


class Box(StrEnum):
    """Whose letters: those that came to my facility, or those that went out within my reach."""

    INBOX = "inbox"
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Shared:
    """What a referral shares: the person with the key, and the rows behind the items that are shared."""

    referral: Referral
    survivor: Survivor
    wrapped: bytes
    items: frozenset[ShareItem]
    phones: Sequence[Phone] = ()
    assessments: Sequence[Assessment] = ()
    milestones: Sequence[Milestone] = ()
    injuries: Sequence[Injury] = ()
    amputations: Sequence[Amputation] = ()
    devices: Sequence[DeviceOrder] = ()


async def find(session: AsyncSession, grant: Grant, referral_id: UUID) -> Referral | None:
    """One referral within reach, if there is one."""
    return (await session.exec(select(R).where(_within(grant), R.id == referral_id))).one_or_none()


async def get(session: AsyncSession, grant: Grant, referral_id: UUID) -> Referral:
    """One referral within reach, or NotFound."""
    found = await find(session, grant, referral_id)
    if found is None:
        raise NotFound
    return found


async def take(hot: Hot, grant: Grant, referral_id: UUID) -> Referral:
    """One referral within reach, locked for this transaction on the short way, or NotFound."""
    kept = prepare(("take referral", grant.shape), partial(_take, grant))
    found = await hot.row(kept, referral_id=referral_id, **grant.values)
    if found is None:
        raise NotFound
    return moving.row(found.items())


def _take(grant: Grant) -> Any:
    one = sa.select(*moving.R.c).where(_within(grant), col(R.id) == sa.bindparam("referral_id"))
    return one.with_for_update()


async def page_json(hot: Hot, grant: Grant, ask: Ask, box: Box, status: Status | None = None) -> bytes:
    """An inbox or outbox in order of drafting: a Page of its rows, and the event of having read it."""
    key = (box, status is not None)
    build = partial(_page, grant, *key)
    return await reading.page(
        hot, grant, ask, key, build, "referral.list", only_status=status and status.value
    )


def _page(grant: Grant, box: Box, only: bool) -> reading.Rows:
    """The rows of a box, those of the status that will be given if `only`."""
    rows: reading.Rows = sa.select(*BOTH).where(_within(grant), _lies_in(box, grant))
    if box is Box.OUTBOX:
        rows = rows.add_columns(col(R.case_id), col(Survivor.code).label("survivor_code"))
        rows = rows.join(Survivor, col(Survivor.id) == col(R.survivor_id))
    return rows.where(col(R.status) == sa.bindparam("only_status")) if only else rows


async def history_json(session: AsyncSession, referral: Referral, by: Sequence[Party], ask: Ask) -> bytes:
    """The steps of a referral, in order: a Page[ReferralMoveOut]; the drafting is the sender's alone."""
    rows = sa.select(
        *(col(M.id), col(M.created_at), col(M.action), col(M.source), col(M.target), _acting().label("by")),
        *(col(M.reason_code), col(M.priority_code), col(M.scheduled_for), col(M.expected_on)),
    ).where(col(M.referral_id) == referral.id)
    if Party.SENDER not in by:
        rows = rows.where(col(M.action).is_not(None))
    return await fetch(session, rows, ask)


async def shared(session: AsyncSession, grant: Grant, referral_id: UUID) -> Shared:
    """Exactly what the sender chose to share, or NotFound: the consent is looked at on each reading."""
    rows = (
        select(R, Survivor, PersonKey.wrapped, Consent)
        .join(Survivor, col(Survivor.id) == col(R.survivor_id))
        .join(PersonKey, col(PersonKey.id) == col(R.survivor_id))
        .outerjoin(Consent, col(Consent.id) == col(R.consent_id))
        .where(_within(grant), R.id == referral_id)
    )
    found = (await session.exec(rows)).one_or_none()
    if found is None:
        raise NotFound
    referral, survivor, wrapped, consent = found
    rules.need_shared(referral, consent, rules.parties(referral, grant.actor), clock.today())
    agreed_to = consent or await _live_consent(session, referral)  # a draft stands on none yet
    items = frozenset(item for item in set(ShareItem) - rules.APART if rules.shows(referral, agreed_to, item))
    return Shared(referral, survivor, wrapped, items, **await _rows(session, referral, items))


async def sent_on(session: AsyncSession, grant: Grant, referral: Referral) -> Referral | None:
    """The referral that this one was sent on as, if it was."""
    return (await session.exec(select(R).where(_within(grant), R.previous_id == referral.id))).one_or_none()


async def agreed(session: AsyncSession, referral: Referral) -> Consent | None:
    """The consent to send this on, held until the transaction ends: nobody takes it back meanwhile."""
    live = await _live_consent(session, referral)
    if live is None:
        return None
    held = select(Consent).where(Consent.id == live.id).with_for_update(read=True)
    return (await session.exec(held.execution_options(populate_existing=True))).one_or_none()


async def consent_of(session: AsyncSession, referral: Referral) -> Consent | None:
    """The consent that a referral was sent on, as it stands now."""
    return (await session.exec(select(Consent).where(Consent.id == referral.consent_id))).one_or_none()


async def late(session: AsyncSession, grant: Grant, now: datetime, after: UUID) -> Sequence[Referral]:
    """Some that should have been answered by now and have steps of the ladder left, in order of drafting."""
    taken = sa.select(sa.func.count()).where(col(Escalation.referral_id) == col(R.id)).scalar_subquery()
    following = [
        (sa.and_(col(R.priority_code) == rung.priority_code, taken == rung.step - 1), rung.after)
        for rung in ladder()
    ]  # closed days only put a step off
    is_due = col(R.answer_by) + sa.case(*following) < now
    rows = select(R).where(_within(grant), R.status == Status.SENT, col(R.answer_by) < now, is_due)
    some = rows.where(col(R.id) > after).order_by(col(R.id)).limit(MOST_EXPIRED)
    held = some.with_for_update(skip_locked=True)
    return (await session.exec(held.execution_options(populate_existing=True))).all()


async def live_on(session: AsyncSession, grant: Grant, consent_id: UUID) -> Sequence[Referral]:
    """The live referrals that stand on this consent, or were sent on it, held until the transaction ends.

    One that was renewed since ends with either paper: who takes one back does not ask which of them counts.
    """
    taken = (await session.exec(select(Consent).where(Consent.id == consent_id))).one()
    renewed = sa.exists().where(
        *(col(Consent.id) == R.consent_id, col(Consent.created_at) > R.sent_at),
        *(col(R.to_facility_id) == taken.facility_id, col(R.sent_at) >= taken.created_at),
        sa.literal(taken.valid_until >= clock.today()),
    )
    mine = sa.or_(col(R.consent_id) == taken.id, renewed)
    rows = select(R).where(_within(grant), R.survivor_id == taken.survivor_id, mine)
    rows = rows.where(col(R.status).in_(LIVE))
    held = rows.order_by(col(R.id)).with_for_update()
    return (await session.exec(held.execution_options(populate_existing=True))).all()


async def renewable(
    session: AsyncSession, grant: Grant, consent_id: UUID
) -> tuple[Consent, dict[UUID | None, Consent], Sequence[Referral]]:
    """A consent, the others with the same provider, and the live referrals that stand on those; all held.

    The consents first: nobody takes one back, or sends on one, until the transaction ends.
    """
    new = (await session.exec(select(Consent).where(Consent.id == consent_id))).one()
    same = select(Consent).where(
        *(Consent.survivor_id == new.survivor_id, Consent.purpose_code == SHARING),
        *(Consent.facility_id == new.facility_id, Consent.id != new.id),
    )
    others = same.order_by(col(Consent.id)).with_for_update(key_share=True)
    found = await session.exec(others.execution_options(populate_existing=True))
    before: dict[UUID | None, Consent] = {one.id: one for one in found}
    rows = select(R).where(_within(grant), col(R.consent_id).in_(before), col(R.status).in_(LIVE))
    held = rows.order_by(col(R.id)).with_for_update()
    return new, before, (await session.exec(held.execution_options(populate_existing=True))).all()


async def unanswered(session: AsyncSession, grant: Grant, since: datetime) -> Sequence[Referral]:
    """Some that should have been answered before this moment; what somebody works on just now is left out."""
    rows = select(R).where(_within(grant), R.status == Status.SENT, col(R.answer_by) < since)
    held = rows.order_by(col(R.answer_by)).limit(MOST_EXPIRED).with_for_update(skip_locked=True)
    return (await session.exec(held.execution_options(populate_existing=True))).all()


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    """What my facility was sent, or what goes out within my reach. A draft is its sender's alone."""
    if grant.reach is Reach.FACILITY:
        facility: sa.BindParameter[Any] = sa.bindparam("acting_facility", grant.actor.facility_id)
        return sa.and_(col(R.to_facility_id) == facility, col(R.sent_at).is_not(None))
    return grant.held(R)


def _lies_in(box: Box, grant: Grant) -> sa.ColumnElement[bool]:
    """Whoever answers has an inbox and no outbox; whoever sends has an outbox and no inbox."""
    return sa.true() if (box is Box.INBOX) == (grant.reach is Reach.FACILITY) else sa.false()


def _acting() -> sa.ColumnElement[Any]:
    """Which side took a step: each action of the table is one party's; drafting is the sender's."""
    by = {move.action: move.by.value for move in REFERRAL.moves}
    return sa.case(
        *((col(M.action) == action, sa.literal(party)) for action, party in by.items()),
        else_=sa.literal(Party.SENDER.value),
    )


async def _live_consent(session: AsyncSession, referral: Referral) -> Consent | None:
    return await survivors.live_consent(session, referral.survivor_id, SHARING, referral.to_facility_id)


async def _rows(
    session: AsyncSession, referral: Referral, items: frozenset[ShareItem]
) -> dict[str, Sequence[Any]]:
    """The rows behind each item that has rows, the latest first; what is not shared is not even read."""
    assessed = select(Assessment).where(Assessment.case_id == referral.case_id)
    newest = assessed.order_by(col(Assessment.assessed_on).desc(), col(Assessment.id).desc())
    wanted = select(Milestone).where(Milestone.case_id == referral.case_id).order_by(col(Milestone.id))
    devices = select(DeviceOrder).where(DeviceOrder.case_id == referral.case_id).order_by(col(DeviceOrder.id))
    shelves: tuple[tuple[ShareItem, str, Any], ...] = (
        (ShareItem.CONTACT, "phones", select(Phone).where(Phone.survivor_id == referral.survivor_id)),
        (ShareItem.ASSESSMENTS, "assessments", newest),
        (ShareItem.MILESTONES, "milestones", wanted),
        (ShareItem.INJURY, "injuries", _hurt(Injury, referral)),
        (ShareItem.INJURY, "amputations", _hurt(Amputation, referral)),
        (ShareItem.DEVICE_HISTORY, "devices", devices),
    )
    return {
        name: (await session.exec(rows.limit(MOST_SHARED))).all()
        for item, name, rows in shelves
        if item in items
    }


def _hurt(kind: type[Injury] | type[Amputation], referral: Referral) -> Any:
    """What counts of the person's injuries."""
    rows = select(kind).where(kind.survivor_id == referral.survivor_id, col(kind.in_error).is_(False))
    return rows.order_by(col(kind.id))

"""What can be done to a referral. The only code that changes one."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit import reading
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock, vault
from app.core.errors import Clash, Invalid, NotFound, Stale
from app.core.hot import Hot, within
from app.core.ids import new_id
from app.core.states import Move
from app.organisations import queries as organisations
from app.organisations import rules as directory
from app.organisations.models import Facility
from app.referrals import moving, queries, rules
from app.referrals.models import Referral, ReferralMove
from app.referrals.rules import ShareItem
from app.referrals.schemas import (
    AmendReferral,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    DiscontinueReferral,
    DraftReferral,
    ScheduleReferral,
    SharedRecordOut,
    WaitlistReferral,
    opened,
    seen_by,
)
from app.referrals.states import REFERRAL, Action, Party, Status

Step = Move[Status, Action, Party]
READ_AS = {
    ShareItem.IDENTITY: FieldClass.IDENTITY,
    ShareItem.CONTACT: FieldClass.CONTACT,
    ShareItem.ASSESSMENTS: FieldClass.HEALTH,
    ShareItem.MILESTONES: FieldClass.HEALTH,
}
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another


async def draft(session: AsyncSession, actor: Actor, given: DraftReferral) -> tuple[Referral, bool]:
    """Begin a referral for a case within reach; False beside it when this very draft was there already."""
    grant = actor.grant(Permission.REFERRAL_SEND)
    case = await cases.get(session, grant, given.case_id)
    if given.id and (known := await queries.find(session, grant, given.id)):
        return _same(known, given), False
    rules.need_open(case)
    await _need_receiver(session, actor, given.to_facility_id, given.service_codes)
    referral = _drafted(case, given)
    session.add(referral)
    await session.flush()
    session.add(_begun(referral, actor))
    audit.record(session, actor, "referral.draft", rules.trail(referral))
    await session.flush()
    return referral, True


async def amend(
    session: AsyncSession, actor: Actor, referral_id: UUID, version: int, given: AmendReferral
) -> Referral:
    """Change a draft; what was sent is no draft any more."""
    referral = await _read(session, actor, Permission.REFERRAL_SEND, referral_id, version)
    rules.need_draft(referral, rules.parties(referral, actor))
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(referral, name, _sealed(referral, name, value) if name == "reason" else value)
    if given.model_fields_set & {"to_facility_id", "service_codes"}:
        with session.no_autoflush:
            await _need_receiver(session, actor, referral.to_facility_id, referral.service_codes)
    audit.record(session, actor, "referral.amend", rules.trail(referral))
    await session.flush()
    return referral


async def send(session: AsyncSession, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Ask the facility. Needs the person's consent, live today, to share each chosen item with it."""
    referral = await _read(session, actor, Permission.REFERRAL_SEND, referral_id, version)
    move = REFERRAL.find(referral.status, Action.SEND, rules.parties(referral, actor))
    rules.need_open(await cases.get(session, actor.grant(Permission.REFERRAL_SEND), referral.case_id))
    await _need_receiver(session, actor, referral.to_facility_id, referral.service_codes)
    consent = rules.need_consent(await queries.agreed(session, referral), referral, clock.today())
    now = clock.now()
    until = rules.answer_by(now, referral.priority_code)
    hot = await within(session)
    return await _make(hot, actor, referral, move, now, consent_id=consent.id, answer_by=until)


async def accept(hot: Hot, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Take the referral on, for the facility that was asked."""
    return await _answer(hot, actor, referral_id, version, Action.ACCEPT)


async def decline(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: DeclineReferral
) -> Referral:
    """Refuse the referral, with the reason, and perhaps another facility that may help."""
    suggested = given.suggested_facility_id
    if suggested and not await organisations.known(hot, actor.grant(Permission.DIRECTORY_READ), suggested):
        raise Invalid(errors=[directory.fault("/suggested_facility_id", "not_in_directory")])
    changes = {"decline_reason_code": given.reason_code, "suggested_facility_id": suggested}
    return await _answer(hot, actor, referral_id, version, Action.DECLINE, **changes)


async def waitlist(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: WaitlistReferral
) -> Referral:
    """Put the person on the waiting list."""
    return await _answer(hot, actor, referral_id, version, Action.WAITLIST, expected_on=given.expected_on)


async def schedule(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: ScheduleReferral
) -> Referral:
    """Agree when the person is to come; again after a missed visit."""
    when = given.scheduled_for
    return await _answer(hot, actor, referral_id, version, Action.SCHEDULE, scheduled_for=when)


async def start(hot: Hot, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Begin the service."""
    return await _answer(hot, actor, referral_id, version, Action.START)


async def no_show(hot: Hot, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Note that the person did not come."""
    return await _answer(hot, actor, referral_id, version, Action.NO_SHOW)


async def complete(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: CompleteReferral
) -> Referral:
    """Report the outcome, and what comes next: the counter-referral."""
    report = vault.seal_envelope("referral", "counter_referral", referral_id, given.counter_referral)
    changes = {"outcome_code": given.outcome_code, "counter_referral": report}
    return await _answer(hot, actor, referral_id, version, Action.COMPLETE, **changes)


async def discontinue(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: DiscontinueReferral
) -> Referral:
    """End the service before its aim, with the reason."""
    reason = given.reason_code
    return await _answer(hot, actor, referral_id, version, Action.DISCONTINUE, end_reason_code=reason)


async def cancel(
    session: AsyncSession, actor: Actor, referral_id: UUID, version: int, given: CancelReferral
) -> Referral:
    """Take the referral back, with the reason; a draft too."""
    referral = await _read(session, actor, Permission.REFERRAL_SEND, referral_id, version)
    move = REFERRAL.find(referral.status, Action.CANCEL, rules.parties(referral, actor))
    hot = await within(session)
    return await _make(hot, actor, referral, move, clock.now(), end_reason_code=given.reason_code)


async def read_shared(session: AsyncSession, actor: Actor, referral_id: UUID) -> SharedRecordOut:
    """Show exactly what is shared, and write down that it was read, by kind of field."""
    shared = await queries.shared(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    rows = {ShareItem.ASSESSMENTS: shared.assessments, ShareItem.MILESTONES: shared.milestones}
    trail = rules.trail(shared.referral)
    audit.record(session, actor, "referral.read_shared", trail, FieldClass.HEALTH)  # the reason, in any case
    for item in sorted(shared.items):
        ids = [*trail, *(row.id for row in rows.get(item, ()))]
        audit.record(session, actor, f"referral.read_{item}", ids, READ_AS[item])
    await session.flush()
    return SharedRecordOut.of(shared)


async def revoke_for(session: AsyncSession, actor: Actor, consent_id: UUID) -> int:
    """End every live referral that stands on a consent that this transaction withdrew; how many."""
    grant = actor.grant(Permission.CONSENT_WRITE)
    referrals = await queries.live_on(session, grant, consent_id)
    for referral in referrals:
        move = REFERRAL.find(referral.status, Action.REVOKE, [Party.SYSTEM])
        await _make(await within(session), actor, referral, move, clock.now())
    return len(referrals)


async def expire(session: AsyncSession, actor: Actor, grace: timedelta) -> int:
    """End what no facility has answered, this long after its answer-by date; how many. Again ends nothing."""
    now = clock.now()
    referrals = await queries.unanswered(session, actor.grant(Permission.REFERRAL_READ), now - grace)
    for referral in referrals:
        move = REFERRAL.find(referral.status, Action.EXPIRE, [Party.SYSTEM])
        await _make(await within(session), actor, referral, move, now)
    return len(referrals)


async def _read(
    session: AsyncSession, actor: Actor, permission: Permission, referral_id: UUID, version: int
) -> Referral:
    """The referral as it was when the caller decided, or Stale."""
    return _as_decided(await queries.get(session, actor.grant(permission), referral_id), actor, version)


def _as_decided(referral: Referral, actor: Actor, version: int) -> Referral:
    if version != referral.version:
        raise Stale(current=seen_by(referral, actor).model_dump(mode="json"))
    return referral


async def _answer(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, action: Action, **changes: object
) -> Referral:
    """One step of the facility's, with what it says about it."""
    found = await queries.take(hot, actor.grant(Permission.REFERRAL_ANSWER), referral_id)
    referral = _as_decided(found, actor, version)
    move = REFERRAL.find(referral.status, action, rules.parties(referral, actor))
    if isinstance(when := changes.get("scheduled_for"), datetime):
        rules.need_later(referral, when)
    return await _make(hot, actor, referral, move, clock.now(), **changes)


async def _make(
    hot: Hot, actor: Actor, referral: Referral, move: Step, now: datetime, **changes: object
) -> Referral:
    """Follow one row of the state table: set, stamp, keep the step, write it down, tell the other side."""
    kind = f"referral.{move.action.value}"
    changes |= {move.stamps: now} if move.stamps else {}
    step = {"action": move.action.value, "source": move.source.value, "target": move.target.value}
    by_id = None if move.by is Party.SYSTEM else actor.user_id
    values = {
        **{f"new_{name}": value for name, value in changes.items()},
        **{f"step_{name}": value for name, value in step.items()},
        **reading.event_of(actor, kind, FieldClass.OPERATIONAL),
        "referral_id": referral.id,
        "before": referral.version,
        "new_status": move.target.value,
        "step_id": new_id(),
        "step_created_at": now,
        "step_by_id": by_id,
        "told_id": new_id(),
        "told_created_at": now,
        "told_kind": kind,
    }
    record = await hot.row(moving.statement(move.tells, changes), **values)
    if record is None:
        raise Stale
    return moving.row(record.items())


def _begun(referral: Referral, actor: Actor) -> ReferralMove:
    """The first row of the history: the drafting."""
    return ReferralMove(
        owner_id=referral.owner_id,
        team_id=referral.team_id,
        referral_id=referral.id,
        to_facility_id=referral.to_facility_id,
        created_at=referral.created_at,
        target=referral.status,
        by_id=actor.user_id,
    )


def _drafted(case: Case, given: DraftReferral) -> Referral:
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(10))
    referral = Referral.model_validate(
        given.model_dump(exclude={"reason"}, exclude_none=True)
        | case.model_dump(include={"owner_id", "team_id", "organisation_id", "survivor_id"})
        | {"code": f"REF-{code[:5]}-{code[5:]}"}
    )
    referral.reason = _sealed(referral, "reason", given.reason)
    return referral


def _sealed(referral: Referral, column: str, text: str | None) -> bytes | None:
    return None if text is None else vault.seal_envelope("referral", column, referral.id, text)


def _same(known: Referral, given: DraftReferral) -> Referral:
    """What exists under an id that the client chose, if it is the same; Clash when it is not."""
    sent = given.model_dump(exclude={"reason"})
    if sent != known.model_dump(include=set(sent)) or opened(known, "reason") != given.reason:
        raise Clash
    return known


async def _need_receiver(
    session: AsyncSession, actor: Actor, facility_id: UUID, service_codes: list[str]
) -> None:
    """Stop unless this facility takes referrals today and offers each service asked."""
    grant = actor.grant(Permission.DIRECTORY_READ)
    facility = await _facility(session, actor, facility_id, "/to_facility_id")
    body = await organisations.organisation(session, grant, facility.organisation_id)
    offered = await organisations.offered(session, grant, facility_id)
    directory.need_receiver(facility, body, offered, service_codes, clock.today())


async def _facility(session: AsyncSession, actor: Actor, facility_id: UUID, pointer: str) -> Facility:
    """The facility of the directory that this field names, or Invalid."""
    try:
        return await organisations.facility(session, actor.grant(Permission.DIRECTORY_READ), facility_id)
    except NotFound:
        raise Invalid(errors=[directory.fault(pointer, "not_in_directory")]) from None

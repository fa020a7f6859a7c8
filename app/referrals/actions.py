"""What can be done to a referral. The only code that changes one."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.accounts import queries as accounts
from app.audit import actions as audit
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock, vault
from app.core.errors import Clash, Invalid, NotFound, Stale
from app.core.given import Given
from app.core.hot import Hot, within
from app.organisations import queries as organisations
from app.organisations import rules as directory
from app.organisations.errors import CannotReceive
from app.organisations.models import Facility
from app.referrals import moving, queries, rules
from app.referrals.models import Referral, ReferralMove
from app.referrals.rules import ShareItem
from app.referrals.schemas import (
    AmendReferral,
    ByHand,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    DiscontinueReferral,
    DraftReferral,
    NoShowReferral,
    PrioritiseReferral,
    ScheduleReferral,
    SendOnReferral,
    WaitlistReferral,
    opened,
    seen_by,
)
from app.referrals.states import REFERRAL, Action, Party

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another


async def draft(session: AsyncSession, actor: Actor, given: DraftReferral) -> tuple[Referral, bool]:
    """Begin a referral for a case within reach; False beside it when this very draft was there already."""
    grant = actor.grant(Permission.REFERRAL_SEND)
    case = await cases.get(session, grant, given.case_id)
    if given.id and (known := await queries.find(session, grant, given.id)):
        return _same(known, given), False
    rules.need_open(case)
    await need_receiver(session, actor, given.to_facility_id, given.service_codes)
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
            await need_receiver(session, actor, referral.to_facility_id, referral.service_codes)
    audit.record(session, actor, "referral.amend", rules.trail(referral))
    await session.flush()
    return referral


async def send(session: AsyncSession, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Ask the facility. Needs the person's consent, live today, to share each chosen item with it."""
    referral = await _read(session, actor, Permission.REFERRAL_SEND, referral_id, version)
    move = REFERRAL.find(referral.status, Action.SEND, rules.parties(referral, actor))
    rules.need_open(await cases.get(session, actor.grant(Permission.REFERRAL_SEND), referral.case_id))
    facility = await need_receiver(session, actor, referral.to_facility_id, referral.service_codes)
    calendar = await organisations.calendar(session, actor.grant(Permission.DIRECTORY_READ), facility)
    consent = rules.need_consent(await queries.agreed(session, referral), referral, clock.today())
    now = clock.now()
    until = rules.answer_by(now, referral.priority_code, calendar)
    changes = {"consent_id": consent.id, "by_hand": facility.outside, "answer_by": until}
    return await moving.make(await within(session), actor, referral, move, now, changes)


async def send_on(
    session: AsyncSession, actor: Actor, referral_id: UUID, version: int, given: SendOnReferral
) -> tuple[Referral, bool]:
    """Send what was not served to another facility, linked; False beside it when that was done already."""
    grant = actor.grant(Permission.REFERRAL_SEND)
    old = await _read(session, actor, Permission.REFERRAL_SEND, referral_id, version)
    before = await queries.sent_on(session, grant, old)
    if before and before.id == given.id:
        return before, False
    rules.need_unserved(old, before)
    case = await cases.get(session, grant, old.case_id)
    new = _drafted(case, _again(old, given))
    new.previous_id = old.id
    session.add(new)
    await session.flush()
    session.add(_begun(new, actor))
    audit.record(session, actor, "referral.send_on", rules.trail(new, old.id))
    return await send(session, actor, new.id, new.version), True


async def accept(hot: Hot, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Take the referral on, for the facility that was asked."""
    return await _answer(hot, actor, referral_id, version, Action.ACCEPT)


async def decline(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: DeclineReferral
) -> Referral:
    """Refuse the referral, with the reason, and perhaps another facility that may help."""
    await _need_suggested(hot, actor, given)
    return await _answer(hot, actor, referral_id, version, Action.DECLINE, given)


async def waitlist(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: WaitlistReferral
) -> Referral:
    """Put the person on the waiting list, or say anew when a place is expected."""
    return await _answer(hot, actor, referral_id, version, Action.WAITLIST, given)


async def prioritise(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: PrioritiseReferral
) -> Referral:
    """Change how urgent it is, with the reason: its place in the queue changes, and both sides see why."""
    return await _answer(hot, actor, referral_id, version, Action.PRIORITISE, given)


async def schedule(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: ScheduleReferral
) -> Referral:
    """Agree when the person is to come; again where the time moves, or a visit was missed."""
    return await _answer(hot, actor, referral_id, version, Action.SCHEDULE, given)


async def start(hot: Hot, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Begin the service."""
    return await _answer(hot, actor, referral_id, version, Action.START)


async def no_show(hot: Hot, actor: Actor, referral_id: UUID, version: int, given: NoShowReferral) -> Referral:
    """Note that the person did not come, and what is done about it."""
    return await _answer(hot, actor, referral_id, version, Action.NO_SHOW, given)


async def complete(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: CompleteReferral
) -> Referral:
    """Report the outcome, what was given, and what comes next: the counter-referral."""
    return await _answer(hot, actor, referral_id, version, Action.COMPLETE, given)


async def discontinue(
    hot: Hot, actor: Actor, referral_id: UUID, version: int, given: DiscontinueReferral
) -> Referral:
    """End the service before its aim, with the reason."""
    return await _answer(hot, actor, referral_id, version, Action.DISCONTINUE, given)


async def write_by_hand(
    session: AsyncSession, actor: Actor, referral_id: UUID, version: int, given: ByHand
) -> Referral:
    """Write down what a facility without accounts said or did: the sender does it in its place."""
    referral = await _read(session, actor, Permission.REFERRAL_SEND, referral_id, version)
    rules.need_by_hand(referral)
    hot = await within(session)
    if isinstance(given, DeclineReferral):
        await _need_suggested(hot, actor, given)
    return await _follow(hot, actor, referral, Action(given.action), [Party.RECEIVER], given)


async def cancel(
    session: AsyncSession, actor: Actor, referral_id: UUID, version: int, given: CancelReferral
) -> Referral:
    """Take the referral back, with the reason; a draft too."""
    referral = await _read(session, actor, Permission.REFERRAL_SEND, referral_id, version)
    by = rules.parties(referral, actor)
    return await _follow(await within(session), actor, referral, Action.CANCEL, by, given)


async def revoke_for(session: AsyncSession, actor: Actor, consent_id: UUID) -> int:
    """End every live referral that stands, or was sent, on a consent withdrawn just now; how many."""
    grant = actor.grant(Permission.CONSENT_WRITE)
    referrals = await queries.live_on(session, grant, consent_id)
    for referral in referrals:
        move = REFERRAL.find(referral.status, Action.REVOKE, [Party.SYSTEM])
        await moving.make(await within(session), actor, referral, move, clock.now())
    return len(referrals)


async def renew_for(session: AsyncSession, actor: Actor, consent_id: UUID) -> int:
    """Let what is under way stand on a consent recorded just now, where that lasts longer; how many.

    A treatment does not end on the last day of a paper that was renewed in time, or a week late.
    """
    grant = actor.grant(Permission.CONSENT_WRITE)
    new, before, referrals = await queries.renewable(session, grant, consent_id)
    renewed = [one for one in referrals if rules.renews(new, before[one.consent_id], one, clock.today())]
    for referral in renewed:
        referral.consent_id = new.id
        audit.record(session, actor, "referral.renew", rules.trail(referral, new.id))
    await session.flush()
    return len(renewed)


async def expire(session: AsyncSession, actor: Actor, grace: timedelta) -> int:
    """End what no facility has answered, this long after its answer-by date; how many. Again ends nothing."""
    now = clock.now()
    referrals = await queries.unanswered(session, actor.grant(Permission.REFERRAL_READ), now - grace)
    for referral in referrals:
        move = REFERRAL.find(referral.status, Action.EXPIRE, [Party.SYSTEM])
        await moving.make(await within(session), actor, referral, move, now)
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
    hot: Hot, actor: Actor, referral_id: UUID, version: int, action: Action, given: Given | None = None
) -> Referral:
    """One step of the facility's, with what it says about it."""
    found = await queries.take(hot, actor.grant(Permission.REFERRAL_ANSWER), referral_id)
    referral = _as_decided(found, actor, version)
    return await _follow(hot, actor, referral, action, rules.parties(referral, actor), given)


async def _follow(
    hot: Hot, actor: Actor, referral: Referral, action: Action, by: Iterable[Party], given: Given | None
) -> Referral:
    """The row of the table for this action by one of these, and what is said with it."""
    move = REFERRAL.find(referral.status, action, by)
    if isinstance(given, ScheduleReferral):
        rules.need_later(referral, given.scheduled_for)
        rules.need_near(given.scheduled_for, clock.now())
    if action is Action.NO_SHOW:
        rules.need_begun(referral, clock.now())
    changes = given.model_dump(exclude={"action"}) if given else {}
    if "reason_code" in changes:
        changes[rules.REASONS[action]] = changes.pop("reason_code")
    if isinstance(given, CompleteReferral):
        changes["counter_referral"] = _sealed(referral, "counter_referral", given.counter_referral)
    return await moving.make(hot, actor, referral, move, clock.now(), changes)


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


def _again(old: Referral, given: SendOnReferral) -> DraftReferral:
    """The draft of what is sent on: as it was, but for what is said anew. Its codes were checked then."""
    where = given.to_facility_id or old.suggested_facility_id
    if where is None:
        raise Invalid(errors=[{"pointer": "/to_facility_id", "code": "missing", "message": ""}])
    kept = old.model_dump(include={"case_id", "priority_code", "service_codes"})
    kept["share_codes"] = [ShareItem(code) for code in old.share_codes]
    said = given.model_dump(exclude_none=True) | {"to_facility_id": where, "reason": opened(old, "reason")}
    return DraftReferral.model_construct(**{"id": None} | kept | said)


async def _need_suggested(hot: Hot, actor: Actor, given: DeclineReferral) -> None:
    """Stop a suggestion that the directory does not know."""
    place = given.suggested_facility_id
    if place and not await organisations.known(hot, actor.grant(Permission.DIRECTORY_READ), place):
        raise Invalid(errors=[directory.fault("/suggested_facility_id", "not_in_directory")])


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


async def need_receiver(
    session: AsyncSession, actor: Actor, facility_id: UUID, service_codes: list[str]
) -> Facility:
    """The facility, if it takes referrals today, offers each service asked and can answer; else stop.

    Where nobody works with an account, nobody would read it: such a place is to be marked as outside.
    """
    grant = actor.grant(Permission.DIRECTORY_READ)
    facility = await _facility(session, actor, facility_id, "/to_facility_id")
    body = await organisations.organisation(session, grant, facility.organisation_id)
    offered = await organisations.offered(session, grant, facility_id)
    directory.need_receiver(facility, body, offered, service_codes, clock.today())
    if not facility.outside and not await accounts.acting_as(
        session, *rules.ANSWERS, facility_id=facility.id
    ):
        raise CannotReceive(errors=[directory.fault("/to_facility_id", "nobody_there")])
    return facility


async def _facility(session: AsyncSession, actor: Actor, facility_id: UUID, pointer: str) -> Facility:
    """The facility of the directory that this field names, or Invalid."""
    try:
        return await organisations.facility(session, actor.grant(Permission.DIRECTORY_READ), facility_id)
    except NotFound:
        raise Invalid(errors=[directory.fault(pointer, "not_in_directory")]) from None

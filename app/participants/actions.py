"""What can be done to who takes part. The only code that changes it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.assessments import queries as assessments
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases.errors import ConsentMissing
from app.cases.models import Case
from app.core import clock
from app.core.errors import Clash, Invalid, NotFound, Stale
from app.core.hot import Hot
from app.core.pages import Ask
from app.milestones import actions as milestones
from app.milestones import queries as milestone_queries
from app.notifications import actions as notifications
from app.participants import judging, queries, roll, rules
from app.participants.errors import AlreadyEnrolled
from app.participants.models import Clearance, Enrolment
from app.participants.progress_schemas import ParticipationOut
from app.participants.queries import Taking
from app.participants.schemas import (
    Admit,
    Enrol,
    EnrolmentOut,
    GiveClearance,
    Leave,
    read_copy,
    sealed,
)
from app.participants.states import ENROLMENT, Action, Party, Status
from app.programmes import actions as programmes
from app.programmes import queries as programme_queries
from app.programmes import rules as programme_rules
from app.programmes.models import Group, Programme
from app.referrals import queries as referrals
from app.survivors import queries as survivors
from app.survivors import views
from app.survivors.models import Consent, Phone
from app.wellbeing import queries as wellbeing

CREATED = {"created_at", "version", "by_id"}


async def enrol(session: AsyncSession, actor: Actor, case_id: UUID, given: Enrol) -> tuple[Taking, bool]:
    """Ask for a place, by the consent for this purpose alone; False beside it when it was there already.

    What the organiser needs to know is copied, as far as the person agreed: the file itself stays closed.
    """
    case = await cases.get(session, actor.grant(Permission.CASE_WRITE), case_id)
    programme = await _programme(session, actor, given.programme_id)
    if known := given.id and await queries.find(session, case, given.id):
        return _same(known, programme, given), False
    consent = await _consent(session, case, programme)
    programme_rules.need_running(programme, clock.today())
    rules.need_position(programme, given.position_code)
    if there := await queries.going_on(session, case, programme.id):
        raise AlreadyEnrolled(enrolment_id=str(there.id))
    row = Enrolment.model_validate(
        given.model_dump(exclude_none=True)
        | {"case_id": case.id, "survivor_id": case.survivor_id, "facility_id": programme.facility_id}
        | {"owner_id": case.owner_id, "team_id": case.team_id, "by_id": actor.user_id}
        | {"consent_id": consent.id, "agreed_until": consent.valid_until}
    )
    await _copy(session, actor, row, programme, consent)
    await judging.propose(session, actor, row, programme)
    session.add(row)
    notifications.tell_facility(session, programme.facility_id, "enrolment.enrol", row.id)
    audit.record(session, actor, "enrolment.enrol", rules.trail(row), FieldClass.IDENTITY)
    await session.flush()
    return Taking(row, programme, None), True


async def admit(
    session: AsyncSession, actor: Actor, enrolment_id: UUID, version: int, given: Admit
) -> Taking:
    """Give somebody who waits a place, as long as there is one; the caseworker hears of it."""
    taking = await _taken(session, actor, enrolment_id, version)
    row = taking.enrolment
    programme = await programmes.managed(session, actor, row.programme_id, lock=True)
    move = ENROLMENT.find(row.status, Action.ADMIT, rules.parties(row, actor))
    programme_rules.need_running(programme, clock.today())
    rules.need_place(programme.capacity, await queries.taken(session, programme.id))
    if given.group_id:
        group = await _group(session, programme, given.group_id)
        rules.need_place(group.capacity, await queries.taken(session, programme.id, group.id))
    row.group_id, row.status, row.joined_on = given.group_id, move.target, clock.today()
    if shows := rules.JOINED.get(programme.kind_code):
        file = rules.file_of(row)
        await milestones.reach(session, actor, file, shows, row.joined_on, "enrolment", row.id)
    return await _moved(session, actor, taking, Action.ADMIT)


async def leave(
    session: AsyncSession, actor: Actor, enrolment_id: UUID, version: int, given: Leave
) -> Taking:
    """Somebody takes part no more, and the organiser's copies end."""
    taking = await _taken(session, actor, enrolment_id, version)
    row = taking.enrolment
    row.status = ENROLMENT.find(row.status, Action.LEAVE, rules.parties(row, actor)).target
    row.ended_on, row.end_reason_code = clock.today(), given.reason_code
    rules.forget(row)
    return await _moved(session, actor, taking, Action.LEAVE)


async def revoke_for(session: AsyncSession, actor: Actor, consent_id: UUID) -> int:
    """End every enrolment that stands on a consent that this transaction withdrew; how many."""
    rows = await queries.on_consent(session, actor.grant(Permission.CONSENT_WRITE), consent_id)
    for row in rows:
        row.status = ENROLMENT.find(row.status, Action.REVOKE, [Party.SYSTEM]).target
        row.ended_on, row.end_reason_code = clock.today(), "person_wish"
        rules.forget(row)
        notifications.tell_facility(session, row.facility_id, "enrolment.revoke", row.id)
        audit.record(session, actor, "enrolment.revoke", rules.trail(row))
    await session.flush()
    return len(rows)


async def give_clearance(
    session: AsyncSession, actor: Actor, referral_id: UUID, given: GiveClearance
) -> tuple[Clearance, bool]:
    """Say on a live referral that asks for it whether somebody may do a sport, and until when."""
    actor.grant(Permission.CLEARANCE_WRITE)
    referral = await referrals.get(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    file = rules.file_of(referral)
    made = Clearance.model_validate(
        given.model_dump(exclude_none=True)
        | {"case_id": file.id, "survivor_id": file.survivor_id, "referral_id": referral.id}
        | {"owner_id": file.owner_id, "team_id": file.team_id, "by_id": actor.user_id}
    )
    if known := await queries.find_clearance(session, made.id):
        if known.model_dump(exclude=CREATED) != made.model_dump(exclude=CREATED):
            raise Clash
        return known, False
    rules.need_asked(referral)
    session.add(made)
    ids = [made.id, referral.id, file.id, file.survivor_id]
    audit.record(session, actor, "clearance.give", ids, FieldClass.HEALTH)
    notifications.tell_person(session, file.owner_id, "clearance.give", file.id)
    await session.flush()
    if rules.is_cleared(made, made.given_on):
        shown = ("sport_clearance", made.given_on, "clearance", made.id)
        await milestones.reach(session, actor, file, *shown)
    return made, True


async def read_enrolment(session: AsyncSession, actor: Actor, enrolment_id: UUID) -> Taking:
    """One enrolment, as its organiser or the caseworker sees it."""
    taking = await queries.get(session, actor.grant(Permission.PARTICIPANT_READ), enrolment_id)
    audit.record(session, actor, "enrolment.read", rules.trail(taking.enrolment), FieldClass.IDENTITY)
    return taking


async def read_of_case(session: AsyncSession, actor: Actor, case_id: UUID) -> list[Taking]:
    """What somebody takes part in or did, for who works on the case."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.of_case(session, case)
    ids = [*(each.enrolment.id for each in found), case.id, case.survivor_id]
    audit.record(session, actor, "enrolment.list", ids, FieldClass.IDENTITY)
    return found


async def read_participation(session: AsyncSession, actor: Actor, case_id: UUID) -> ParticipationOut:
    """Attendance, mobility, what was reached and, while the person agrees, well-being: beside each other."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    followed = await queries.followed(session, case)
    measured = await assessments.in_order(session, case)
    steps = await milestone_queries.of_case(session, case, Ask(actor.user_id, 200))
    injuries = (await queries.injuries(session, [case.id])).get(case.id, [])
    lost = sum(rules.days_lost(each, clock.today()) for each in injuries)
    felt = await wellbeing.felt(session, case, await survivors.box(session, case.survivor_id), clock.today())
    found = ParticipationOut.made(case.id, followed, measured, steps, lost, felt)
    ids = [case.id, case.survivor_id, *(each.enrolment_id for each in followed)]
    ids += [each.assessment_id for each in found.mobility]
    kind = FieldClass.MENTAL_HEALTH if felt else FieldClass.HEALTH
    audit.record(session, actor, "participation.read", ids, kind)
    return found


async def read_of_programme(
    hot: Hot, actor: Actor, programme_id: UUID, ask: Ask, status: Status | None
) -> bytes:
    """A page of who takes part in a programme, of the own files or facility: a Page[EnrolmentOut]."""
    grant = actor.grant(Permission.PARTICIPANT_READ)
    actor.grant(Permission.PROGRAMME_READ)
    return await roll.of_programme(hot, grant, programme_id, ask, status, read_copy)


async def _programme(session: AsyncSession, actor: Actor, programme_id: UUID) -> Programme:
    try:
        return await programme_queries.get(session, actor.grant(Permission.PROGRAMME_READ), programme_id)
    except NotFound:
        raise Invalid(
            errors=[{"pointer": "/programme_id", "code": "no_such_programme", "message": ""}]
        ) from None


async def _group(session: AsyncSession, programme: Programme, group_id: UUID) -> Group:
    try:
        return await programme_queries.part(session, programme, Group, group_id)
    except NotFound:
        code = "not_of_this_programme"
        raise Invalid(errors=[{"pointer": "/group_id", "code": code, "message": ""}]) from None


async def _consent(session: AsyncSession, case: Case, programme: Programme) -> Consent:
    """The live consent to taking part in this kind of programme, or ConsentMissing: no other will do."""
    purpose = programme_rules.purpose_of(programme.kind_code)
    consent = await survivors.live_consent(session, case.survivor_id, purpose)
    if consent is None or "identity" not in consent.data_codes:
        raise ConsentMissing(purpose=purpose)
    return consent


async def _copy(
    session: AsyncSession, actor: Actor, row: Enrolment, programme: Programme, consent: Consent
) -> None:
    """Name, and a number that is safe to call where the person agreed to be called; the age is looked at."""
    grant = actor.grant(Permission.SURVIVOR_READ)
    survivor, box = await survivors.opened(session, grant, row.survivor_id)
    rules.need_age(programme, views.birth_of(survivor, views.plain(box, survivor)), clock.today())
    row.name = sealed(row, "name", survivors.name_of(box, survivor) or survivor.code)
    if "contact" in consent.data_codes:
        phones = await survivors.parts(session, grant, Phone, survivor.id)
        safe = [views.phone_out(box, phone).number for phone in phones if phone.safe_to_call == "yes"]
        row.phone = sealed(row, "phone", safe[0] if safe else None)


async def _taken(session: AsyncSession, actor: Actor, enrolment_id: UUID, version: int) -> Taking:
    """The enrolment as it was when the caller decided, nobody else's to change until this is done."""
    taking = await queries.get(session, actor.grant(Permission.PARTICIPANT_READ), enrolment_id, lock=True)
    if taking.enrolment.version != version:
        raise Stale(current=EnrolmentOut.of(taking).model_dump(mode="json"))
    return taking


async def _moved(session: AsyncSession, actor: Actor, taking: Taking, action: Action) -> Taking:
    """Written down, and told to the other side."""
    row, kind = taking.enrolment, f"enrolment.{action.value}"
    if row.owner_id in actor.owners:
        notifications.tell_facility(session, row.facility_id, kind, row.id)
    else:
        notifications.tell_person(session, row.owner_id, kind, row.case_id)
    audit.record(session, actor, kind, rules.trail(row), FieldClass.IDENTITY)
    await session.flush()
    return taking


def _same(known: Enrolment, programme: Programme, given: Enrol) -> Taking:
    sent = given.model_dump(exclude_unset=True, exclude_none=True, exclude={"id"})
    if any(getattr(known, name) != value for name, value in sent.items()):
        raise Clash
    return Taking(known, programme, None)

"""Injuries in sport: logged in days by who organises, found and cleared by a provider, step by step."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.notifications import actions as notifications
from app.participants import queries, rules
from app.participants.injury_schemas import AvailabilityOut, LogInjury, NewFinding, TakeStep
from app.participants.models import ReturnStep, SportFinding, SportInjury
from app.participants.queries import Hurt
from app.participants.states import RETURN_TO_PLAY, Party, Step
from app.programmes.rules import organises
from app.referrals import queries as referrals


async def log(
    session: AsyncSession, actor: Actor, enrolment_id: UUID, given: LogInjury
) -> tuple[SportInjury, bool]:
    """Say that somebody who is enrolled cannot take part since a day; False beside it when that was said."""
    taking = await queries.get(session, actor.grant(Permission.PARTICIPANT_READ), enrolment_id)
    row = taking.enrolment
    if known := given.id and await queries.find_injury(session, row, given.id):
        return _same(known, given), False
    rules.need_place_now(row)
    made = SportInjury.model_validate(
        given.model_dump(exclude_none=True)
        | {"case_id": row.case_id, "survivor_id": row.survivor_id, "facility_id": row.facility_id}
        | {"owner_id": row.owner_id, "team_id": row.team_id, "stage_on": given.occurred_on}
        | {"by_id": actor.user_id}
    )
    session.add(made)
    await _told(session, actor, made, "log")
    return made, True


async def stop(
    session: AsyncSession, actor: Actor, injury_id: UUID, version: int, given: TakeStep
) -> SportInjury:
    """Something is not right: back to rest, said by whoever sees it."""
    grant = actor.grant(Permission.PARTICIPANT_READ)
    return await _take(session, grant, injury_id, version, Step.STOP, given)


async def retract(
    session: AsyncSession, actor: Actor, injury_id: UUID, version: int, given: TakeStep
) -> SportInjury:
    """It was entered by mistake, and no provider has taken it up yet: said by the caseworker."""
    grant = actor.grant(Permission.CASE_WRITE)
    return await _take(session, grant, injury_id, version, Step.RETRACT, given)


async def advance(
    session: AsyncSession, actor: Actor, injury_id: UUID, version: int, given: TakeStep
) -> SportInjury:
    """One stage on, a day after the last step at the earliest: said by a provider."""
    grant = actor.grant(Permission.CLEARANCE_WRITE)
    return await _take(session, grant, injury_id, version, Step.ADVANCE, given)


async def step_back(
    session: AsyncSession, actor: Actor, injury_id: UUID, version: int, given: TakeStep
) -> SportInjury:
    """One stage back: said by a provider."""
    grant = actor.grant(Permission.CLEARANCE_WRITE)
    return await _take(session, grant, injury_id, version, Step.STEP_BACK, given)


async def clear(
    session: AsyncSession, actor: Actor, injury_id: UUID, version: int, given: TakeStep
) -> SportInjury:
    """They may play again, after full training: said by a provider."""
    grant = actor.grant(Permission.CLEARANCE_WRITE)
    return await _take(session, grant, injury_id, version, Step.CLEAR, given)


async def find(
    session: AsyncSession, actor: Actor, injury_id: UUID, given: NewFinding
) -> tuple[SportFinding, bool]:
    """Keep what a provider found; the organiser learns nothing of it."""
    injury = await queries.injury(session, actor.grant(Permission.CLEARANCE_WRITE), injury_id)
    if known := given.id and await queries.find_finding(session, given.id):
        sent = given.model_dump(exclude_none=True)
        if known.sport_injury_id != injury.id or any(getattr(known, n) != v for n, v in sent.items()):
            raise Clash
        return known, False
    whose = {"sport_injury_id": injury.id, "case_id": injury.case_id, "by_id": actor.user_id}
    held = {"owner_id": injury.owner_id, "team_id": injury.team_id, "id": given.id or new_id()}
    made = SportFinding.model_validate(given.model_dump(exclude_none=True) | whose | held)
    session.add(made)
    audit.record(session, actor, "sport_finding.make", _trail(injury, made.id), FieldClass.HEALTH)
    await session.flush()
    return made, True


async def read_days(session: AsyncSession, actor: Actor, enrolment_id: UUID) -> list[SportInjury]:
    """Since when and until when somebody who takes part could not, for the organiser: days alone."""
    grant = actor.grant(Permission.PARTICIPANT_READ)
    taking = await queries.get(session, grant, enrolment_id)
    found = list(await queries.injuries_of(session, grant, taking.enrolment.case_id))
    ids = rules.trail(taking.enrolment, *(one.id for one in found))
    audit.record(session, actor, "sport_injury.list_days", ids)
    return found


async def read_of_case(session: AsyncSession, actor: Actor, case_id: UUID) -> list[Hurt]:
    """The sport injuries of a case with what was found, for who works on it."""
    grant = actor.grant(Permission.CASE_READ)
    case = await cases.get(session, grant, case_id)
    found = await queries.hurt(session, await queries.injuries_of(session, grant, case.id))
    ids = [*(each.injury.id for each in found), case.id, case.survivor_id]
    audit.record(session, actor, "sport_injury.list", ids, FieldClass.HEALTH)
    return found


async def read_of_referral(session: AsyncSession, actor: Actor, referral_id: UUID) -> list[Hurt]:
    """The same for the provider who was asked for a clearance; empty where no live referral asks for one."""
    grant = actor.grant(Permission.CLEARANCE_WRITE)
    referral = await referrals.get(session, actor.grant(Permission.REFERRAL_READ), referral_id)
    found = await queries.hurt(session, await queries.injuries_of(session, grant, referral.case_id))
    ids = [*(each.injury.id for each in found), referral.id, referral.case_id, referral.survivor_id]
    audit.record(session, actor, "sport_injury.list", ids, FieldClass.HEALTH)
    return found


async def _take(
    session: AsyncSession, grant: Grant, injury_id: UUID, version: int, step: Step, given: TakeStep
) -> SportInjury:
    """Follow one row of the state table, from the injury as it was when the caller decided; write it down."""
    actor, injury = grant.actor, await queries.injury(session, grant, injury_id)
    if injury.version != version:
        raise Stale(current=AvailabilityOut.of(injury).model_dump(mode="json"))
    move = RETURN_TO_PLAY.find(injury.stage, step, _parties(actor, injury))
    rules.need_step_day(injury, step, given.happened_on)
    held = injury.model_dump(include={"case_id", "owner_id", "team_id"})
    taken = {"action": step, "source": move.source, "target": move.target, "by_id": actor.user_id}
    row = {"sport_injury_id": injury.id, "happened_on": given.happened_on}
    session.add(ReturnStep.model_validate({**held, **taken, **row}))
    injury.stage, injury.stage_on = move.target, given.happened_on
    await _told(session, actor, injury, step.value)
    return injury


def _parties(actor: Actor, injury: SportInjury) -> list[Party]:
    """On which side of an injury the actor stands."""
    return rules.sides(injury, actor, organises(actor, injury.facility_id))


async def _told(session: AsyncSession, actor: Actor, injury: SportInjury, verb: str) -> None:
    """Written down, and told to the caseworker and to where the person takes part."""
    kind = f"sport_injury.{verb}"
    if actor.user_id != injury.owner_id:
        notifications.tell_person(session, injury.owner_id, kind, injury.case_id)
    if actor.facility_id != injury.facility_id:
        notifications.tell_facility(session, injury.facility_id, kind, injury.id)
    audit.record(session, actor, kind, _trail(injury))
    await session.flush()


def _trail(injury: SportInjury, *others: UUID) -> list[UUID]:
    return [injury.id, *others, injury.case_id, injury.survivor_id]


def _same(known: SportInjury, given: LogInjury) -> SportInjury:
    if any(getattr(known, name) != value for name, value in given.model_dump(exclude_none=True).items()):
        raise Clash
    return known

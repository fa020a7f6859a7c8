"""What can be done to a squad and to a call-up. The only code that changes them."""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.competitions import queries as competitions
from app.core import clock
from app.core.errors import Clash, Invalid, NotFound, Stale
from app.milestones import actions as milestones
from app.notifications import actions as notifications
from app.participants import queries as participants
from app.participants import rosters
from app.participants.fitness import Wanted, faults
from app.participants.models import Enrolment
from app.participants.rules import file_of
from app.programmes import actions as programmes
from app.programmes import queries as programme_queries
from app.programmes import rules as programme_rules
from app.programmes.models import Programme
from app.squads import queries, rules
from app.squads.errors import AlreadyCalled
from app.squads.models import CallUp, Squad
from app.squads.queries import Called
from app.squads.schemas import CallUpOut, DeclineCallUp, NewCallUp, NewSquad, SquadOut, SquadRow
from app.squads.states import CALL_UP, Action

CREATED = {"created_at", "version"}


async def form(
    session: AsyncSession, actor: Actor, programme_id: UUID, given: NewSquad
) -> tuple[Squad, bool]:
    """Begin a squad of a sport programme; False beside it when this very one was there already."""
    programme = await programmes.managed(session, actor, programme_id, Permission.COMPETITION_MANAGE)
    programme_rules.need_running(programme, clock.today())
    if programme.kind_code != programme_rules.SPORT:
        raise _invalid("/kind_code", "not_a_sport")
    await _need_edition(session, actor, given.edition_id, programme)
    whose = {"programme_id": programme.id, "facility_id": programme.facility_id}
    made = Squad.model_validate(given.model_dump(exclude_none=True) | whose)
    if known := await queries.find(session, made.id):
        if known.model_dump(exclude=CREATED) != made.model_dump(exclude=CREATED):
            raise Clash
        return known, False
    session.add(made)
    audit.record(session, actor, "squad.form", [made.id, programme.id])
    await session.flush()
    return made, True


async def cancel(session: AsyncSession, actor: Actor, squad_id: UUID, version: int) -> Squad:
    """Say that a squad does not go; it calls nobody any more."""
    squad, _ = await _mine(session, actor, squad_id)
    if squad.version != version:
        raise Stale(current=SquadRow.model_validate(squad).model_dump(mode="json"))
    rules.need_on(squad, clock.today())
    squad.cancelled_on = clock.today()
    audit.record(session, actor, "squad.cancel", [squad.id, squad.programme_id])
    await session.flush()
    return squad


async def call(session: AsyncSession, actor: Actor, squad_id: UUID, given: NewCallUp) -> tuple[Called, bool]:
    """Call somebody up who is enrolled, eligible, cleared and not hurt; False when this very call stands."""
    squad, programme = await _mine(session, actor, squad_id)
    if given.id and (known := await queries.find_call(session, given.id)):
        return await _same(session, actor, known, squad, given), False
    called = await _called(session, actor, squad, programme, given, None)
    return called, True


async def accept(session: AsyncSession, actor: Actor, call_up_id: UUID, version: int) -> Called:
    """The person comes. To be called up to a representative team is a milestone, which this shows."""
    called = await _taken(session, actor, Permission.PARTICIPANT_READ, call_up_id, version)
    row = await _answer(session, actor, called, Action.ACCEPT)
    grant = actor.grant(Permission.PROGRAMME_READ)
    if rules.represents(await programme_queries.get(session, grant, row.programme_id)):
        file = file_of(called.enrolment)
        shown = (rules.SELECTED, clock.today(), rules.CALL_UP, row.id)
        await milestones.reach(session, actor, file, *shown)
    return called


async def decline(
    session: AsyncSession, actor: Actor, call_up_id: UUID, version: int, given: DeclineCallUp
) -> Called:
    """The person does not come, also after having said yes."""
    called = await _taken(session, actor, Permission.PARTICIPANT_READ, call_up_id, version)
    called.call_up.decline_reason_code = given.reason_code
    await _answer(session, actor, called, Action.DECLINE)
    return called


async def replace(
    session: AsyncSession, actor: Actor, call_up_id: UUID, version: int, given: NewCallUp
) -> tuple[Called, bool]:
    """Call somebody else up instead; both or neither."""
    grant = actor.grant(Permission.COMPETITION_MANAGE)
    if given.id and (known := await queries.find_call(session, given.id)):
        squad = await queries.squad(session, grant, known.squad_id)
        return await _same(session, actor, known, squad, given, call_up_id), False
    called = await _taken(session, actor, Permission.COMPETITION_MANAGE, call_up_id, version)
    old = called.call_up
    squad, programme = await _mine(session, actor, old.squad_id)
    old.status = CALL_UP.find(old.status, Action.REPLACE, rules.parties(old, actor)).target
    await _told(session, actor, called, "replace")
    return await _called(session, actor, squad, programme, given, old.id), True


async def read(session: AsyncSession, actor: Actor, squad_id: UUID) -> SquadOut:
    """A squad with its call-ups: of one's own facility, or of the own files."""
    actor.grant(Permission.PARTICIPANT_READ)
    grant = actor.grant(Permission.PROGRAMME_READ)
    squad = await queries.squad(session, grant, squad_id)
    programme = await programme_queries.get(session, grant, squad.programme_id)
    called = await queries.calls(session, squad)
    ids = [squad.id, *(each.call_up.enrolment_id for each in called)]
    audit.record(session, actor, "squad.read", ids, FieldClass.IDENTITY)
    return SquadOut.whole(squad, called, await _in_the_way(session, squad, programme, called))


async def read_of_case(session: AsyncSession, actor: Actor, case_id: UUID) -> list[tuple[CallUp, Squad]]:
    """What somebody was called up to, for who works on the case."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = list(await queries.of_case(session, case))
    ids = [*(one.id for one, _ in found), case.id, case.survivor_id]
    audit.record(session, actor, "call_up.list", ids)
    return found


async def _called(
    session: AsyncSession,
    actor: Actor,
    squad: Squad,
    programme: Programme,
    given: NewCallUp,
    replaces_id: UUID | None,
) -> Called:
    """A new call-up, after every rule that may stop it, with the squad locked to count its places."""
    rules.need_on(squad, clock.today())
    people = list(await participants.enrolled(session, programme.id, [given.enrolment_id]))
    wanted = [Wanted(given.enrolment_id, given.position_code)]
    day = rules.day_of(squad, clock.today())
    found = await faults(session, programme.sport_code, people, wanted, day)
    if found:
        raise Invalid(
            errors=[{"pointer": f"/{each.field}", "code": each.code, "message": ""} for each in found]
        )
    (row,) = people
    _need_room(programme, squad, queries.standing(await queries.calls(session, squad)), row)
    held = row.model_dump(include={"owner_id", "team_id", "programme_id", "facility_id"})
    said = {"squad_id": squad.id, "replaces_id": replaces_id, "by_id": actor.user_id}
    made = CallUp.model_validate(given.model_dump(exclude_none=True) | held | said)
    session.add(made)
    called = Called(made, row)
    await _told(session, actor, called, "call")
    return called


def _need_room(programme: Programme, squad: Squad, standing: list[Called], row: Enrolment) -> None:
    """Stop who is called already, who is too many, and who is too many of a limited class."""
    for each in standing:
        if each.call_up.enrolment_id == row.id:
            raise AlreadyCalled(call_up_id=str(each.call_up.id))
    rules.need_place(squad, len(standing))
    limits = rosters.of(programme.sport_code)
    weights = [each.enrolment.roster_weight for each in standing] + [row.roster_weight]
    if rosters.unknown(limits, weights, [False] * len(weights)):
        raise _invalid("/enrolment_id", "not_classified")
    rosters.need_roster(limits, weights)


async def _in_the_way(
    session: AsyncSession, squad: Squad, programme: Programme, called: list[Called]
) -> list[list[str]]:
    """Of each call-up that stands, why the person could not go as things are."""
    asked = [Wanted(each.call_up.enrolment_id, each.call_up.position_code) for each in called]
    people = await participants.enrolled(session, programme.id, [each.enrolment_id for each in asked])
    day = rules.day_of(squad, clock.today())
    found = await faults(session, programme.sport_code, people, asked, day)
    stands = {each.call_up.id for each in queries.standing(called)}
    return [
        [fault.code for fault in found if fault.place == place and each.call_up.id in stands]
        for place, each in enumerate(called)
    ]


async def _mine(session: AsyncSession, actor: Actor, squad_id: UUID) -> tuple[Squad, Programme]:
    """A squad of the actor's facility, locked; NotFound without it, Forbidden where it is another's."""
    grant = actor.grant(Permission.COMPETITION_MANAGE)
    squad = await queries.squad(session, grant, squad_id)
    programme_rules.need_organiser(grant, squad.facility_id)
    squad = await queries.squad(session, grant, squad_id, lock=True)
    return squad, await programme_queries.get(session, grant, squad.programme_id)


async def _taken(
    session: AsyncSession, actor: Actor, permission: Permission, call_up_id: UUID, version: int
) -> Called:
    """The call-up as it was when the caller decided."""
    called = await queries.call(session, actor.grant(permission), call_up_id)
    if called.call_up.version != version:
        raise Stale(current=CallUpOut.of(called).model_dump(mode="json"))
    return called


async def _answer(session: AsyncSession, actor: Actor, called: Called, action: Action) -> CallUp:
    row = called.call_up
    row.status = CALL_UP.find(row.status, action, rules.parties(row, actor)).target
    row.answered_on = clock.today()
    await _told(session, actor, called, action.value)
    return row


async def _told(session: AsyncSession, actor: Actor, called: Called, verb: str) -> None:
    """Written down, and told to the other side."""
    row, kind = called.call_up, f"call_up.{verb}"
    if actor.facility_id == row.facility_id:
        notifications.tell_person(session, row.owner_id, kind, called.enrolment.case_id)
    else:
        notifications.tell_facility(session, row.facility_id, kind, row.id)
    ids = [row.id, row.squad_id, row.enrolment_id, called.enrolment.case_id, called.enrolment.survivor_id]
    audit.record(session, actor, kind, ids)
    await session.flush()


async def _same(
    session: AsyncSession,
    actor: Actor,
    known: CallUp,
    squad: Squad,
    given: NewCallUp,
    replaces_id: UUID | None = None,
) -> Called:
    """The call-up that was made by this very request before, or Clash."""
    sent = given.model_dump(exclude_none=True) | {"squad_id": squad.id, "replaces_id": replaces_id}
    if any(getattr(known, name) != value for name, value in sent.items()):
        raise Clash
    return await queries.call(session, actor.grant(Permission.COMPETITION_MANAGE), known.id)


async def _need_edition(
    session: AsyncSession, actor: Actor, edition_id: UUID | None, programme: Programme
) -> None:
    if edition_id is None:
        return
    grant = actor.grant(Permission.PROGRAMME_READ)
    try:
        edition = await competitions.edition(session, grant, edition_id)
        competition = await competitions.competition(session, grant, edition.competition_id)
    except NotFound:
        raise _invalid("/edition_id", "no_such_edition") from None
    if competition.sport_code != programme.sport_code:
        raise _invalid("/edition_id", "not_of_this_sport")


def _invalid(pointer: str, code: str) -> Invalid:
    fault: dict[str, Any] = {"pointer": pointer, "code": code, "message": ""}
    return Invalid(errors=[fault])

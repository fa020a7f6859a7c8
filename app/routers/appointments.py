"""Routes under /appointments and /cases/{id}/appointments: with whom, when, where and why."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access.table import Permission
from app.appointments import actions, queries
from app.appointments.actions import Place
from app.appointments.errors import BeforeItsTime, TooManyAppointments
from app.appointments.schemas import (
    AppointmentHistoryOut,
    AppointmentMoveOut,
    AppointmentOut,
    BookAppointment,
    CancelAppointment,
    MissAppointment,
    MyAppointmentOut,
    RescheduleAppointment,
    show,
)
from app.appointments.states import APPOINTMENT, Action
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import queries as cases
from app.cases.errors import CaseNotOpen, ConsentMissing
from app.cases.rules import parties, trail
from app.cases.states import Party
from app.core import pages
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.core.given import Instant
from app.core.pages import Page
from app.routers._deps import ActorDep, PageDep, SessionDep, tagged
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS
from app.survivors import queries as survivors

router = Room("appointments")
OF_CASE = "/cases/{case_id}/appointments"
BOOK = (Forbidden, NotFound, Clash, KeyReused, Busy, CaseNotOpen, ConsentMissing, TooManyAppointments)


@router.get("/appointments", responses=problems(Forbidden))
async def list_my_appointments(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    until: Annotated[Instant | None, Query(description="Only what begins before this moment")] = None,
) -> Page[MyAppointmentOut]:
    """Your agenda: what is booked for your cases, the earliest first; also what has no outcome yet."""
    found = await queries.mine(session, actor.grant(Permission.CASE_READ), page, until)
    shown = found[: page.limit]
    ids = [each for one in shown for each in trail(one.case, one.appointment.id)]
    audit.record(session, actor, "appointment.list", dict.fromkeys(ids), FieldClass.HEALTH)
    items = [MyAppointmentOut.of_mine(one, actor) for one in shown]
    following = pages.seal(page, found[page.limit].appointment.id) if len(found) > page.limit else None
    return Page(items=items, next_cursor=following)


@router.get(OF_CASE, responses=problems(Forbidden, NotFound))
async def list_appointments(
    case_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep
) -> Page[AppointmentOut]:
    """The appointments of a case, the newest entry first."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    found = await queries.of_case(session, case, page)
    shown, by = found[: page.limit], parties(case, actor)
    box = await survivors.box(session, case.survivor_id)
    ids = trail(case, *(one.id for one in shown))
    audit.record(session, actor, "appointment.list", ids, FieldClass.HEALTH)
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[AppointmentOut.of(one, box, by) for one in shown], next_cursor=following)


@router.post(OF_CASE, status_code=201, dependencies=[Once], responses=problems(*BOOK) | EXISTS)
async def book_appointment(
    case_id: UUID, body: BookAppointment, response: Response, session: SessionDep, actor: ActorDep
) -> AppointmentOut:
    """Book an appointment of this person with you or somebody else. The owner of the case is told."""
    appointment, is_new = await actions.book(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, await show(session, actor, appointment))


@router.get(f"{OF_CASE}/{{appointment_id}}", responses=problems(Forbidden, NotFound))
async def get_appointment(
    case_id: UUID, appointment_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> AppointmentHistoryOut:
    """One appointment with every step of it: how often it was put off, missed, and why."""
    case = await cases.get(session, actor.grant(Permission.CASE_READ), case_id)
    appointment = await queries.get(session, case, appointment_id)
    audit.record(session, actor, "appointment.read", trail(case, appointment_id), FieldClass.HEALTH)
    moves = [AppointmentMoveOut.of(move) for move in await queries.moves(session, appointment)]
    out = await show(session, actor, appointment)
    return tagged(response, AppointmentHistoryOut(**out.model_dump(), moves=moves))


async def _place(case_id: UUID, appointment_id: UUID) -> Place:
    return Place(case_id, appointment_id)


register(
    router,
    f"{OF_CASE}/{{appointment_id}}",
    Moves(
        table=APPOINTMENT,
        act=actions,
        where=_place,
        out=AppointmentOut,
        answer=show,
        by=(Party.OWNER, Party.SUPERVISOR),
        bodies={
            Action.MISS: MissAppointment,
            Action.CANCEL: CancelAppointment,
            Action.RESCHEDULE: RescheduleAppointment,
        },
        refusals={
            Action.KEEP: (BeforeItsTime,),
            Action.MISS: (BeforeItsTime,),
            Action.RESCHEDULE: (CaseNotOpen, ConsentMissing),
        },
    ),
)

"""Routes of who takes part: enrolments of a case and of a programme, clearances, attendance."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.cases.errors import ConsentMissing
from app.codelists.lists import LANGUAGES, Language
from app.core.errors import Busy, Clash, Forbidden, IllegalMove, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.participants import actions, attending, judging, sheets
from app.participants.errors import AlreadyEnrolled, ClearanceNotAsked, ProgrammeFull, RosterFull
from app.participants.progress_schemas import ParticipationOut, page
from app.participants.schemas import (
    Admit,
    AttendanceOut,
    ClassificationOut,
    ClearanceOut,
    EligibilityOut,
    Enrol,
    EnrolmentOut,
    EnrolmentsOut,
    GiveClearance,
    Leave,
    NewClassification,
    NoteAttendance,
    SheetOut,
    WriteSheet,
)
from app.participants.states import Status
from app.programmes.errors import NotCounted, ProgrammeClosed, SeasonClosed, SessionAhead, SessionCancelled
from app.routers._deps import ActorDep, SessionDep, ShortPageDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("participants")
PART = "/cases/{case_id}/participation"
ENROLMENT, ATTENDANCE = "/enrolments/{enrolment_id}", "/sessions/{session_id}/attendance"
SHEET = "/fixtures/{fixture_id}/sheet"
GET = problems(Forbidden, NotFound)
NEW = (Forbidden, NotFound, Clash, KeyReused, Busy)
CHANGE = (Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy)


@router.post(
    "/cases/{case_id}/enrolments",
    status_code=201,
    dependencies=[Once],
    responses=problems(*NEW, AlreadyEnrolled, ConsentMissing, ProgrammeClosed) | EXISTS,
)
async def enrol(
    case_id: UUID, body: Enrol, response: Response, session: SessionDep, actor: ActorDep
) -> EnrolmentOut:
    """Ask for a place in a programme, by the consent for this alone. Who asks waits to be admitted."""
    taking, is_new = await actions.enrol(session, actor, case_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, EnrolmentOut.of(taking))


@router.get("/cases/{case_id}/enrolments", responses=GET)
async def list_enrolments_of_case(case_id: UUID, session: SessionDep, actor: ActorDep) -> EnrolmentsOut:
    """What somebody takes part in or did, the latest first."""
    found = await actions.read_of_case(session, actor, case_id)
    return EnrolmentsOut(items=[EnrolmentOut.of(each) for each in found])


@router.get(f"{PART}", responses=GET)
async def get_participation(case_id: UUID, session: SessionDep, actor: ActorDep) -> ParticipationOut:
    """Attendance month by month, whether it is regular, mobility and what was reached, beside each other."""
    return await actions.read_participation(session, actor, case_id)


@router.get(
    f"{PART}.html",
    response_class=Response,
    responses=GET | {200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def print_participation(
    case_id: UUID, session: SessionDep, actor: ActorDep, language: Language | None = None
) -> Response:
    """The same on paper, to give to the person, in their language. No name stands on it."""
    found = await actions.read_participation(session, actor, case_id)
    mine = [each for each in LANGUAGES if each == actor.language]
    spoken: Language = language if language else mine[0] if mine else "en"
    return Response(page(found, spoken), media_type="text/html")


@router.get("/programmes/{programme_id}/enrolments", response_model=Page[EnrolmentOut], responses=GET)
async def list_enrolments(
    programme_id: UUID,
    short: ShortPageDep,
    status: Annotated[Status | None, Query(description="Without it: all who have not left")] = None,
) -> Response:
    """Who takes part, in order of entry: to the organiser all, to a caseworker the own files."""
    found = await actions.read_of_programme(short.hot, short.actor, programme_id, short.page, status)
    return Response(found, media_type="application/json")


@router.get(ENROLMENT, responses=GET)
async def get_enrolment(
    enrolment_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> EnrolmentOut:
    """Somebody in a programme: name, contact, what the place must have, cleared until when. No diagnosis."""
    return tagged(response, EnrolmentOut.of(await actions.read_enrolment(session, actor, enrolment_id)))


@router.post(
    f"{ENROLMENT}/admit",
    dependencies=[Once],
    responses=problems(*CHANGE, IllegalMove, ProgrammeFull, ProgrammeClosed),
)
async def admit(
    enrolment_id: UUID,
    version: VersionDep,
    body: Admit,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> EnrolmentOut:
    """Give somebody who waits a place, as long as there is one."""
    return tagged(response, EnrolmentOut.of(await actions.admit(session, actor, enrolment_id, version, body)))


@router.post(f"{ENROLMENT}/leave", dependencies=[Once], responses=problems(*CHANGE, IllegalMove))
async def leave(
    enrolment_id: UUID,
    version: VersionDep,
    body: Leave,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> EnrolmentOut:
    """Somebody takes part no more: said by the caseworker or the organiser, with the reason."""
    return tagged(response, EnrolmentOut.of(await actions.leave(session, actor, enrolment_id, version, body)))


@router.post(
    "/referrals/{referral_id}/clearances",
    status_code=201,
    dependencies=[Once],
    responses=problems(*NEW, ClearanceNotAsked) | EXISTS,
)
async def give_clearance(
    referral_id: UUID, body: GiveClearance, response: Response, session: SessionDep, actor: ActorDep
) -> ClearanceOut:
    """Say, on a live referral that asks for it, whether somebody may do a sport and until when."""
    clearance, is_new = await actions.give_clearance(session, actor, referral_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ClearanceOut.model_validate(clearance))


@router.get(f"{ENROLMENT}/eligibility", responses=GET)
async def get_eligibility(enrolment_id: UUID, session: SessionDep, actor: ActorDep) -> EligibilityOut:
    """What the rules of the sport propose and why, and what was decided: for who works on the case."""
    return await judging.read(session, actor, enrolment_id)


@router.post(
    f"{ENROLMENT}/classifications", status_code=201, dependencies=[Once], responses=problems(*NEW) | EXISTS
)
async def classify(
    enrolment_id: UUID, body: NewClassification, response: Response, session: SessionDep, actor: ActorDep
) -> ClassificationOut:
    """Keep what a classifier decided; it goes before what the rule proposes."""
    made, is_new = await judging.classify(session, actor, enrolment_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ClassificationOut.model_validate(made))


@router.get(SHEET, responses=GET)
async def get_sheet(fixture_id: UUID, response: Response, session: SessionDep, actor: ActorDep) -> SheetOut:
    """Who stands on the sheets of a match: of the own facility, or of the own files."""
    return tagged(response, await sheets.read(session, actor, fixture_id))


@router.put(SHEET, dependencies=[Once], responses=problems(*CHANGE, RosterFull))
async def write_sheet(
    fixture_id: UUID,
    version: VersionDep,
    body: WriteSheet,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> SheetOut:
    """Name who plays for a side of one's own: enrolled, eligible for the position, cleared on the day."""
    return tagged(response, await sheets.write(session, actor, fixture_id, version, body))


@router.get(ATTENDANCE, responses=GET)
async def get_attendance(
    session_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> AttendanceOut:
    """Who was at a session, for its organiser."""
    return tagged(response, await attending.read_attendance(session, actor, session_id))


@router.put(
    ATTENDANCE,
    dependencies=[Once],
    responses=problems(*CHANGE, SeasonClosed, SessionAhead, SessionCancelled, NotCounted),
)
async def note_attendance(
    session_id: UUID,
    version: VersionDep,
    body: NoteAttendance,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> AttendanceOut:
    """Note a whole group in one request; who is not enrolled is named by place, and then nothing is noted."""
    return tagged(response, await attending.note_attendance(session, actor, session_id, version, body))

"""Routes of injuries in sport: days for the organiser, findings for provider and caseworker, the way back."""

from uuid import UUID

from fastapi import Response

from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.participants import injuring
from app.participants.errors import NotEnrolled
from app.participants.injury_schemas import (
    AvailabilitiesOut,
    AvailabilityOut,
    LogInjury,
    NewFinding,
    SportFindingOut,
    SportInjuriesOut,
    SportInjuryOut,
    TakeStep,
    show,
)
from app.participants.states import RETURN_TO_PLAY, Party, Step
from app.routers._deps import ActorDep, SessionDep, tagged
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.cases import EXISTS

router = Room("participants")
OF_SOMEBODY, ONE = "/enrolments/{enrolment_id}/sport-injuries", "/sport-injuries/{sport_injury_id}"
GET = problems(Forbidden, NotFound)
NEW = (Forbidden, NotFound, Clash, KeyReused, Busy)


@router.post(
    OF_SOMEBODY, status_code=201, dependencies=[Once], responses=problems(*NEW, NotEnrolled) | EXISTS
)
async def log_sport_injury(
    enrolment_id: UUID, body: LogInjury, response: Response, session: SessionDep, actor: ActorDep
) -> AvailabilityOut:
    """Say that somebody who is enrolled cannot take part since a day. What it is, a provider says."""
    injury, is_new = await injuring.log(session, actor, enrolment_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, AvailabilityOut.of(injury))


@router.get(OF_SOMEBODY, responses=GET)
async def list_days_of_injuries(
    enrolment_id: UUID, session: SessionDep, actor: ActorDep
) -> AvailabilitiesOut:
    """Since when and until when somebody could not take part, and what they may do now: never why."""
    found = await injuring.read_days(session, actor, enrolment_id)
    return AvailabilitiesOut(items=[AvailabilityOut.of(each) for each in found])


@router.get("/cases/{case_id}/sport-injuries", responses=GET)
async def list_sport_injuries_of_case(
    case_id: UUID, session: SessionDep, actor: ActorDep
) -> SportInjuriesOut:
    """The sport injuries of a case with what providers found, for who works on it."""
    found = await injuring.read_of_case(session, actor, case_id)
    return SportInjuriesOut(items=[SportInjuryOut.whole(each) for each in found])


@router.get("/referrals/{referral_id}/sport-injuries", responses=GET)
async def list_sport_injuries_of_referral(
    referral_id: UUID, session: SessionDep, actor: ActorDep
) -> SportInjuriesOut:
    """The same for the provider whom a live referral asks for a clearance."""
    found = await injuring.read_of_referral(session, actor, referral_id)
    return SportInjuriesOut(items=[SportInjuryOut.whole(each) for each in found])


@router.post(f"{ONE}/findings", status_code=201, dependencies=[Once], responses=problems(*NEW) | EXISTS)
async def find_sport_injury(
    sport_injury_id: UUID, body: NewFinding, response: Response, session: SessionDep, actor: ActorDep
) -> SportFindingOut:
    """Keep what a provider found. The organiser learns nothing of it."""
    finding, is_new = await injuring.find(session, actor, sport_injury_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, SportFindingOut.model_validate(finding))


async def _injury_id(sport_injury_id: UUID) -> UUID:
    return sport_injury_id


register(
    router,
    ONE,
    Moves(
        table=RETURN_TO_PLAY,
        act=injuring,
        where=_injury_id,
        out=AvailabilityOut,
        answer=show,
        by=tuple(Party),
        bodies=dict.fromkeys(Step, TakeStep),
    ),
)

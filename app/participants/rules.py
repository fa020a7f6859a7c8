"""Judgements about who takes part, already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.codelists import lists
from app.core.dates import PartialDate, age_on
from app.core.db import Held
from app.core.errors import Invalid
from app.participants.errors import ClearanceNotAsked, NotEnrolled, ProgrammeFull, RosterFull
from app.participants.models import Clearance, Enrolment, SportInjury
from app.participants.states import Party, Stage, Status, Step
from app.programmes.models import Programme
from app.programmes.rules import organises
from app.referrals.models import Referral
from app.referrals.states import LIVE

SPORT, PEERS, COURSE = "sport", "peer_support", "vocational_training"
CLEARANCE = "sports_clearance"  # code list: service
JOINED = {SPORT: "sport_join", COURSE: "voc_enrol"}
"""What joining such a programme shows (the milestone catalogue)."""
TRIED, REGULAR, IN_A_GROUP = "sport_tried", "sport_regular", "peer_group_joined"
MEETINGS = 3  # the catalogue: three meetings attended
MONTHS, MONTH, OFTEN = 3, timedelta(days=30), 2  # the catalogue: three months running; twice in each at least


class Covers(Protocol):
    """A clearance, or what else says as much of one."""

    @property
    def outcome_code(self) -> str:
        """Code list: clearance_outcome."""

    @property
    def given_on(self) -> date:
        """From when."""

    @property
    def valid_until(self) -> date:
        """Until when."""


class Keeps(Protocol):
    """A sport injury, or what else says as much of one."""

    @property
    def occurred_on(self) -> date:
        """Since when."""

    @property
    def context_code(self) -> str:
        """Code list: sport_injury_context."""

    @property
    def stage(self) -> Stage:
        """How far on the way back."""

    @property
    def stage_on(self) -> date:
        """The day of the last step."""


class File(NamedTuple):
    """Whose milestones a record shows: the case, the person, who is responsible."""

    id: UUID
    survivor_id: UUID
    owner_id: UUID
    team_id: UUID


def file_of(row: Enrolment | Referral) -> File:
    """The file that a row belongs to."""
    return File(row.case_id, row.survivor_id, row.owner_id, row.team_id)


def trail(row: Enrolment, *others: UUID) -> list[UUID]:
    """What an audit event about an enrolment names: the records, the programme, the case, the person."""
    return [row.id, *others, row.programme_id, row.case_id, row.survivor_id]


def parties(row: Enrolment, actor: Actor) -> list[Party]:
    """On which side of the enrolment the actor stands."""
    return sides(row, actor, organises(actor, row.facility_id))


def sides(row: Held, actor: Actor, organising: bool) -> list[Party]:
    """On which side of what belongs to a file the actor stands: works on it, organises, was asked."""
    works = {
        Reach.OWN: row.owner_id in actor.owners,
        Reach.TEAM: row.team_id == actor.team_id,
        Reach.ALL: True,
    }.get(reach_of(actor.role, Permission.CASE_WRITE), False)
    asked = reach_of(actor.role, Permission.CLEARANCE_WRITE) is Reach.SHARED
    return [Party.WORKER] * works + [Party.ORGANISER] * organising + [Party.PROVIDER] * asked


def need_age(programme: Programme, birth: PartialDate | None, day: date) -> None:
    """Stop who is not old enough; of an age that is not quite known the youngest possible counts."""
    if programme.minimum_age is None:
        return
    ages = age_on(birth, day) if birth else None
    if ages is None or ages[0] < programme.minimum_age:
        code = "age_needed" if ages is None else "too_young"
        raise Invalid(errors=[{"pointer": "/programme_id", "code": code, "message": ""}])


def need_position(programme: Programme, position_code: str | None) -> None:
    """Stop a position outside sport."""
    if position_code and programme.kind_code != SPORT:
        raise Invalid(errors=[{"pointer": "/position_code", "code": "not_a_sport", "message": ""}])


def need_place(capacity: int | None, taken: int) -> None:
    """Stop the one who is too many."""
    if capacity is not None and taken >= capacity:
        raise ProgrammeFull(capacity=capacity)


def need_asked(referral: Referral) -> None:
    """Stop a clearance that no live referral asks for."""
    if referral.status not in LIVE or CLEARANCE not in referral.service_codes:
        raise ClearanceNotAsked(service_code=CLEARANCE)


def need_enrolled(asked: Sequence[UUID], there: Iterable[UUID]) -> None:
    """Stop attendance for somebody who is not enrolled, each by the place in the request."""
    known = set(there)
    faults = [
        {"pointer": f"/people/{place}/enrolment_id", "code": "not_enrolled", "message": ""}
        for place, one in enumerate(asked)
        if one not in known
    ]
    if faults:
        raise Invalid(errors=faults)


def need_place_now(row: Enrolment) -> None:
    """Stop what is said of somebody who waits, or has left."""
    if row.status is not Status.ENROLLED:
        raise NotEnrolled(status_now=row.status.value)


def need_roster(limit: int | None, players: int) -> None:
    """Stop a sheet with more players than the edition allows."""
    if limit is not None and players > limit:
        raise RosterFull(limit=limit)


def player_faults(
    row: Enrolment,
    clearance: Clearance | None,
    injuries: Iterable[SportInjury],
    position_code: str,
    day: date,
) -> list[tuple[str, str]]:
    """Why somebody may not play: the position by the rule or the classifier, the clearance, an injury."""
    faults = []
    if position_code not in row.eligible_position_codes:
        faults.append(("position_code", "not_eligible"))
    if not is_cleared(clearance, day):
        faults.append(("enrolment_id", "not_cleared"))
    if any(bars(injury, day) for injury in injuries):
        faults.append(("enrolment_id", "not_available"))
    return faults


def allowed(status_code: str, position_codes: Sequence[str]) -> tuple[str, list[str]]:
    """What a classification comes to: not eligible, not completed, or the positions that it names."""
    if status_code == "ne":
        return "not_eligible", []
    if status_code == "cnc":
        return "unclear", []
    return "eligible", list(position_codes)


def is_cleared(clearance: Covers | None, day: date) -> bool:
    """Whether the latest word of a provider lets somebody do the sport on this day."""
    return (
        clearance is not None
        and clearance.outcome_code != "not_cleared"
        and clearance.given_on <= day <= clearance.valid_until
    )


def bars(injury: Keeps, day: date) -> bool:
    """Whether somebody may not play on this day; the match in which it happened is not undone by it."""
    if injury.stage is Stage.RETRACTED or (injury.stage is Stage.RETURNED and injury.stage_on <= day):
        return False
    return injury.occurred_on < day or (injury.occurred_on == day and injury.context_code != "match")


def days_lost(injury: SportInjury, today: date) -> int:
    """Days without full part: from the day after it happened to the day before the return (IOC 2020)."""
    if injury.stage is Stage.RETURNED:
        return max((injury.stage_on - injury.occurred_on).days - 1, 0)
    return 0 if injury.stage is Stage.RETRACTED else (today - injury.occurred_on).days


def severity(days: int) -> str:
    """The band of days lost (code list: sport_injury_severity)."""
    return "none" if days == 0 else "slight" if days <= 7 else "moderate" if days <= 28 else "severe"


def need_step_day(injury: SportInjury, step: Step, day: date) -> None:
    """Stop a step before the last one, and one forward within a day of it: a stage takes a day."""
    first = injury.stage_on + timedelta(days=step in (Step.ADVANCE, Step.CLEAR))
    if day < first:
        code = "too_soon" if day >= injury.stage_on else "before_last_step"
        raise Invalid(errors=[{"pointer": "/happened_on", "code": code, "message": ""}])


def attended(status_code: str) -> bool:
    """Whether this counts as having been there (code list: attendance_status)."""
    return lists.load("attendance_status")[status_code].extra["attended"] == "yes"


def is_regular(days: Iterable[date], last: date) -> bool:
    """Whether these days of attendance are three months of regular sport, the last of them ending today."""
    many = [0] * MONTHS
    for day in days:
        if (month := (last - day) // MONTH) in range(MONTHS):
            many[month] += 1
    return all(each >= OFTEN for each in many)


def shown_by(kind_code: str, days: Sequence[date]) -> list[str]:
    """The milestones that the last of these days of attendance shows for the first time."""
    last, before = days[-1], days[:-1]
    if kind_code == PEERS:
        return [IN_A_GROUP] if len(days) == MEETINGS else []
    if kind_code != SPORT:
        return []
    regular = is_regular(days, last) and not (before and is_regular(before, before[-1]))
    return [TRIED] * (not before) + [REGULAR] * regular


def forget(row: Enrolment) -> None:
    """Take away what was copied for the organiser."""
    row.name = row.phone = None
    row.need_codes = []

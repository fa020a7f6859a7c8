"""Appointments of a case: kept, missed and tried again, cancelled, put off; and what is still to come."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.appointments.rules import MISSED_VISIT
from app.appointments.states import APPOINTMENT, Action
from app.cases.states import Party
from app.cases.states import Status as CaseStatus
from app.core.clock import day_of
from app.core.states import Move
from app.demo.cases import File
from app.demo.dice import Dice, urn
from app.demo.places import Country
from app.demo.sheets import Sheets
from app.demo.work import texts

Step = tuple[datetime, datetime, Move[Any, Any, Any] | None]

WAYS: tuple[tuple[Action, ...], ...] = (
    (Action.KEEP,),
    (Action.MISS, Action.RESCHEDULE, Action.KEEP),
    (Action.RESCHEDULE, Action.KEEP),
    (Action.CANCEL,),
)
HOW = "0:10 1:3 2:2 3:2"
KINDS = "home_visit:4 office_meeting:4 place_visit:3 accompanied_visit:3 call:2 joint_meeting:1"
PURPOSES = (
    "follow_up:5 plan:3 medical:3 device:3 commission:2 benefit:2 papers:2 needs_assessment:2 school:1 work:1"
)
MISSED = "transport:4 health:3 family_or_work:2 not_informed:2 unknown:1"
NEXT = "call_person:5 new_date:3 home_visit:2 transport:1"
CANCELLED = "person_wish:3 other_side:3 staff:1 weather_or_security:2 no_longer_needed:1"
LENGTHS = "30:3 45:2 60:4 90:1"
SOON = 0.25  # of the open cases have something booked


def write_appointments(sheets: Sheets, country: Country, file: File, many: int) -> None:
    """So many that are over, and for some of the cases that are worked on, one that is to come."""
    sheets = sheets.with_dice("appointments", file.id)
    draws, life, now = sheets.dice, file.person.life, country.now
    for _ in range(many):
        booked_at = draws.between(life.opened_at, life.until(now))
        _write(sheets, file, booked_at, life.until(now), WAYS[int(urn(HOW).draw(draws))])
    if life.is_open and life.status is not CaseStatus.DORMANT and draws.chance(SOON):
        booked_at = draws.between(max(life.opened_at, now - timedelta(days=10)), now)
        _write(sheets, file, booked_at, now, ())


def _write(sheets: Sheets, file: File, booked_at: datetime, until: datetime, way: tuple[Action, ...]) -> None:
    """One appointment that goes this way; nothing where it would not have come to its end by now."""
    steps = list(_steps(sheets.dice, booked_at, way))
    if steps[-1][0] > until:
        return
    draws, row_id = sheets.dice, sheets.dice.new_id(booked_at)
    note = draws.choice(texts("task")) if draws.chance(0.4) else None
    sheets.record(
        "appointment",
        booked_at,
        id=row_id,
        kind_code=urn(KINDS).draw(draws),
        purpose_code=urn(PURPOSES).draw(draws),
        status=steps[-1][2].target if steps[-1][2] else APPOINTMENT.start,
        starts_at=steps[-1][1],
        minutes=int(urn(LENGTHS).draw(draws)),
        note=note and file.person.box.seal("appointment", "note", row_id, note),
        by_id=file.acting(booked_at),
        version=len(steps),
        **file.held,
    )
    for step, later in zip(steps, [*steps[1:], steps[-1]], strict=True):
        _write_step(sheets, file, row_id, step, later[0])


def _steps(draws: Dice, booked_at: datetime, way: tuple[Action, ...]) -> Iterator[Step]:
    """When each step was made, and when the appointment was to be from then on."""
    at, starts, now = booked_at, _day(draws, booked_at), APPOINTMENT.start
    yield at, starts, None
    for action in way:
        move = APPOINTMENT.find(now, action, [Party.OWNER])
        at, now = _made(draws, at, starts, action), move.target
        starts = _day(draws, at) if action is Action.RESCHEDULE else starts
        yield at, starts, move


def _day(draws: Dice, at: datetime) -> datetime:
    """Some working hour of the days to come."""
    day = at + timedelta(days=draws.randint(1, 14))
    return day.replace(hour=draws.randint(5, 12), minute=draws.choice((0, 15, 30)), second=0, microsecond=0)


def _made(draws: Dice, at: datetime, starts: datetime, action: Action) -> datetime:
    """When a step was made: what became of it in the hours after, the rest before, or a day after a miss."""
    if action in (Action.KEEP, Action.MISS):
        return starts + timedelta(hours=draws.uniform(0.5, 8))
    return draws.between(at, starts) if at < starts else at + timedelta(hours=draws.uniform(2, 40))


def _write_step(sheets: Sheets, file: File, row_id: UUID, step: Step, then: datetime) -> None:
    """One step, with its reasons; a missed visit leaves a task, done when the person was spoken with."""
    at, starts_at, move = step
    draws, action = sheets.dice, move.action if move else None
    why: dict[str, Any] = {}
    if action is Action.MISS:
        why = {"reason_code": urn(MISSED).draw(draws), "next_step_code": urn(NEXT).draw(draws)}
    if action is Action.CANCEL:
        why = {"reason_code": urn(CANCELLED).draw(draws)}
    step_id = sheets.record(
        "appointment_move",
        at,
        appointment_id=row_id,
        action=action,
        source=move.source if move else None,
        target=move.target if move else APPOINTMENT.start,
        starts_at=starts_at,
        by_id=file.acting(at),
        **why,
        **{name: file.held[name] for name in ("owner_id", "team_id")},
    )
    if action is Action.MISS:
        _write_task(sheets, file, at, step_id, then)


def _write_task(sheets: Sheets, file: File, at: datetime, about: UUID, then: datetime) -> None:
    """The task that asked for the next try: in the demo every try led to another day."""
    sheets.record(
        "task",
        at,
        kind_code=MISSED_VISIT,
        about=about,
        due_on=day_of(at),
        done_at=then,
        done_by_id=file.acting(then),
        outcome_code="done",
        version=2,
        **file.held,
    )

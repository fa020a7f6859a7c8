"""Flags of risk that people and answers raised; and what a counsellor asked, sealed in the compartment."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.assessments import rules, scoring
from app.assessments.instrument import Value, instruments
from app.cases.rules import RISK_FLAG
from app.cases.states import Status as CaseStatus
from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import urn
from app.demo.messages import tell
from app.demo.places import Country, Facility
from app.demo.sheets import Sheets
from app.demo.support import box_of
from app.demo.work import texts
from app.psychosocial.schemas import sealed
from app.risks.states import Status

ASKED = "phq_9"
SERVICE = "counselling_individual"
DAYS = "0:4 1:4 2:2 3:1"
DARK = "0:12 1:1"
SEEN_BY_A_PERSON = 0.05
STILL_OPEN = 0.25
KINDS = "harm_by_others:3 neglect:2 exploitation:1 child_protection:1 medical_danger:2"
ACTIONS = "safety_assessed:4 safety_plan:3 trusted_person:3 specialist:2 protection_service:2 not_confirmed:1"


def write_risks(sheets: Sheets, country: Country, file: File) -> None:
    """A danger that somebody saw, in a few of the files."""
    draws, life = sheets.dice, file.person.life
    if not draws.chance(SEEN_BY_A_PERSON):
        return
    at = draws.between(life.opened_at, life.until(country.now))
    _write_flag(sheets, country, file, at, urn(KINDS).draw(draws), file.acting(at))


def write_screening(sheets: Sheets, country: Country, file: File, facility: Facility, at: datetime) -> None:
    """What the counsellor asked a grown-up person, and the flag where an answer told of danger."""
    asked = instruments()[ASKED]
    if file.person.birth.age_on(day_of(at)) < asked.from_age:
        return
    draws = sheets.dice
    answers: dict[str, Value] = {item: int(urn(DAYS).draw(draws)) for item in asked.asked}
    answers["q9"] = int(urn(DARK).draw(draws))
    box = box_of(sheets, file.person)
    row_id = draws.new_id(at)
    scores = scoring.kept(scoring.scores(asked, answers))
    sheets.record(
        "screening",
        at,
        id=row_id,
        facility_id=facility.id,
        instrument_code=asked.code,
        instrument_version=asked.version,
        assessed_on=day_of(at),
        by_id=facility.staff_id,
        **sealed(row_id, box, answers=answers, scores=scores),
        **file.held,
    )
    for alert in rules.alerts(asked, answers):
        _write_flag(sheets, country, file, at, alert.code, facility.staff_id, row_id)


def _write_flag(
    sheets: Sheets,
    country: Country,
    file: File,
    at: datetime,
    kind: str,
    by_id: UUID,
    source_id: UUID | None = None,
) -> None:
    """A flag with its task, what was done about it, and who was told."""
    flag_id = sheets.dice.new_id(at)
    closed = _what_was_done(sheets, country, file, at, flag_id)
    seen = None if source_id else _sealed(sheets, file, flag_id, "seen")
    status = {"status": Status.CLOSED, "version": 2} if closed else {"status": Status.RAISED}
    said = {
        "kind_code": kind,
        "source_id": source_id,
        "seen": seen,
        "due_on": day_of(at),
        "by_id": by_id,
    }
    sheets.record("risk_flag", at, id=flag_id, **said, **status, **closed, **file.held)
    _write_task(sheets, file, at, flag_id, closed)
    for person in (file.acting(at), file.person.origin.crew.supervisor_id):
        tell(sheets, country, at, "risk_flag.raise", file.id, user_id=person)


def _sealed(sheets: Sheets, file: File, flag_id: UUID, column: str) -> bytes:
    text = sheets.dice.choice(texts(f"risk_{column}"))
    return file.person.box.seal("risk_flag", column, flag_id, text)


def _write_task(sheets: Sheets, file: File, at: datetime, flag_id: UUID, closed: dict[str, Any]) -> None:
    ends = {"done_at": closed["closed_at"], "done_by_id": closed["closed_by_id"]} if closed else {}
    ends |= {"outcome_code": "done", "version": 2} if closed else {}
    sheets.record("task", at, kind_code=RISK_FLAG, about=flag_id, due_on=day_of(at), **ends, **file.held)


def _what_was_done(
    sheets: Sheets, country: Country, file: File, at: datetime, flag_id: UUID
) -> dict[str, Any]:
    """What closed the flag the same day or soon after; nothing for some that are still open."""
    draws, life = sheets.dice, file.person.life
    if life.is_open and life.status is not CaseStatus.DORMANT and draws.chance(STILL_OPEN):
        return {}
    done_at = min(at + timedelta(hours=draws.uniform(1, 40)), life.until(country.now))
    return {
        "action_code": urn(ACTIONS).draw(draws),
        "acted_on": day_of(done_at),
        "done": _sealed(sheets, file, flag_id, "done"),
        "closed_at": done_at,
        "closed_by_id": file.acting(done_at),
    }

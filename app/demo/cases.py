"""The case of each person: moves with the approvals they used up, who was responsible, what comes next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.cases.rules import CLOSURE, PLAN
from app.cases.states import OPEN, Action, Party, Status
from app.core.clock import day_of
from app.demo.dice import Dice, urn
from app.demo.lives import Happened
from app.demo.messages import tell
from app.demo.people import Person
from app.demo.places import Country
from app.demo.sheets import Ready, Sheets, ready

APPROVED_BY = {Action.IMPLEMENT: PLAN, Action.CLOSE: CLOSURE, Action.TRANSFER: CLOSURE}
HANDED_OVER = 0.15
REFUSED_FIRST = 0.08
RISK = "low:5 medium:4 high:1"
PRIORITY = "normal:7 high:2 low:1 urgent:1"


class Shown(NamedTuple):
    """A record that shows a milestone: when it was made, its kind (milestone_fact), its id, by whom."""

    at: datetime
    code: str
    id: UUID
    by_id: UUID


@dataclass(frozen=True, slots=True)
class File:
    """A person's case as the rows below it need it: who acted when, and when the needs were assessed."""

    id: UUID
    person: Person
    needs_at: datetime | None
    held: dict[str, Ready]  # what every row of the case carries of it
    earlier_id: UUID  # who was responsible before
    handed_over: datetime
    shown: dict[str, Shown] = field(default_factory=dict)  # by milestone: the first record that shows it
    lasting: dict[str, Shown] = field(default_factory=dict)  # by milestone: the last look that found it so

    def show(self, milestone: str, shown: Shown) -> None:
        """A record shows this milestone; the first that does so counts."""
        known = self.shown.get(milestone)
        if known is None or shown.at < known.at:
            self.shown[milestone] = shown

    def acting(self, at: datetime) -> UUID:
        """Who was responsible at a moment."""
        return self.earlier_id if at < self.handed_over else self.person.origin.owner_id


def write_case(sheets: Sheets, country: Country, person: Person) -> File:
    """The case with all that was decided about it."""
    file = _begin(sheets, country, person)
    life = person.life
    closed = not life.is_open
    sheets.record(
        "case_file",
        life.opened_at,
        id=file.id,
        survivor_id=person.id,
        organisation_id=country.agency_id,
        status=life.status,
        opened_on=day_of(life.opened_at),
        needs_assessed_on=day_of(file.needs_at) if file.needs_at else None,
        closure_reason_code=life.reason if closed else None,
        closed_at=life.last_at if closed else None,
        version=life.version,
        **_judged(sheets.dice, country, life.status),
        **person.held,
    )
    _write_responsible(sheets, file)
    _write_moves(sheets, country, file)
    if not closed:
        _write_pending(sheets, country, file)
    return file


def _begin(sheets: Sheets, country: Country, person: Person) -> File:
    """The file, some of them handed over since."""
    draws, opened_at = sheets.dice, person.life.opened_at
    case_id, earlier_id = draws.new_id(opened_at), draws.choice(person.origin.crew.worker_ids)
    changed = earlier_id != person.origin.owner_id and draws.chance(HANDED_OVER)
    return File(
        id=case_id,
        person=person,
        held=ready(case_id=case_id) | person.held,
        needs_at=_needs_at(draws, country, person),
        earlier_id=earlier_id,
        handed_over=draws.between(opened_at, country.now) if changed else opened_at,
    )


def _needs_at(draws: Dice, country: Country, person: Person) -> datetime | None:
    """When the needs were assessed: before the first plan; some are being assessed now."""
    begun = next((at for move, at in person.life.history if move.action is Action.ASSESS), None)
    if begun is None:
        return None
    planned = next((at for move, at in person.life.history if move.action is Action.PLAN), None)
    if planned is None and draws.chance(0.5):
        return None
    return draws.between(begun, planned or person.life.until(country.now))


def _judged(draws: Dice, country: Country, status: Any) -> dict[str, Any]:
    """How urgent and how risky it is, and what comes next: a review, or the end of its rest."""
    today = day_of(country.now)
    risk = "unknown" if status is Status.INTAKE else urn(RISK).draw(draws)
    judged: dict[str, Any] = {"priority_code": urn(PRIORITY).draw(draws), "risk_level_code": risk}
    if status is Status.DORMANT:
        judged["wakes_on"] = today + timedelta(days=draws.randint(1, 400))
    elif status in OPEN:
        judged["next_review_on"] = today + timedelta(days=draws.randint(-20, 90))
    return judged


def _write_responsible(sheets: Sheets, file: File) -> None:
    """To whom the case was given when it was opened, and when it was handed over."""
    person, opened_at = file.person, file.person.life.opened_at
    supervisor = person.origin.crew.supervisor_id
    given = {opened_at: (file.acting(opened_at), file.acting(opened_at))}
    if file.handed_over > opened_at:
        given[file.handed_over] = (person.origin.owner_id, supervisor)
    for at, (given_to, by) in given.items():
        sheets.record(
            "case_assignment",
            at,
            given_to_id=given_to,
            given_to_team_id=person.origin.crew.team_id,
            by_id=by,
            **file.held,
        )


def _write_moves(sheets: Sheets, country: Country, file: File) -> None:
    life = file.person.life
    opened_at = life.opened_at
    sheets.record("case_move", opened_at, target=Status.INTAKE, by_id=file.acting(opened_at), **file.held)
    before = opened_at
    for move, at in life.history:
        kind = APPROVED_BY.get(move.action)
        reason = life.reason if kind == CLOSURE else None
        if kind:
            _write_approval(sheets, country, file, kind, reason, before, at)
        sheets.record(
            "case_move",
            at,
            action=move.action,
            source=move.source,
            target=move.target,
            by_id=file.acting(at),
            reason_code=reason,
            **file.held,
        )
        _tell_other_side(sheets, country, file, (move, at))
        before = at


def _tell_other_side(sheets: Sheets, country: Country, file: File, happened: Happened) -> None:
    """The supervisor hears of a move of the owner."""
    move, at = happened
    if move.tells is Party.SUPERVISOR:
        tell(
            sheets, country, at, f"case.{move.action}", file.id, user_id=file.person.origin.crew.supervisor_id
        )


def _write_approval(
    sheets: Sheets,
    country: Country,
    file: File,
    kind: str,
    reason: str | None,
    before: datetime,
    used_at: datetime,
) -> None:
    """Asked and answered since the move before, used up by this one; sometimes at the second attempt."""
    draws = sheets.dice
    moments = sorted(draws.between(before, used_at) for _ in range(4))
    if draws.chance(REFUSED_FIRST):
        _ask(sheets, country, file, kind, reason, moments[0], (moments[1], False, None))
    _ask(sheets, country, file, kind, reason, moments[2], (moments[3], True, used_at))


def _write_pending(sheets: Sheets, country: Country, file: File) -> None:
    """Questions that wait for their answer: the supervisor's day."""
    draws, life = sheets.dice, file.person.life
    at = draws.between(life.last_at, country.now)
    if life.status is Status.PLANNING and draws.chance(0.5):
        _ask(sheets, country, file, PLAN, None, at, None)
    elif life.status is Status.FOLLOW_UP and draws.chance(0.12):
        _ask(sheets, country, file, CLOSURE, "goals_met", at, None)


def _ask(
    sheets: Sheets,
    country: Country,
    file: File,
    kind: str,
    reason: str | None,
    at: datetime,
    answer: tuple[datetime, bool, datetime | None] | None,
) -> None:
    """One question; its answer is when, yes or no, and when the yes was used."""
    supervisor = file.person.origin.crew.supervisor_id
    decided_at, approved, used_at = answer or (None, None, None)
    sheets.record(
        "approval",
        at,
        kind_code=kind,
        reason_code=reason,
        asked_by_id=file.acting(at),
        decided_by_id=supervisor if answer else None,
        decided_at=decided_at,
        approved=approved,
        used_at=used_at,
        version=1 + bool(answer) + bool(used_at),
        **file.held,
    )
    tell(sheets, country, at, "approval.ask", file.id, user_id=supervisor)
    if decided_at:
        verb = "approval.approve" if approved else "approval.refuse"
        tell(sheets, country, decided_at, verb, file.id, user_id=file.acting(decided_at))

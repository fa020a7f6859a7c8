"""The daily work on a case: notes in somebody's words, sealed; things to do, and done."""

from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from app.cases.states import Status
from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import urn
from app.demo.places import Country
from app.demo.sheets import Sheets
from app.demo.walks import rows

NOTES = "call:6 home_visit:4 general:3 office_visit:2 contact_attempt:2 case_conference:1 complaint:0.3"
TASKS = "call:5 visit:4 office_meeting:2 collect_document:2 accompany:1 review_due:1 milestone_overdue:1"


@cache
def texts(kind: str) -> tuple[str, ...]:
    """Invented sentences of one kind."""
    return tuple(row["text"] for row in rows("texts") if row["kind"] == kind)


def write_notes(sheets: Sheets, country: Country, file: File, many: int) -> None:
    """So many notes, over the life of the case."""
    draws, life = sheets.dice, file.person.life
    until = life.until(country.now)
    for _ in range(many):
        at = draws.between(life.opened_at, until)
        kind, row_id = urn(NOTES).draw(draws), draws.new_id(at)
        text = file.person.box.seal("note", "text", row_id, draws.choice(texts(kind)))
        sheets.record("note", at, id=row_id, kind_code=kind, text=text, by_id=file.acting(at), **file.held)


def write_tasks(sheets: Sheets, country: Country, file: File, done: int, to_do: int) -> None:
    """Things that were done, and for a case that is worked on, things to do around today."""
    draws, life, now = sheets.dice, file.person.life, country.now
    until = life.until(now)
    for _ in range(done):
        at = draws.between(life.opened_at, until)
        _write_task(sheets, file, at, at + timedelta(days=draws.randint(1, 20)), draws.between(at, until))
    for _ in range(to_do if life.is_open and life.status is not Status.DORMANT else 0):
        at = draws.between(max(life.opened_at, now - timedelta(days=25)), now)
        due = max(at, now + timedelta(days=draws.randint(-8, 25)))
        _write_task(sheets, file, at, due, None)


def _write_task(sheets: Sheets, file: File, at: datetime, due: datetime, done_at: datetime | None) -> UUID:
    draws, row_id = sheets.dice, sheets.dice.new_id(at)
    told = draws.chance(0.6)
    sealed = file.person.box.seal("task", "text", row_id, draws.choice(texts("task"))) if told else None
    return sheets.record(
        "task",
        at,
        id=row_id,
        kind_code=urn(TASKS).draw(draws),
        text=sealed,
        due_on=day_of(due),
        by_id=file.acting(at),
        done_at=done_at,
        done_by_id=file.acting(done_at) if done_at else None,
        outcome_code=urn("done:9 not_needed:1").draw(draws) if done_at else None,
        version=2 if done_at else 1,
        **file.held,
    )

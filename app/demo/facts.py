"""Milestones that a record shows by itself: a device, a job, a training; some last, as a follow-up finds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.clock import day_of
from app.demo.cases import File, Shown
from app.demo.milestones import verifier
from app.demo.places import Country
from app.demo.sheets import Sheets, ready
from app.milestones.catalogue import definitions
from app.milestones.rules import HALF_A_YEAR
from app.milestones.states import MILESTONE, Action, Party, Status

Step = tuple[Action, Shown]


def write_facts(sheets: Sheets, country: Country, file: File) -> None:
    """Each milestone that a record of this file shows, with its confirmation for some."""
    sheets, until = sheets.with_dice("facts", file.id), file.person.life.until(country.now)
    for code, shown in file.shown.items():
        begun_at = sheets.dice.between(file.person.life.opened_at, shown.at)
        if not begun_at < shown.at <= until:  # what was shown of a closed case changes nothing
            continue
        steps: list[Step] = [(Action.REACH, shown)]
        lasting = file.lasting.get(code)
        if lasting and lasting.at <= until and (day_of(lasting.at) - day_of(shown.at)).days >= HALF_A_YEAR:
            steps.append((Action.STAY, lasting))
        _write(sheets, country, file, code, begun_at, steps)


def _write(
    sheets: Sheets, country: Country, file: File, code: str, begun_at: datetime, steps: list[Step]
) -> None:
    draws, definition = sheets.dice, definitions()[code]
    row_id, reached, last = draws.new_id(begun_at), steps[0][1], steps[-1][1]
    confirmed_by = verifier(draws, country, file, definition)
    sheets.record(
        "milestone",
        begun_at,
        id=row_id,
        definition_code=code,
        status=Status.SUSTAINED if steps[1:] else Status.ACHIEVED,
        due_on=definition.usual_day(file.person.accident_on, day_of(file.person.life.opened_at)),
        reached_on=day_of(reached.at),
        settled_on=day_of(last.at),
        fact_code=reached.code,
        fact_id=reached.id,
        recorded_by_id=last.by_id,
        verified_by_id=confirmed_by,
        verified_at=draws.between(last.at, country.now) if confirmed_by else None,
        version=1 + len(steps) + bool(confirmed_by),
        **file.held,
    )
    _write_changes(sheets, file, row_id, begun_at, steps)


def _write_changes(sheets: Sheets, file: File, row_id: UUID, begun_at: datetime, steps: list[Step]) -> None:
    """The first wish, and what the records showed."""
    whose: dict[str, Any] = ready(milestone_id=row_id) | file.person.held
    first = {"target": MILESTONE.start, "happened_on": day_of(begun_at), "by_id": file.acting(begun_at)}
    sheets.record("milestone_change", begun_at, **first, **whose)
    now = MILESTONE.start
    for action, shown in steps:
        move = MILESTONE.find(now, action, [Party.FACT])
        sheets.record(
            "milestone_change",
            shown.at,
            action=move.action,
            source=move.source,
            target=move.target,
            happened_on=day_of(shown.at),
            by_id=shown.by_id,
            fact_code=shown.code,
            fact_id=shown.id,
            **whose,
        )
        now = move.target

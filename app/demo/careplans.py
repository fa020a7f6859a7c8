"""The care plan of each case that was planned: its goals, sealed, and how far it came."""

from datetime import datetime, timedelta
from uuid import UUID

from app.careplans.states import Action, Status
from app.cases.states import Action as CaseAction
from app.cases.states import Status as CaseStatus
from app.codelists import lists
from app.core.clock import day_of
from app.core.config import settings
from app.demo.cases import File
from app.demo.dice import urn
from app.demo.sheets import Sheets, ready
from app.demo.work import texts

RESPONSIBLE = "caseworker:5 person:3 family:2 facility:3"
BETWEEN = " -> "  # in the data, a need and what is wanted


def write_plan(sheets: Sheets, file: File) -> None:
    """The first version, from when the case began to be planned."""
    at = _first(file, CaseAction.PLAN)
    if at is None:
        return
    draws, carried = sheets.dice, _first(file, CaseAction.IMPLEMENT)
    steps: list[tuple[Action, datetime, UUID]] = []
    if carried:
        submitted, approved = sorted(draws.between(at, carried) for _ in range(2))
        steps = [
            (Action.SUBMIT, submitted, file.acting(submitted)),
            (Action.APPROVE, approved, file.person.origin.crew.supervisor_id),
        ]
    elif file.person.life.status is not CaseStatus.PLANNING:
        ended = file.person.life.last_at
        steps = [(Action.DISCARD, ended, file.acting(ended))]
    plan_id = _write_version(sheets, file, at, steps)
    _write_goals(sheets, file, plan_id, at)
    _write_steps(sheets, file, plan_id, at, steps)


def _first(file: File, action: CaseAction) -> datetime | None:
    return next((at for move, at in file.person.life.history if move.action is action), None)


def _write_version(
    sheets: Sheets, file: File, at: datetime, steps: list[tuple[Action, datetime, UUID]]
) -> UUID:
    said: dict[str, object] = {"status": Status.DRAFT}
    for action, when, by_id in steps:
        if action is Action.DISCARD:
            said["status"] = Status.DISCARDED
        elif action is Action.SUBMIT:
            said |= {"submitted_at": when, "submitted_by_id": by_id, "agreed_on": day_of(when)}
        else:
            said |= {"status": Status.APPROVED, "approved_at": when, "approved_by_id": by_id}
            said["review_on"] = day_of(when) + timedelta(days=settings().plan_review_days)
    version = 1 + len(steps)
    return sheets.record(
        "care_plan", at, number=1, by_id=file.acting(at), version=version, **said, **file.held
    )


def _write_goals(sheets: Sheets, file: File, plan_id: UUID, at: datetime) -> None:
    """One to three lanes, a goal in each."""
    draws, box = sheets.dice, file.person.box
    whose = ready(plan_id=plan_id) | file.person.held
    for place, lane in enumerate(draws.sample(list(lists.load("pillar")), draws.randint(1, 3))):
        row_id = draws.new_id(at)
        need, aim = draws.choice(texts(f"goal_{lane}")).split(BETWEEN)
        sheets.record(
            "care_goal",
            at,
            id=row_id,
            goal_id=draws.new_id(at),
            place=place,
            pillar_code=lane,
            need=box.seal("care_goal", "need", row_id, need),
            aim=box.seal("care_goal", "aim", row_id, aim),
            responsible_code=urn(RESPONSIBLE).draw(draws),
            target_on=day_of(at + timedelta(days=draws.randint(120, 400))),
            **whose,
        )


def _write_steps(
    sheets: Sheets, file: File, plan_id: UUID, at: datetime, steps: list[tuple[Action, datetime, UUID]]
) -> None:
    whose = ready(plan_id=plan_id) | file.person.held
    sheets.record("care_plan_move", at, target=Status.DRAFT, by_id=file.acting(at), **whose)
    before = Status.DRAFT
    for action, when, by_id in steps:
        target = TARGETS[action]
        step = {"action": action, "source": before, "target": target, "by_id": by_id}
        sheets.record("care_plan_move", when, **step, **whose)
        before = target


TARGETS = {
    Action.SUBMIT: Status.SUBMITTED,
    Action.APPROVE: Status.APPROVED,
    Action.DISCARD: Status.DISCARDED,
}

"""What differs between two versions of a plan, goal by goal, as people read it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.codelists import lists


class What(StrEnum):
    """What happened to a goal from one version to the next."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Text(NamedTuple):
    """A goal, opened."""

    goal_id: UUID
    pillar_code: str
    need: str
    aim: str
    service_code: str | None
    facility: str | None
    responsible_code: str
    target_on: date


class Line(NamedTuple):
    """One thing that differs: in which goal, in which field, from what to what, in words."""

    what: What
    goal_id: UUID
    goal: str
    field: str | None
    before: str | None
    after: str | None


CODES = {"pillar_code": "pillar", "service_code": "service", "responsible_code": "goal_responsible"}
FIELDS = Text._fields[1:]


def differences(before: Sequence[Text], after: Sequence[Text], language: str) -> list[Line]:
    """Every line, in the order of the newer version; what is gone comes last."""
    old, new = _by_id(before), _by_id(after)
    lines: list[Line] = []
    for goal_id, goal in new.items():
        if goal_id in old:
            lines += _changes(old[goal_id], goal, language)
        else:
            lines.append(Line(What.ADDED, goal_id, goal.aim, None, None, _told(goal, language)))
    lines += [
        Line(What.REMOVED, goal_id, goal.aim, None, _told(goal, language), None)
        for goal_id, goal in old.items()
        if goal_id not in new
    ]
    return lines


def _by_id(goals: Sequence[Text]) -> Mapping[UUID, Text]:
    return {goal.goal_id: goal for goal in goals}


def _changes(old: Text, new: Text, language: str) -> Iterator[Line]:
    for field in FIELDS:
        before, after = (_words(field, getattr(goal, field), language) for goal in (old, new))
        if getattr(old, field) != getattr(new, field):
            yield Line(What.CHANGED, new.goal_id, new.aim, field, before, after)


def _told(goal: Text, language: str) -> str:
    """A goal as one line: lane, need, aim, until when."""
    lane = _words("pillar_code", goal.pillar_code, language)
    return f"{lane}: {goal.need} → {goal.aim} ({goal.target_on.isoformat()})"


def _words(field: str, value: str | date | None, language: str) -> str | None:
    """A value as people read it."""
    if value is None:
        return None
    if isinstance(value, date):
        return value.isoformat()
    if field not in CODES:
        return value
    labels = {str(spoken): label for spoken, label in lists.load(CODES[field])[value].labels.items()}
    return labels.get(language, labels["en"])

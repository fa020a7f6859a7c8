"""How long a device took from one stage to another. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from app.rehabilitation.states import Status


class Reached(NamedTuple):
    """A stage that was reached on a day."""

    stage: Status
    on: date


class Wait(NamedTuple):
    """So many days from one stage to another."""

    first: Status
    last: Status
    days: int


def wait(history: Sequence[Reached], first: Status, last: Status) -> int | None:
    """Days from the first time at one stage to the first time at another after it; unknown until it was.

    A loop counts into the wait: a leg that was cast three times was waited for three times as long.
    """
    begun = next((place for place, step in enumerate(history) if step.stage is first), None)
    if begun is None:
        return None
    over = next((step for step in history[begun + 1 :] if step.stage is last), None)
    return (over.on - history[begun].on).days if over else None


def waits(history: Sequence[Reached]) -> Iterator[Wait]:
    """Every wait between two stages that were reached, in the order in which they first were."""
    reached: Iterable[Status] = dict.fromkeys(step.stage for step in history)
    for first, last in combinations(reached, 2):
        if (days := wait(history, first, last)) is not None:
            yield Wait(first, last, days)

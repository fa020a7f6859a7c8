"""When what happened to a record: moments for a way through its state table."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.cases.states import OPEN
from app.core.clock import day_of
from app.core.states import Move
from app.demo.dice import Dice, spread
from app.demo.walks import Walk

Happened = tuple[Move[Any, Any, Any], datetime]
"""A move and when it was made."""


@dataclass(frozen=True, slots=True)
class Life:
    """The life of one record: since when, its moves with their moments, and the reason of an end."""

    opened_at: datetime
    history: tuple[Happened, ...]
    status: StrEnum
    reason: str | None

    def at(self, action: str) -> datetime | None:
        """When this was last done."""
        return next((at for move, at in reversed(self.history) if move.action == action), None)

    @property
    def last_at(self) -> datetime:
        """When it came to stand where it stands."""
        return self.history[-1][1] if self.history else self.opened_at

    @property
    def version(self) -> int:
        """Each move is one change."""
        return 1 + len(self.history)

    @property
    def is_open(self) -> bool:
        """Whether somebody still works on it: for a case."""
        return self.status in OPEN

    def until(self, now: datetime) -> datetime:
        """Up to when something may have happened in this case."""
        return now if self.is_open else self.last_at

    @property
    def died_on(self) -> date | None:
        """The day of death where that is why the case ended."""
        return day_of(self.last_at - timedelta(days=3)) if self.reason == "died" else None


def live(dice: Dice, walk: Walk, opened_at: datetime, until: datetime) -> Life:
    """A life that went this way, begun then, with no move after `until`."""
    moments = spread(dice, opened_at, until, walk.gaps)
    return Life(
        opened_at=opened_at,
        history=tuple(zip(walk.moves, moments, strict=True)),
        status=walk.target,
        reason=dice.choice(walk.reasons) if walk.reasons else None,
    )

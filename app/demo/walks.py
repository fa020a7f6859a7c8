"""Ways through the state tables, from data: which actions led where, likely for a record of which age."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from app.cases.states import CASE
from app.core.states import Move, StateTable
from app.demo.dice import Dice, Urn
from app.milestones.states import MILESTONE
from app.referrals.states import LIVE, REFERRAL
from app.referrals.states import Status as Referral
from app.rehabilitation.states import DEVICE_ORDER

TABLES: dict[str, StateTable[Any, Any, Any]] = {
    "case": CASE,
    "milestone": MILESTONE,
    "referral": REFERRAL,
    "device_order": DEVICE_ORDER,
}
UNDER_WAY: dict[str, frozenset[StrEnum]] = {"referral": LIVE | {Referral.DRAFT}}


@dataclass(frozen=True, slots=True)
class Walk:
    """Moves one after the other, each a row of the state table; the last may have one of several reasons."""

    moves: tuple[Move[Any, Any, Any], ...]
    gaps: tuple[tuple[float, float], ...]  # days before each move, least and most
    target: StrEnum  # where it ends
    least_days: int
    most_days: int
    weight: float
    reasons: tuple[str, ...]

    def fits(self, days: float) -> bool:
        """Whether a record that began so many days ago may have come this way."""
        return self.least_days <= days <= self.most_days


def rows(name: str) -> list[dict[str, str]]:
    """The lines of one of our data files, by column."""
    text = files("app.demo").joinpath(f"data/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines(), strict=True))


@cache
def gaps() -> dict[str, tuple[float, float]]:
    """How many days an action comes after the one before: least and most."""
    return {row["action"]: (float(row["least_days"]), float(row["most_days"])) for row in rows("gaps")}


@cache
def walks(record: str) -> tuple[Walk, ...]:
    """All ways that a kind of record takes in the demo. IllegalMove where one is not in the state table."""
    return tuple(_walk(TABLES[record], row) for row in rows("walks") if row["record"] == record)


def _walk(table: StateTable[Any, Any, Any], row: dict[str, str]) -> Walk:
    now, moves = table.start, []
    parties = {move.by for move in table.moves}
    actions = {move.action.value: move.action for move in table.moves}
    for word in row["actions"].split():
        moves.append(table.find(now, actions[word], sorted(parties)))
        now = moves[-1].target
    return Walk(
        moves=tuple(moves),
        gaps=tuple(gaps()[move.action.value] for move in moves),
        target=now,
        least_days=int(row["least_days"]),
        most_days=int(row["most_days"]),
        weight=float(row["weight"]),
        reasons=tuple(row["reasons"].split()),
    )


def pick(dice: Dice, record: str, days: float, *, ended: bool = False) -> Walk:
    """A way for a record that began so many days ago; `ended`: one that is not under way any more."""
    return _fitting(record, max(int(days), 0), ended).draw(dice)


@lru_cache(maxsize=8192)
def _fitting(record: str, days: int, ended: bool) -> Urn[Walk]:
    possible = [w for w in walks(record) if not ended or w.target not in UNDER_WAY.get(record, ())]
    fitting = [walk for walk in possible if walk.fits(days)]
    return Urn((walk, walk.weight) for walk in fitting or sorted(possible, key=lambda w: w.least_days)[:1])

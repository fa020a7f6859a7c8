"""Chance that falls alike at every load: all that is invented is drawn here, from a seed."""

import bisect
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")
DAY = 86400.0  # seconds


class Dice(Random):
    """Chance from a seed, never for a secret. Seeds are texts, so that every process draws alike."""

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.random() < share

    def between(self, first: datetime, last: datetime) -> datetime:
        """Some moment of a period; the first where the period is empty."""
        return first + timedelta(seconds=self.random() * max((last - first).total_seconds(), 0.0))

    def new_id(self, at: datetime) -> UUID:
        """A version 7 UUID of this moment (RFC 9562): alike at every load, sorted by time."""
        value = (int(at.timestamp() * 1000) << 80) | self.getrandbits(80)
        value = (value & ~(0xF << 76)) | (0x7 << 76)
        return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def dice(*place: object) -> Dice:
    """The dice of one place of the programme."""
    return Dice("|".join(map(str, place)))


class Urn(Generic[T]):
    """Things to draw, each with its weight."""

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = [(thing, weight) for thing, weight in weighted if weight > 0]
        self.things: Sequence[T] = [thing for thing, _ in pairs]
        self._sums = list(accumulate(weight for _, weight in pairs))

    def draw(self, dice: Dice) -> T:
        """One thing; it stays in the urn."""
        return self.things[bisect.bisect(self._sums, dice.random() * self._sums[-1])]


@lru_cache(maxsize=256)
def urn(text: str) -> Urn[str]:
    """An urn written as `code:weight code:weight`; a code alone weighs one."""
    parts = (part.partition(":") for part in text.split())
    return Urn((code, float(weight or 1)) for code, _, weight in parts)


def spread(dice: Dice, start: datetime, end: datetime, gaps: Sequence[tuple[float, float]]) -> list[datetime]:
    """Rising moments after `start`, each some days (least, most) after the last; all before `end`."""
    sums = list(accumulate(dice.uniform(least, most) for least, most in gaps))
    if not sums:
        return []
    room = (end - start).total_seconds() / DAY
    scale = min(1.0, room / sums[-1])
    return [start + timedelta(days=days * scale) for days in sums]

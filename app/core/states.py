"""State tables: a status may change only by a row that is written down."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.core.errors import IllegalMove

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)
P = TypeVar("P", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Move(Generic[S, A, P]):
    """One row: from a status, an action by a party leads to another status; who is told, what is stamped."""

    source: S
    action: A
    target: S
    by: P
    tells: P | None = None
    stamps: str | None = None


class StateTable(Generic[S, A, P]):
    """All moves of one kind of record. Refuses two rows with the same start, action and party."""

    def __init__(self, name: str, start: S, moves: Iterable[Move[S, A, P]]) -> None:
        self.name, self.start, self.moves = name, start, tuple(moves)
        self._by_key = {(m.source, m.action, m.by): m for m in self.moves}
        if len(self._by_key) != len(self.moves):
            raise ValueError(f"{name}: two rows share a start, an action and a party")

    def find(self, now: S, action: A, by: Iterable[P]) -> Move[S, A, P]:
        """The row for this action by one of these parties, or IllegalMove naming what is open instead."""
        parties = tuple(by)
        for party in parties:
            if move := self._by_key.get((now, action, party)):
                return move
        raise IllegalMove(status_now=now.value, action=action.value, open_actions=self.open(now, parties))

    def open(self, now: S, by: Iterable[P]) -> list[str]:
        """Actions these parties may take now, in the table's order; the API shows them as buttons."""
        parties = set(by)
        found = [m.action.value for m in self.moves if m.source == now and m.by in parties]
        return list(dict.fromkeys(found))

    def mermaid(self) -> str:
        """The table as a picture, for docs/reference/states.md."""
        rows = [
            f"    {m.source.value} --> {m.target.value}: {m.action.value} ({m.by.value})" for m in self.moves
        ]
        return "\n".join(["stateDiagram-v2", f"    [*] --> {self.start.value}", *rows])

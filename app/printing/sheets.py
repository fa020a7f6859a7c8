"""A page to be printed: a title, and blocks of facts, rows, text. How it looks is the template's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.printing.words import Words

Cell = str | None
"""What is not known is None, and printed as such."""
Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document on paper. `code`: what it is about, on each page and, if `qr`, for a scanner.

    `foot` stands below each page; if it is empty, when the page was printed does.
    """

    words: Words
    title: str
    code: str
    organisation: str
    subtitle: str | None = None
    qr: bool = True
    foot: str = ""
    blocks: list[Block] = field(default_factory=list)

    def facts(self, title: str, rows: Iterable[tuple[str, Cell]]) -> None:
        """Add names and values, by the keys of words."""
        said = [[self.words(name), value] for name, value in rows]
        self.blocks.append({"kind": "facts", "title": self.words(title), "rows": said})

    def table(self, title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows under columns, each with its share of the width (0: as narrow as can be)."""
        if not (found := [list(row) for row in rows]):
            return
        said = {"title": self.words(title), "head": [self.words(name) for name, _ in columns]}
        shape = {"widths": [width for _, width in columns], "rows": found}
        self.blocks.append({"kind": "table", **said, **shape})

    def text(self, title: str, text: str | None) -> None:
        """Add what somebody wrote, if they did."""
        if text:
            self.blocks.append({"kind": "text", "title": self.words(title), "paragraphs": text.split("\n\n")})

    def note(self, key: str) -> None:
        """Add a framed sentence."""
        self.blocks.append({"kind": "note", "title": None, "text": self.words(key)})

    def sign(self, *keys: str) -> None:
        """Add lines to sign on."""
        self.blocks.append({"kind": "sign", "title": None, "lines": [self.words(key) for key in keys]})

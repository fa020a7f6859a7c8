"""A released table as a picture: a bar a cell, with its margin. SVG that carries no script, style or link."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import accumulate
from math import floor, log10
from textwrap import wrap

from app.statistics import display

BARS, RIGHT, EDGE = 560, 70, 16  # pixels: for the longest bar, for the number after it, around the words
ROW, TOP, AXIS, FOOT, BARE = 20, 24, 10, 30, 12  # the last one: below everything
BAR, CAP, CLEAR = 12, 4, 4  # CLEAR: what stays free around a number
SIZE, LARGE, LINE = 12, 17, 16  # of letters, of those of the title; from one line to the next
WIDE = 0.6  # of its size is a letter wide, on the whole: nothing here knows the reader's font
WORDS = 42  # letters before a bar; longer words go on below
INK, QUIET, GRID, MARGIN = "#1b1b1b", "#5a5a5a", "#d8d8d8", "#1b1b1b"
FILL, PALE = "#4a7ba6", "#bfd3e5"  # PALE: it could be none
TICKS = 5  # at most so many steps of the axis


@dataclass(frozen=True)
class Bar:
    """One cell: what it is called, its signed value, its half width."""

    label: str
    value: int
    half_width: float

    @property
    def could_be_none(self) -> bool:
        """Whether its margin reaches nothing, though its figure is told."""
        return display.DISPLAY_LIMIT <= self.value < self.half_width


@dataclass(frozen=True)
class Picture:
    """What is drawn: the bars in public order, and what stands above and below them."""

    title: str
    about: str
    note: str
    bars: Sequence[Bar]
    length: int = BARS  # pixels of the longest bar


@dataclass(frozen=True)
class _Layout:
    """Where everything stands, in pixels. What is written goes on in the next line before it is cut off."""

    picture: Picture

    @cached_property
    def words(self) -> list[list[str]]:
        """What stands before each bar, in lines."""
        return [_lines(bar.label, WORDS) or [""] for bar in self.picture.bars]

    @cached_property
    def left(self) -> int:
        """Where the bars begin."""
        longest = max((len(line) for lines in self.words for line in lines), default=0)
        return round(EDGE + CLEAR + WIDE * SIZE * longest)

    @cached_property
    def width(self) -> int:
        """Of the whole picture: the number after the longest bar stands in it."""
        longest = max((len(display.shown(bar.value)) for bar in self.picture.bars), default=0)
        return self.left + self.picture.length + max(RIGHT, round(EDGE + WIDE * SIZE * longest))

    def lines(self, words: str, size: int = SIZE) -> list[str]:
        """Words across the picture."""
        return _lines(words, int((self.width - 2 * EDGE) / (WIDE * size)))

    @cached_property
    def title(self) -> list[str]:
        """The title, in lines."""
        return self.lines(self.picture.title, LARGE)

    @property
    def head(self) -> int:
        """Where the first row begins: below the title, what it is about, and the numbers of the axis."""
        titles, abouts = len(self.title), len(self.lines(self.picture.about))
        return TOP + _next(LARGE) * titles + LINE * abouts + AXIS

    @cached_property
    def tops(self) -> list[int]:
        """Where each row begins, and where the last one ends."""
        heights = [ROW + LINE * (len(lines) - 1) for lines in self.words]
        return [self.head + height for height in accumulate(heights, initial=0)]

    @property
    def height(self) -> int:
        """Of the whole picture."""
        note = self.lines(self.picture.note)
        return self.tops[-1] + (FOOT + LINE * (len(note) - 1) if note else 0) + BARE


def svg(picture: Picture) -> bytes:
    """The picture. The same content is the same bytes.

    What is too small to measure has no bar, so that nobody reads a length from noise: it says `<10`.
    """
    at = _Layout(picture)
    most = max((bar.value + bar.half_width for bar in _told(picture)), default=0.0)
    scale = _Scale(most, at.left, picture.length)
    rows = [_Row(*row, scale) for row in zip(picture.bars, at.words, at.tops, at.tops[1:], strict=False)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {at.width} {at.height}" width="{at.width}"'
        f' height="{at.height}" role="img" font-family="sans-serif" font-size="{SIZE}">',
        f"<title>{escape(picture.title)}</title><desc>{escape(picture.about)} {escape(picture.note)}</desc>",
        f'<rect width="{at.width}" height="{at.height}" fill="#ffffff"/>',
        *_head(at),
        *_axis(scale, at.head, rows),
        *(line for row in rows for line in row.drawn()),
        *_below(EDGE, at.tops[-1] + FOOT, at.lines(picture.note)),
        "</svg>",
    ]
    return ("\n".join(parts) + "\n").encode()


def size(picture: Picture) -> tuple[int, int]:
    """How wide and how high the picture is, in pixels."""
    at = _Layout(picture)
    return at.width, at.height


def _next(size: int) -> int:
    """From one line of such letters to the next."""
    return round(LINE / SIZE * size)


def _head(at: _Layout) -> Iterator[str]:
    """The title, and what the picture is about."""
    for number, line in enumerate(at.title):
        yield _text(EDGE, TOP + _next(LARGE) * number, line, size=LARGE)
    yield from _below(EDGE, TOP - 4 + _next(LARGE) * len(at.title), at.lines(at.picture.about))


@dataclass(frozen=True)
class _Scale:
    """From people to pixels."""

    most: float
    left: int  # where the bars begin
    length: int  # of the whole axis

    @property
    def step(self) -> int:
        """The distance of two ticks: 1, 2 or 5 times a power of ten."""
        least = max(self.most, display.DISPLAY_LIMIT) / TICKS
        power = 10 ** floor(log10(least))
        return int(max(1, next(n * power for n in (1, 2, 5, 10) if n * power >= least)))

    @property
    def end(self) -> int:
        """The last tick, beyond every bar and its margin."""
        return -int(-max(self.most, display.DISPLAY_LIMIT) // self.step) * self.step

    def x(self, people: float) -> float:
        """Where so many people end."""
        inside = min(max(people, 0.0), self.end)
        return round(self.left + self.length * inside / self.end, 1)


def _told(picture: Picture) -> Iterator[Bar]:
    return (bar for bar in picture.bars if bar.value >= display.DISPLAY_LIMIT)


@dataclass(frozen=True)
class _Row:
    """One cell in its place: the words before it, its length, its margin, and its number after it."""

    bar: Bar
    words: list[str]
    top: int
    bottom: int
    scale: _Scale

    @property
    def told(self) -> bool:
        """Whether it is large enough to measure."""
        return self.bar.value >= display.DISPLAY_LIMIT

    @property
    def number(self) -> tuple[float, float]:
        """From where to where the number stands, and the space that it needs."""
        after = self.scale.x(self.bar.value + self.bar.half_width) if self.told else self.scale.left
        return after, after + 2 * CLEAR + WIDE * SIZE * len(display.shown(self.bar.value))

    def drawn(self) -> Iterator[str]:
        """Its words; its length, its margin and its number, or that it is too small."""
        middle, scale = (self.top + self.bottom) // 2, self.scale
        first = middle + 4 - LINE * (len(self.words) - 1) // 2
        yield from _below(scale.left - 2 * CLEAR, first, self.words, anchor="end", fill=INK)
        shown = display.shown(self.bar.value)
        if not self.told:
            yield _text(scale.left + CLEAR, middle + 4, shown, fill=QUIET)
            return
        low, high = (scale.x(self.bar.value + side * self.bar.half_width) for side in (-1, 1))
        length = round(scale.x(self.bar.value) - scale.left, 1)
        fill = PALE if self.bar.could_be_none else FILL
        box = f'y="{middle - BAR // 2}" width="{length}" height="{BAR}" fill="{fill}"'
        yield f'<rect x="{scale.left}" {box}/>'
        yield f'<line x1="{low}" y1="{middle}" x2="{high}" y2="{middle}" stroke="{MARGIN}"/>'
        for x in (low, high):
            yield f'<line x1="{x}" y1="{middle - CAP}" x2="{x}" y2="{middle + CAP}" stroke="{MARGIN}"/>'
        yield _text(high + CLEAR + 2, middle + 4, shown)


def _axis(scale: _Scale, head: int, rows: Sequence[_Row]) -> Iterator[str]:
    """A line for every step, which stops where a number stands."""
    for people in range(0, scale.end + 1, scale.step):
        x = scale.x(people)
        yield _text(x, head - AXIS, str(people), anchor="middle", fill=QUIET)
        begun = head - 6
        for row in rows:
            left, right = row.number
            if left < x < right:
                yield from _step(x, begun, row.top)
                begun = row.bottom
        yield from _step(x, begun, rows[-1].bottom if rows else head)


def _step(x: float, top: int, bottom: int) -> Iterator[str]:
    if top < bottom:
        yield f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="{GRID}"/>'


def _below(
    x: float, y: float, lines: Sequence[str], *, anchor: str = "start", fill: str = QUIET
) -> Iterator[str]:
    """Lines one below the other."""
    for number, line in enumerate(lines):
        yield _text(x, y + LINE * number, line, anchor=anchor, fill=fill)


def _text(x: float, y: float, words: str, *, anchor: str = "start", fill: str = INK, size: int = 12) -> str:
    where = f'x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"'
    return f"<text {where}>{escape(words)}</text>"


def _lines(words: str, letters: int) -> list[str]:
    """Words in lines of at most so many letters; only a word that is longer is broken."""
    return wrap(words, max(letters, 1), break_on_hyphens=False)

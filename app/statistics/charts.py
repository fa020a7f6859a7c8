"""A released table as a picture: a bar a cell, with its margin. SVG that carries no script, style or link."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

from app.statistics import display

BARS, RIGHT, EDGE = 560, 70, 16  # pixels: for the longest bar, for the number after it, around the words
LETTER = 7.2  # pixels of a wide letter: nothing here knows the reader's font
ROW, HEAD, FOOT, BARE = 20, 76, 56, 12  # the last one: below a picture without a note
BAR, CAP = 12, 4
INK, QUIET, FILL, GRID, MARGIN = "#1b1b1b", "#5a5a5a", "#4a7ba6", "#d8d8d8", "#1b1b1b"
TICKS = 5  # at most so many steps of the axis
LINE = 120  # characters of the note before it goes on below


@dataclass(frozen=True)
class Bar:
    """One cell: what it is called, its signed value, its half width."""

    label: str
    value: int
    half_width: float


@dataclass(frozen=True)
class Picture:
    """What is drawn: the bars in public order, and what stands above and below them."""

    title: str
    about: str
    note: str
    bars: Sequence[Bar]
    length: int = BARS  # pixels of the longest bar


def svg(picture: Picture) -> bytes:
    """The picture. The same content is the same bytes.

    What is too small to measure has no bar, so that nobody reads a length from noise: it says `<10`.
    """
    left = _left(picture)
    most = max((bar.value + bar.half_width for bar in _told(picture)), default=0.0)
    scale = _Scale(most, left, picture.length)
    foot = FOOT if picture.note else BARE
    wide, height = width(picture), HEAD + ROW * len(picture.bars) + foot
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {height}" width="{wide}"'
        f' height="{height}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{escape(picture.title)}</title><desc>{escape(picture.about)} {escape(picture.note)}</desc>",
        f'<rect width="{wide}" height="{height}" fill="#ffffff"/>',
        _text(EDGE, 26, picture.title, size=17),
        _text(EDGE, 46, picture.about, fill=QUIET),
        *_axis(scale, height - foot),
        *(line for place, bar in enumerate(picture.bars) for line in _bar(bar, HEAD + ROW * place, scale)),
        *(_text(EDGE, height - 26 + 16 * n, line, fill=QUIET) for n, line in enumerate(_lines(picture.note))),
        "</svg>",
    ]
    return ("\n".join(parts) + "\n").encode()


def width(picture: Picture) -> int:
    """How wide the picture is, in pixels."""
    return _left(picture) + picture.length + RIGHT


def _left(picture: Picture) -> int:
    """Where the bars begin: the words stand before them."""
    return round(EDGE + LETTER * max((len(bar.label) for bar in picture.bars), default=0))


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


def _axis(scale: _Scale, bottom: int) -> Iterator[str]:
    for people in range(0, scale.end + 1, scale.step):
        x = scale.x(people)
        yield f'<line x1="{x}" y1="{HEAD - 6}" x2="{x}" y2="{bottom}" stroke="{GRID}"/>'
        yield _text(x, HEAD - 10, str(people), anchor="middle", fill=QUIET)


def _bar(bar: Bar, top: int, scale: _Scale) -> Iterator[str]:
    """One cell: its words; its length, its margin and its number, or that it is too small."""
    middle = top + ROW // 2
    yield _text(scale.left - 8, middle + 4, bar.label, anchor="end")
    if bar.value < display.DISPLAY_LIMIT:
        yield _text(scale.left + 4, middle + 4, display.shown(bar.value), fill=QUIET)
        return
    low, high = scale.x(bar.value - bar.half_width), scale.x(bar.value + bar.half_width)
    length = round(scale.x(bar.value) - scale.left, 1)
    yield f'<rect x="{scale.left}" y="{middle - BAR // 2}" width="{length}" height="{BAR}" fill="{FILL}"/>'
    yield f'<line x1="{low}" y1="{middle}" x2="{high}" y2="{middle}" stroke="{MARGIN}"/>'
    for x in (low, high):
        yield f'<line x1="{x}" y1="{middle - CAP}" x2="{x}" y2="{middle + CAP}" stroke="{MARGIN}"/>'
    yield _text(high + 6, middle + 4, display.shown(bar.value))


def _text(x: float, y: float, words: str, *, anchor: str = "start", fill: str = INK, size: int = 12) -> str:
    where = f'x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"'
    return f"<text {where}>{escape(words)}</text>"


def _lines(words: str) -> list[str]:
    """Words in at most two lines."""
    if not words:
        return []
    if len(words) <= LINE:
        return [words]
    cut = words.rfind(" ", 0, LINE)
    return [words[:cut], words[cut + 1 :]]

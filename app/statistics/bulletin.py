"""The bulletin of a year, to be printed: figures, pictures, what the agency published, how to read it.

From artefacts and quoted totals alone, as every report is; it adds nothing to what they tell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from app.codelists.lists import Language
from app.core import clock
from app.printing.sheets import Block, Sheet
from app.printing.words import Words
from app.statistics import charts, display, reports, wording
from app.statistics.artefact import Released
from app.statistics.charts import Bar, Picture
from app.statistics.consistency import covariances
from app.statistics.cube import Cube, Question
from app.statistics.indicators import indicators
from app.statistics.reports import Missing, ReportFigure
from app.statistics.yearbook import CareTable, CareYear

HERE = Path(__file__).parent
BARS = 330  # pixels: a page is narrow, and its letters must stay readable
BY = (("region",), ("sex", "age"), ("victim_type",), ("year",))
"""How the people are told apart, a picture each."""
GROUPS = ("people", "referrals", "programmes", "risk_education")
"""Indicators that stand as numbers; services, needs and milestones stand as pictures."""
UNSEEN = ("participants",)
"""Tables of care that have no picture: the next one says the same finer, and the numbers stand in a list."""
WIDTHS = {"figures": [6, 3, 2, 3], "missing": [6, 5], "quoted": [5, 2, 3, 5], "method": [4, 3, 3, 4, 9]}


class Source(NamedTuple):
    """A release that figures of a bulletin come from, and its fingerprint."""

    released: Released
    sha256: str


@dataclass(frozen=True)
class Edition:
    """All that stands in a bulletin: what a report knows, the quarters of its year, every release."""

    known: reports.Released
    quarters: Sequence[Released]
    sources: Sequence[Source]

    @property
    def published_on(self) -> date:
        """The day of its newest release: the same content is the same bytes."""
        return max(date.fromisoformat(one.released.made["publication_on"]) for one in self.sources)

    @property
    def invented(self) -> bool:
        """Whether a release in it is of the demo's people."""
        return any(one.released.invented for one in self.sources)

    @property
    def at(self) -> datetime:
        """The moment when that day begins here."""
        return clock.beginning(self.published_on)


def sheet(edition: Edition, language: Language) -> Sheet:
    """The bulletin in this language, ready for the press."""
    words, known = Words(language), edition.known
    made = Sheet(
        words,
        title=wording.word("bulletin_title", language),
        subtitle=str(known.year),
        code="",
        organisation="Dayaq",
        qr=False,
        foot=f"{wording.word('bulletin_published', language)} {words.day(edition.published_on)}",
    )
    made.blocks.extend(_content(edition, words))
    return made


def _content(edition: Edition, words: Words) -> Iterator[Block]:
    known, language = edition.known, words.language
    if edition.invented:
        yield {"kind": "note", "title": None, "text": wording.word("invented", language)}
    lead = " ".join(wording.word(name, language) for name in ("bulletin_lead", "pale"))
    yield {"kind": "note", "title": None, "text": lead}
    yield from _figures(known, language)
    yield from _quoted(known, language)
    yield from _quarters(edition.quarters, language)
    yield from _people(known.cube, language) if known.cube else ()
    yield from _care(known.care, language) if known.care else ()
    yield {"kind": "page", "title": None}
    yield _page(language)
    yield from _method(edition, words)


def _figures(known: reports.Released, language: str) -> Iterator[Block]:
    """The indicators that have a figure, and below them those that have none, with the reason."""
    found = [reports.figure(one, known, language) for one in indicators().values() if one.group in GROUPS]
    told = [
        [one.label, _shown(one), wording.word(f"unit_{one.unit}", language), _period(one.period, language)]
        for one in found
        if isinstance(one, ReportFigure)
    ]
    yield from _table("figures", ("what", "figure", "unit", "period"), told, language)
    missing = [[one.label, one.explained] for one in found if isinstance(one, Missing)]
    yield from _table("missing", ("what", "reason"), missing, language)


def _quoted(known: reports.Released, language: str) -> Iterator[Block]:
    """What the agency published itself, beside ours and never mixed with it."""
    every = (one for one in indicators().values() if one.source == "quoted")
    found = [reports.figure(one, known, language) for one in every]
    rows = [
        [one.label, one.shown, one.period.replace(" to ", " – "), one.source]
        for one in found
        if isinstance(one, ReportFigure)
    ]
    yield from _table("quoted", ("what", "figure", "period", "source"), rows, language)
    yield {"kind": "note", "title": None, "text": wording.word("bulletin_quoted_note", language)}


def _quarters(quarters: Sequence[Released], language: str) -> Iterator[Block]:
    """The bulletins of the year side by side."""
    if not quarters:
        return
    [dimension] = quarters[0].plan.dimensions
    heads = [
        wording.word("bulletin_quarter", language).format(number=(one.plan.cohort.last_day.month + 2) // 3)
        for one in quarters
    ]
    yield {
        "kind": "table",
        "title": wording.word("bulletin_quarters", language),
        "head": [wording.word(dimension.name, language), *heads],
        "widths": [4, *(0 for _ in quarters)],
        "rows": [
            [
                wording.label(dimension.name, code, language),
                *(display.shown(one.cells[row]) for one in quarters),
            ]
            for row, code in enumerate(dimension.codes)
        ],
    }
    [table] = quarters[0].plan.tables
    wide = display.half_width(float(covariances(quarters[0].plan)[table.name][0, 0]))
    text = wording.word("bulletin_margin", language).format(half_width=wide)
    yield {"kind": "text", "title": None, "paragraphs": [text]}


def _people(cube: Cube, language: str) -> Iterator[Block]:
    """Who is registered, a picture for each way of telling them apart."""
    until = wording.word("bulletin_until", language).format(day=cube.last_day.isoformat())
    for names in BY:
        answer = cube.answer(Question(names))
        bars = [
            Bar(
                " – ".join(
                    wording.label(name, code, language) for name, code in zip(names, cell.codes, strict=True)
                ),
                cell.value or 0,
                cell.half_width,
            )
            for cell in answer.cells
        ]
        said = ", ".join(wording.word(name, language) for name in names)
        yield _picture(wording.word("bulletin_people", language).format(names=said), until, bars)


def _care(year: CareYear, language: str) -> Iterator[Block]:
    """The year of care, a picture a table."""
    for table in year.tables:
        if table.name in UNSEEN:
            continue
        title = wording.word(f"bulletin_{table.name}", language).format(year=year.year, before=year.year - 1)
        yield _picture(title, "", [*_bars(table)])
        yield {"kind": "text", "title": None, "paragraphs": [table.sentence]}
        if table.name == "waits":
            yield {"kind": "text", "title": None, "paragraphs": [year.wait.sentence]}


def _bars(table: CareTable) -> Iterator[Bar]:
    for row in table.rows:
        yield Bar(" – ".join(row.labels.values()), row.value or 0, row.half_width)


def _picture(title: str, about: str, bars: Sequence[Bar]) -> Block:
    """A picture with its words; what it says stands in its bars, which are text."""
    picture = Picture(title, about, "", bars, BARS)
    alt = "; ".join(f"{bar.label}: {display.shown(bar.value)}" for bar in bars)
    said = {"svg": charts.svg(picture).decode(), "width": charts.size(picture)[0], "alt": f"{title}. {alt}"}
    return {"kind": "picture", "title": None, **said}


@cache
def _pages() -> dict[str, str]:
    return {path.name.split(".")[1]: path.read_text(encoding="utf-8") for path in HERE.glob("page.*.txt")}


def _page(language: str) -> Block:
    """What a ministry's statistician needs to know (statistics.md 2.7), as in docs/explanation."""
    text = _pages()[language].strip()
    return {
        "kind": "text",
        "title": wording.word("bulletin_page", language),
        "paragraphs": text.split("\n\n"),
    }


def _method(edition: Edition, words: Words) -> Iterator[Block]:
    """Each release with its bound and its fingerprint, so that a reader can check what is printed."""
    heads = ("release", "snapshot", "belief", "spent", "print")
    yield from _table("method", heads, [_made(one, words) for one in edition.sources], words.language)
    made = edition.sources[0].released.made
    said = wording.word("bulletin_method_said", words.language).format(**made)
    contacts = dict.fromkeys(one.released.made.get("contact") for one in edition.sources)
    asked = [wording.word("bulletin_contact", words.language).format(contact=one) for one in contacts if one]
    yield {"kind": "text", "title": None, "paragraphs": [said, *asked]}


def _made(source: Source, words: Words) -> list[str | None]:
    """What a release is about, when it was counted, what it can tell, what was spent, its fingerprint."""
    made, name = source.released.made, source.released.plan.cohort.name
    return [
        wording.period(name, words.language),
        words.moment(datetime.fromisoformat(made["snapshot_at"])),
        f"{made['belief_at_most']:.0%}",
        f"{made['rho']:g}; {made['cumulative_rho']:g} / {made['rho_cap']:g}",
        " ".join(source.sha256[place : place + 16] for place in range(0, 64, 16)),
    ]


def _table(name: str, heads: Sequence[str], rows: list[list[Any]], language: str) -> Iterator[Block]:
    if rows:
        yield {
            "kind": "table",
            "title": wording.word(f"bulletin_{name}", language),
            "head": [wording.word(f"bulletin_{head}", language) for head in heads],
            "widths": WIDTHS[name],
            "rows": rows,
        }


def _period(period: str, language: str) -> str:
    """A year, or until which day."""
    until = period.removeprefix("until ")
    return period if until == period else wording.word("bulletin_until", language).format(day=until)


def _shown(one: ReportFigure) -> str:
    """A figure with its margin, or with the ends of its interval where those differ."""
    if one.low is None and one.high is None:
        return one.shown
    low, high = ("?" if end is None else f"{end:g}" for end in (one.low, one.high))
    return f"{one.shown} ({low}–{high})"

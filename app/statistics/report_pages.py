"""A report on paper: each number of the framework with its figures, and what is missing with the reason."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from app.codelists.lists import Language
from app.core import clock
from app.printing.sheets import Block, Sheet
from app.printing.words import Words
from app.statistics import wording
from app.statistics.reports import Report, ReportItem

FIGURES, MISSING = [6, 3, 3, 6], [6, 6]
SHA256 = re.compile(r"[0-9a-f]{64}")


def at(found: Report) -> datetime:
    """The moment that the paper carries: the end of its year, so that the same report is the same bytes."""
    return clock.beginning(date(found.year, 12, 31))


def sheet(found: Report, language: Language) -> Sheet:
    """The report in this language, ready for the press."""
    status = "report_voluntary" if found.voluntary else "report_party"
    made = Sheet(
        Words(language),
        title=found.title,
        subtitle=f"{found.year}. {wording.word(status, language)}",
        code="",
        organisation="Dayaq",
        qr=False,
        foot=f"{found.framework} {found.year}",
    )
    made.blocks.append({"kind": "note", "title": None, "text": found.note})
    sources = _sources(found)
    made.blocks.extend(block for item in found.items for block in _item(item, sources, language))
    if sources:
        said = [f"{place} {SHA256.sub(_in_groups, source)}" for source, place in sources.items()]
        title = wording.word("bulletin_source", language)
        made.blocks.append({"kind": "text", "title": title, "paragraphs": said})
    return made


def _sources(found: Report) -> dict[str, str]:
    """A number for each set of releases: their ids and fingerprints are too long to stand in every line."""
    every = (one.source for item in found.items for one in item.figures if one.origin == "released")
    return {source: f"[{number}]" for number, source in enumerate(dict.fromkeys(every), 1)}


def _in_groups(found: re.Match[str]) -> str:
    """A fingerprint in groups, which a line can break between."""
    return " ".join(found[0][place : place + 16] for place in range(0, 64, 16))


def _item(item: ReportItem, sources: Mapping[str, str], language: str) -> Iterator[Block]:
    """One number: figures, what could not be filled, or that the state tells it in words."""
    title: str | None = f"{item.number}. {item.topic}"
    if item.figures:
        rows = [
            [one.label, one.shown, one.period, sources.get(one.source, one.source)] for one in item.figures
        ]
        yield _table(title, ("what", "figure", "period", "source"), FIGURES, rows, language)
        title = None
    if item.missing:
        absent = [[one.label, one.explained] for one in item.missing]
        yield _table(title, ("what", "reason"), MISSING, absent, language)
    if not (item.figures or item.missing):
        yield {"kind": "text", "title": title, "paragraphs": [wording.word("report_in_words", language)]}


def _table(
    title: str | None, heads: tuple[str, ...], widths: list[int], rows: list[list[str]], language: str
) -> Block:
    said = [wording.word(f"bulletin_{head}", language) for head in heads]
    return {"kind": "table", "title": title, "head": said, "widths": widths, "rows": rows}

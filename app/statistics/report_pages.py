"""A report on paper: each number of the framework with its figures, and what is missing with the reason."""

from collections.abc import Iterator
from datetime import UTC, datetime

from app.codelists.lists import Language
from app.printing.sheets import Block, Sheet
from app.printing.words import Words
from app.statistics import wording
from app.statistics.reports import Report, ReportItem

FIGURES, MISSING = [6, 3, 3, 6], [6, 6]


def at(found: Report) -> datetime:
    """The moment that the paper carries: the end of its year, so that the same report is the same bytes."""
    return datetime(found.year, 12, 31, tzinfo=UTC)


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
    made.blocks.extend(block for item in found.items for block in _item(item, language))
    return made


def _item(item: ReportItem, language: str) -> Iterator[Block]:
    """One number: figures, what could not be filled, or that the state tells it in words."""
    title: str | None = f"{item.number}. {item.topic}"
    if item.figures:
        rows = [[one.label, one.shown, one.period, one.source] for one in item.figures]
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

"""Reports to treaties and donors, filled from releases and quoted public totals; what is missing is said.

The records are not asked: whoever fills a report knows no more than its readers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.errors import Invalid
from app.core.shown import Shown
from app.statistics import artefact, display, wording
from app.statistics.canonical import canonical
from app.statistics.cube import Cube, Question
from app.statistics.errors import NotInRelease
from app.statistics.formats import workbook
from app.statistics.indicators import (
    TITLES,
    Indicator,
    Item,
    frameworks,
    indicators,
    public_totals,
    treaty_status,
)
from app.statistics.yearbook import CareYear

HEADS = (
    *("number", "topic", "indicator", "unit", "origin"),
    *("value", "half_width", "period", "as_of", "source"),
)


class ReportFigure(Shown):
    """One figure. `origin`: `released` with its margin, or `quoted` with the publisher, as published."""

    indicator: str
    label: str
    unit: str
    origin: str
    value: float
    shown: str
    half_width: float | None
    low: float | None
    high: float | None
    period: str
    as_of: str
    source: str


class Missing(Shown):
    """A figure that could not be filled, and why (`report_` words)."""

    indicator: str
    label: str
    reason: str
    explained: str


class ReportItem(Shown):
    """One number of the framework with its figures; without an indicator it is told in words by the state."""

    number: str
    topic: str
    source: str
    figures: list[ReportFigure]
    missing: list[Missing]


class Report(Shown):
    """A framework's report for one year. `voluntary`: the state is no party to it.

    `invented`: released figures in it are of the demo's people, as `note` says.
    """

    framework: str
    title: str
    year: int
    treaty_status: str
    voluntary: bool
    filled: int
    not_filled: int
    items: list[ReportItem]
    note: str
    invented: bool


@dataclass(frozen=True)
class Released:
    """All that a report may know: who is registered, and the year of care where it has been released."""

    cube: Cube | None
    care: CareYear | None
    year: int
    sources: Mapping[str, str]  # fingerprints, by kind
    releases: Sequence[tuple[artefact.Released, str]] = ()  # each with its fingerprint

    @property
    def invented(self) -> bool:
        """Whether anything in it is of the demo's people."""
        return any(one.invented for one, _ in self.releases)


def report(framework: str, known: Released, language: str) -> Report:
    """The report of a framework that exists."""
    items = [_item(item, known, language) for item in frameworks()[framework]]
    status = treaty_status(framework)
    notes = ("invented", "report_note") if known.invented else ("report_note",)
    return Report(
        framework=framework,
        title=TITLES[framework],
        year=known.year,
        treaty_status=status,
        voluntary=status != "party",
        filled=sum(len(item.figures) for item in items),
        not_filled=sum(len(item.missing) for item in items),
        items=items,
        note=" ".join(wording.word(name, language) for name in notes),
        invented=known.invented,
    )


def as_json(found: Report) -> bytes:
    """The report as one spelling of bytes."""
    return canonical(found.model_dump(mode="json"))


def as_xlsx(found: Report, language: str) -> bytes:
    """A workbook: the figures, what is missing and why, what the report is."""
    return workbook(found.title, datetime.fromisoformat(f"{found.year}-12-31"), _sheets(found, language))


def _sheets(found: Report, language: str) -> dict[str, list[list[Any]]]:
    """The three sheets, a head first."""
    figures: list[list[Any]] = [list(HEADS)]
    missing: list[list[Any]] = [["number", "topic", "indicator", "reason"]]
    for item in found.items:
        figures += [[item.number, item.topic, *_told(one)] for one in item.figures]
        missing += [[item.number, item.topic, one.label, one.explained] for one in item.missing]
    names = [wording.word(f"report_{name}", language) for name in ("figures", "missing", "about")]
    return dict(zip(names, (figures, missing, _about(found)), strict=True))


def _told(one: ReportFigure) -> list[Any]:
    """A figure as a line of the workbook."""
    half_width = "" if one.half_width is None else one.half_width
    return [one.label, one.unit, one.origin, one.shown, half_width, one.period, one.as_of, one.source]


def _about(found: Report) -> list[list[Any]]:
    """What the report is, a line each."""
    return [
        ["title", found.title],
        ["year", found.year],
        ["treaty_status", found.treaty_status],
        ["filled", found.filled],
        ["not_filled", found.not_filled],
        ["note", found.note],
    ]


def _item(item: Item, known: Released, language: str) -> ReportItem:
    found = [figure(indicators()[code], known, language) for code in item.indicators]
    return ReportItem(
        number=item.number,
        topic=item.label(language),
        source=item.source,
        figures=[one for one in found if isinstance(one, ReportFigure)],
        missing=[one for one in found if isinstance(one, Missing)],
    )


def figure(one: Indicator, known: Released, language: str) -> ReportFigure | Missing:
    """The figure, or why there is none."""
    fill = {"people": _people, "care": _care, "quoted": _quoted}.get(one.source)
    found = fill(one, known) if fill else "not_counted"
    if isinstance(found, str):
        explained = wording.word(f"report_{found}", language)
        return Missing(indicator=one.code, label=one.label(language), reason=found, explained=explained)
    return ReportFigure(
        **{"half_width": None, "low": None, "high": None, "origin": "released"} | found,
        indicator=one.code,
        label=one.label(language),
        unit=one.unit,
    )


Told = dict[str, Any]


def _people(one: Indicator, known: Released) -> Told | str:
    """A figure of the yearly tables."""
    if known.cube is None or not known.cube.tells(known.year):
        return "not_released"
    filters = {
        name: tuple(codes.format(year=known.year).split("|"))
        for name, codes in (word.split("=") for word in one.words)
    }
    try:
        total = known.cube.answer(Question((), filters)).total
    except (Invalid, NotInRelease):  # a code that no release has, such as a year before they were told apart
        return "not_released"
    if (total.value or 0) < max(display.DISPLAY_LIMIT, total.half_width):
        return "too_small"
    until = known.cube.last_day.isoformat()
    period = str(known.year) if "year" in filters else f"until {until}"
    return _released(known, "people", total.value or 0, total.half_width, period, until)


def _care(one: Indicator, known: Released) -> Told | str:
    """A figure of the year of care."""
    if known.care is None:
        return "not_released"
    table, wanted = one.words
    if table == "wait":
        return _wait(wanted, known.care, known)
    if table == "stayed":
        return _stayed(wanted, known.care, known)
    found = next((each for each in known.care.tables if each.name == table), None)
    if found is None:  # a year that was released before this was counted
        return "not_released"
    codes = {} if wanted == "total" else dict(word.split("=") for word in wanted.split(";"))
    row = next(each for each in (found.total, *found.rows) if each and each.codes == codes)
    if row.value is None or row.value < row.half_width:  # it could be none
        return "too_small"
    return _of_year(known, row.value, row.half_width)


def _stayed(wanted: str, care: CareYear, known: Released) -> Told | str:
    """How many of those who joined a programme stayed so many months, in percent."""
    programme, months = wanted.split(":")
    found = next((one for one in care.retention if one.programme == programme), None)
    if found is None:
        return "not_released"
    share = next(one for one in found.stayed if one.months == int(months))
    if share.percent is None:
        return "not_steady"
    return _of_year(known, share.percent, share.percent_half_width)


def _wait(wanted: str, care: CareYear, known: Released) -> Told | str:
    """The median of waits, or how many were served or referred, in percent."""
    wait = care.wait
    if wanted == "median":
        if wait.median_days is None:
            return "not_steady"
        told = _of_year(known, wait.median_days, None)
        return told | {"low": wait.low, "high": wait.high}
    share = {
        "served": (wait.served_percent, wait.served_percent_half_width),
        "referred": (wait.referred_percent, wait.referred_percent_half_width),
    }[wanted]
    if share[0] is None:
        return "not_steady"
    return _of_year(known, share[0], share[1])


def _of_year(known: Released, value: float, half_width: float | None) -> Told:
    return _released(known, "care", value, half_width, str(known.year), f"{known.year}-12-31")


def _released(
    known: Released, kind: str, value: float, half_width: float | None, period: str, as_of: str
) -> Told:
    margin = "" if half_width is None else f" ±{half_width:g}"
    return {
        "value": value,
        "shown": f"{value:g}{margin}",
        "half_width": half_width,
        "period": period,
        "as_of": as_of,
        "source": known.sources[kind],
    }


def _quoted(one: Indicator, known: Released) -> Told | str:
    """What the agency itself published, as it said it; nothing of days after the year."""
    total = public_totals().get(one.words[0])
    if total is None or total.first.year > known.year:
        return "no_public_total"
    return {
        "origin": "quoted",
        "value": total.value,
        "shown": f"{total.bound} {total.value}".strip(),
        "period": f"{total.first} to {total.last}",
        "as_of": total.as_of.isoformat(),
        "source": total.source,
    }

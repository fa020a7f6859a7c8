"""A year of care as it is answered: needs, services, waits and milestones from one released artefact."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from app.statistics import care, display, estimates, wording
from app.statistics.artefact import Released
from app.statistics.estimates import Estimate
from app.statistics.tables import Table


class CareFigure(BaseModel):
    """How many people, with the half width of the 95% interval; `percent` of all who were counted."""

    codes: dict[str, str]
    labels: dict[str, str]
    value: int | None
    shown: str
    half_width: float
    percent: float | None
    percent_half_width: float | None


class CareTable(BaseModel):
    """One table of the year, a row for every combination of public codes, and what it says in a sentence.

    Where one person may stand in several lanes, the rows do not add up to people.
    """

    name: str
    most_lanes: int
    sentence: str
    rows: list[CareFigure]


class MedianWaitOut(BaseModel):
    """The median of days from a referral to its first service, with its interval; empty where too few."""

    median_days: float | None
    low: float | None
    high: float | None
    served_percent: float | None
    served_percent_half_width: float | None
    referred_percent: float | None
    referred_percent_half_width: float | None
    sentence: str


class CareYear(BaseModel):
    """What was done for people in a year, from one release."""

    year: int
    release_id: UUID
    sha256: str
    people: CareFigure
    tables: list[CareTable]
    wait: MedianWaitOut
    note: str
    display_limit: int
    confidence: float


class _Part(NamedTuple):
    """One table of the release: its cells in public order."""

    table: Table
    cells: list[tuple[tuple[str, ...], int]]

    def total(self, codes: Sequence[str] | None = None) -> int:
        return sum(value for (code, *_), value in self.cells if codes is None or code in codes)


def answered(released: Released, sha256: str, language: str) -> CareYear:
    """The year in this language. Every figure is what was released, or follows from it."""
    parts = {table.name: _part(released, table) for table in released.plan.tables}
    year, waits = released.plan.cohort.last_day.year, parts["waits"]
    people, spread = waits.total(), len(waits.cells) * waits.table.sigma**2
    whole = _figure((), {}, people, spread, estimates.UNTOLD, language)
    said = {"people": whole.shown, "half_width": whole.half_width, "year": year}
    return CareYear(
        year=year,
        release_id=UUID(released.release_id),
        sha256=sha256,
        people=whole,
        tables=[_table(part, people, spread, said, language) for part in parts.values()],
        wait=_wait(waits, language),
        note=wording.word("note", language),
        display_limit=display.DISPLAY_LIMIT,
        confidence=display.CONFIDENCE,
    )


def _part(released: Released, table: Table) -> _Part:
    cells = released.cells[released.plan.slices()[table.name]]
    return _Part(table, list(zip(released.plan.cells(table), cells, strict=True)))


def _table(part: _Part, people: int, spread: float, said: Mapping[str, Any], language: str) -> CareTable:
    sigma2 = part.table.sigma**2
    inside = sigma2 if part.table.counts == "waits" else 0.0  # a wait is part of the people; a lane is apart
    return CareTable(
        name=part.table.name,
        most_lanes=part.table.most,
        sentence=wording.word(f"care_{part.table.name}", language).format(**said),
        rows=[
            _figure(
                part.table.dimensions,
                codes,
                value,
                sigma2,
                _share(value, people, sigma2, inside, spread),
                language,
            )
            for codes, value in part.cells
        ],
    )


def _share(value: int, people: int, spread: float, covariance: float, variance: float) -> Estimate:
    """A figure's share of all people, where the figure itself is told."""
    if value < display.DISPLAY_LIMIT:
        return estimates.UNTOLD
    return estimates.share(value, people, spread, covariance, variance)


def _figure(
    names: Sequence[str], codes: Any, value: int, spread: float, share: Estimate, language: str
) -> CareFigure:
    of = dict(zip(names, codes, strict=True))
    return CareFigure(
        codes=of,
        labels={name: wording.label(name, code, language) for name, code in of.items()},
        value=value if value >= display.DISPLAY_LIMIT else None,
        shown=display.shown(value),
        half_width=display.half_width(spread),
        percent=share.value,
        percent_half_width=share.half_width,
    )


def _wait(part: _Part, language: str) -> MedianWaitOut:
    """The middle of the histogram, and how many of those who were referred came to be served."""
    counts = [value for (code,), value in part.cells if code in care.SERVED]
    found = estimates.median(care.BANDS, counts, part.table.sigma)
    served, asked = part.total(care.SERVED), part.total([code for code in care.WAITS if code != care.NONE])
    sigma2 = part.table.sigma**2
    inside = len(care.SERVED) * sigma2
    of_asked = (len(care.WAITS) - 1) * sigma2
    share = _share(served, asked, inside, inside, of_asked)
    referred = _share(asked, part.total(), of_asked, of_asked, len(care.WAITS) * sigma2)
    said = wording.word("care_median" if found.value is not None else "care_no_median", language)
    return MedianWaitOut(
        median_days=found.value,
        low=found.low,
        high=found.high,
        served_percent=share.value,
        served_percent_half_width=share.half_width,
        referred_percent=referred.value,
        referred_percent_half_width=referred.half_width,
        sentence=said.format(
            value=found.value, low=_end(found.low, "0"), high=_end(found.high, f"> {care.BANDS[-1][1]}")
        ),
    )


def _end(day: float | None, beyond: str) -> str:
    return beyond if day is None else f"{day}"

"""A year of care as it is answered: needs, services, waits, milestones, programmes, from one release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from app.core.shown import Shown
from app.statistics import care, display, estimates, wording
from app.statistics.artefact import Released
from app.statistics.consistency import Floats, covariances
from app.statistics.estimates import Estimate
from app.statistics.tables import Table

OF_PEOPLE = {"services", "needs", "waits", "milestones", "presence"}
"""Of what is counted, what is told as a share of all who were counted."""


class CareFigure(Shown):
    """How many people, with the half width of the 95% interval; `percent` of all who were counted."""

    codes: dict[str, str]
    labels: dict[str, str]
    value: int | None
    shown: str
    half_width: float
    percent: float | None
    percent_half_width: float | None


class CareTable(Shown):
    """One table of the year, a row for every combination of public codes, and what it says in a sentence.

    Where one person may stand in several lanes, the rows do not add up to people, and there is no `total`.
    """

    name: str
    counts: str
    most_lanes: int
    sentence: str
    total: CareFigure | None
    rows: list[CareFigure]


class StayedOut(Shown):
    """How many of those who joined were still there after so many months, in percent."""

    months: int
    percent: float | None
    percent_half_width: float | None


class RetentionOut(Shown):
    """Who stayed of those who joined a kind of programme the year before; any kind where it is empty."""

    programme: str | None
    label: str
    joined: CareFigure
    stayed: list[StayedOut]


class MedianWaitOut(Shown):
    """The median of days from a referral to its first service, with its interval; empty where too few."""

    median_days: float | None
    low: float | None
    high: float | None
    served_percent: float | None
    served_percent_half_width: float | None
    referred_percent: float | None
    referred_percent_half_width: float | None
    sentence: str


class CareYear(Shown):
    """What was done for people in a year, from one release; `invented`: they are those of the demo."""

    year: int
    release_id: UUID
    sha256: str
    people: CareFigure
    tables: list[CareTable]
    wait: MedianWaitOut
    retention: list[RetentionOut]
    note: str
    invented: bool
    display_limit: int
    confidence: float


@dataclass(frozen=True)
class _Part:
    """One table of the release: its cells in public order, and how they vary together."""

    table: Table
    codes: Sequence[tuple[str, ...]]
    values: Sequence[int]
    covariance: Floats

    def where(self, **wanted: Sequence[str]) -> "_Sum":
        """The sum of the cells with these codes; of all of them where nothing is said."""
        places = {name: self.table.dimensions.index(name) for name in wanted}
        kept = [all(codes[place] in wanted[name] for name, place in places.items()) for codes in self.codes]
        return _Sum(self, np.array(kept, dtype=np.float64))


@dataclass(frozen=True)
class _Sum:
    """Cells of one table taken together."""

    part: _Part
    kept: Floats

    @property
    def value(self) -> int:
        return round(float(self.kept @ np.array(self.part.values)))

    @property
    def variance(self) -> float:
        return self.with_(self)

    def with_(self, other: "_Sum") -> float:
        """How both vary together; figures of two tables that count different things do not."""
        if other.part.table != self.part.table:
            return 0.0
        return float(self.kept @ self.part.covariance @ other.kept)

    def of(self, whole: "_Sum") -> Estimate:
        """The share of a larger sum, where the figure itself is told."""
        if self.value < display.DISPLAY_LIMIT:
            return estimates.UNTOLD
        return estimates.share(self.value, whole.value, self.variance, self.with_(whole), whole.variance)


def answered(released: Released, sha256: str, language: str) -> CareYear:
    """The year in this language. Every figure is what was released, or follows from it."""
    parts = {table.name: _part(released, table) for table in released.plan.tables}
    year, people = released.plan.cohort.last_day.year, parts["waits"].where()
    whole = _figure({}, people, estimates.UNTOLD, language)
    said = {"people": whole.shown, "half_width": whole.half_width, "year": year, "before": year - 1}
    return CareYear(
        year=year,
        release_id=UUID(released.release_id),
        sha256=sha256,
        people=whole,
        tables=[_table(part, people, said, language) for part in parts.values()],
        wait=_wait(parts["waits"], language),
        retention=_retention(parts["retention"], language) if "retention" in parts else [],
        note=wording.note(language, invented=released.invented),
        invented=released.invented,
        display_limit=display.DISPLAY_LIMIT,
        confidence=display.CONFIDENCE,
    )


def _part(released: Released, table: Table) -> _Part:
    cells = released.cells[released.plan.slices()[table.name]]
    codes = list(released.plan.cells(table))
    return _Part(table, codes, cells, covariances(released.plan)[table.name])


def _table(part: _Part, people: _Sum, said: Mapping[str, Any], language: str) -> CareTable:
    def figure(codes: Mapping[str, str]) -> CareFigure:
        found = part.where(**{name: (code,) for name, code in codes.items()})
        share = found.of(people) if part.table.counts in OF_PEOPLE else estimates.UNTOLD
        return _figure(codes, found, share, language)

    return CareTable(
        name=part.table.name,
        counts=part.table.counts,
        most_lanes=part.table.most,
        sentence=wording.word(f"care_{part.table.name}", language).format(**said),
        total=figure({}) if part.table.most == 1 else None,
        rows=[figure(dict(zip(part.table.dimensions, codes, strict=True))) for codes in part.codes],
    )


def _figure(codes: Mapping[str, str], found: _Sum, share: Estimate, language: str) -> CareFigure:
    return CareFigure(
        codes=dict(codes),
        labels={name: wording.label(name, code, language) for name, code in codes.items()},
        value=found.value if found.value >= display.DISPLAY_LIMIT else None,
        shown=display.shown(found.value),
        half_width=display.half_width(found.variance),
        percent=share.value,
        percent_half_width=share.half_width,
    )


def _wait(part: _Part, language: str) -> MedianWaitOut:
    """The middle of the histogram, and how many of those who were referred came to be served."""
    counts = [part.where(wait=(code,)).value for code in care.SERVED]
    found = estimates.median(care.BANDS, counts, part.table.sigma)
    asked = part.where(wait=[code for code in care.WAITS if code != care.NONE])
    share, referred = part.where(wait=care.SERVED).of(asked), asked.of(part.where())
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


def _retention(part: _Part, language: str) -> list[RetentionOut]:
    """Who stayed, of all kinds of programme together and of each."""
    kinds = list(dict.fromkeys(code for code, _ in part.codes))
    return [_stayed(part, None, kinds, language), *(_stayed(part, kind, [kind], language) for kind in kinds)]


def _stayed(part: _Part, kind: str | None, kinds: Sequence[str], language: str) -> RetentionOut:
    joined = part.where(programme=kinds)
    shares = {
        months: part.where(programme=kinds, stayed=care.STAYED[place:]).of(joined)
        for place, months in enumerate(care.AFTER, 1)
    }
    label = wording.label("programme", kind, language) if kind else wording.word("programme_all", language)
    return RetentionOut(
        programme=kind,
        label=label,
        joined=_figure({"programme": kind} if kind else {}, joined, estimates.UNTOLD, language),
        stayed=[
            StayedOut(months=months, percent=share.value, percent_half_width=share.half_width)
            for months, share in shares.items()
        ],
    )

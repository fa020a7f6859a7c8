"""Answer questions from releases alone: any filters and dimensions that one released table knows together.

Whether there is an answer, and its shape, follow from the public lists; its bytes from the question alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import Invalid
from app.statistics import display, estimates
from app.statistics.artefact import Released
from app.statistics.consistency import Floats, covariances, positions
from app.statistics.errors import NothingReleased, NotInRelease
from app.statistics.tables import Dimension, Plan, Table

IMPOSSIBLE = "-"


@dataclass(frozen=True)
class Question:
    """What is asked: figures by `dimensions`, over the codes that `filters` lists."""

    dimensions: Sequence[str] = ()
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One figure: a signed, unbiased `value` with its 95% margin; None where no such file can be."""

    codes: tuple[str, ...]
    value: int | None
    half_width: float = 0.0
    percent: float | None = None
    percent_half_width: float | None = None

    @property
    def shown(self) -> str:
        """As people read it."""
        return IMPOSSIBLE if self.value is None else display.shown(self.value)


@dataclass(frozen=True)
class Answer:
    """A table: the question as it was understood, its cells in public order, and all of them together."""

    question: Question
    table: str
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True)
class _Sums:
    """Per row of an answer: value, variance, covariance with the sum of all rows, can there be such files."""

    value: NDArray[np.int64]
    variance: Floats
    with_all: Floats
    possible: NDArray[np.bool_]

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.value + other.value,
            self.variance + other.variance,
            self.with_all + other.with_all,
            self.possible | other.possible,
        )


class Cube:
    """Releases of different cohorts, read as one. It holds nothing but what is published."""

    def __init__(self, releases: Iterable[Released]) -> None:
        self.releases = sorted(releases, key=lambda one: one.plan.cohort.last_day)
        if not self.releases:
            raise NothingReleased

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The public lists: those of the newest release, then codes only older ones have."""
        return tuple(self._merged(dimension) for dimension in self.releases[-1].plan.dimensions)

    def _merged(self, newest: Dimension) -> Dimension:
        every = [one.plan.dimension(newest.name) for one in self.releases]
        order = every if newest.name == "year" else every[::-1]  # years begin with the first
        parents = {code: d.parents[i] for d in every if d.within for i, code in enumerate(d.codes)}
        codes = tuple(dict.fromkeys(code for d in order for code in d.codes))
        return Dimension(newest.name, codes, newest.within, tuple(parents[c] for c in codes if parents))

    @property
    def last_day(self) -> date:
        """The last day of registration that is covered."""
        return self.releases[-1].plan.cohort.last_day

    def tells(self, year: int) -> bool:
        """Whether the whole of a year is covered, and told apart from the years before it."""
        covered = self.last_day >= date(year, 12, 31)
        return covered and any(one.plan.cohort.tells(year) for one in self.releases)

    @property
    def invented(self) -> bool:
        """Whether anybody in it is of the demo's people."""
        return any(one.invented for one in self.releases)

    def warm(self) -> None:
        """Work out once what every answer needs (some 0.1 s a release)."""
        for one in self.releases:
            covariances(one.plan)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """What every release has counted."""
        first, *others = [one.plan.tables for one in self.releases]
        shapes = [{(t.name, t.dimensions) for t in other} for other in others]
        return tuple(t for t in first if all((t.name, t.dimensions) in shape for shape in shapes))

    def knows(self, table: Table) -> list[str]:
        """The dimensions a table can tell apart."""
        return list(self.releases[-1].plan.known(table))

    def understood(self, question: Question) -> Question:
        """The one spelling of a question: public order, no doubles, no filter that lets all through."""
        known = {d.name: d for d in self.dimensions}
        errors = _faults(known, question)
        if errors:
            raise Invalid(errors=errors)
        kept = {name: set(codes) for name, codes in question.filters.items()}
        return Question(
            tuple(name for name in known if name in question.dimensions),
            {
                name: tuple(code for code in d.codes if code in kept[name])
                for name, d in known.items()
                if name in kept and kept[name] != set(d.codes)
            },
        )

    def answer(self, asked: Question) -> Answer:
        """The figures; NotInRelease if no table has these dimensions, Invalid for what no list has."""
        question = self.understood(asked)
        table = self._table({*question.dimensions, *question.filters})
        lists = {
            d.name: question.filters.get(d.name, d.codes)
            for d in self.dimensions
            if d.name in question.dimensions
        }
        first, *others = [_sums(one, table, question, lists) for one in self.releases]
        sums = sum(others, first)
        total = Cell((), int(sums.value.sum()), self._margin(sums.with_all.sum()))
        cells = [self._cell(codes, sums, i) for i, codes in enumerate(product(*lists.values()))]
        return Answer(question, table, tuple(cells), total)

    def _table(self, wanted: set[str]) -> str:
        """The first table that knows all of it; which one makes no difference: their margins are equal."""
        for table in self.tables:
            if wanted <= set(self.knows(table)):
                return table.name
        raise NotInRelease(available=[self.knows(table) for table in self.tables])

    def _cell(self, codes: tuple[str, ...], sums: _Sums, row: int) -> Cell:
        """One row as a figure, with its share of the whole where that is steady enough to be told."""
        if not sums.possible[row]:
            return Cell(codes, None)
        value = int(sums.value[row])
        percent = _percent(sums, row) if codes and value >= display.DISPLAY_LIMIT else estimates.UNTOLD
        return Cell(codes, value, self._margin(sums.variance[row]), *percent)

    def _margin(self, variance: float) -> float:
        return display.half_width(float(variance), len(self.releases))


def _faults(known: Mapping[str, Dimension], question: Question) -> list[dict[str, Any]]:
    """What of a question is in no public list, as pointers into it; never what was sent."""
    errors = [
        {"pointer": f"/dimensions/{i}", "code": "unknown_dimension", "message": "No such dimension"}
        for i, name in enumerate(question.dimensions)
        if name not in known
    ]
    for number, (name, codes) in enumerate(question.filters.items()):
        if name not in known:
            fault = {"code": "unknown_dimension", "message": "No such dimension"}
            errors.append({"pointer": f"/filters/{number}", **fault})
            continue
        if not codes:
            fault = {"code": "too_short", "message": "Too few"}
            errors.append({"pointer": f"/filters/{name}", **fault})
        errors += [
            {
                "pointer": f"/filters/{name}/{i}",
                "code": "not_in_code_list",
                "message": "Not a code of this list",
            }
            for i, code in enumerate(codes)
            if code not in known[name].codes
        ]
    return errors


def _sums(one: Released, name: str, question: Question, lists: Mapping[str, Sequence[str]]) -> _Sums:
    """One release's part of an answer."""
    plan = one.plan
    here = plan.slices()[name]
    place = _rows(plan, next(t for t in plan.tables if t.name == name), question, lists)
    kept = np.flatnonzero(place >= 0)
    rows, row_of = np.unique(place[kept], return_inverse=True)
    adds = np.eye(len(rows), dtype=np.int64)[row_of]  # cells x rows
    covariance = adds.T @ covariances(plan)[name][np.ix_(kept, kept)] @ adds
    count = int(np.prod([len(codes) for codes in lists.values()]))
    sums = _Sums(np.zeros(count, np.int64), np.zeros(count), np.zeros(count), np.zeros(count, np.bool_))
    sums.value[rows] = np.array(one.cells[here], dtype=np.int64)[kept] @ adds
    sums.variance[rows] = np.diag(covariance)
    sums.with_all[rows] = covariance.sum(axis=1)
    sums.possible[rows] = True
    return sums


def _rows(
    plan: Plan, table: Table, question: Question, lists: Mapping[str, Sequence[str]]
) -> NDArray[np.int64]:
    """For each cell of a table, the row of the answer it adds to; -1 where a filter leaves it out."""
    row = np.zeros(plan.size(table), dtype=np.int64)
    out = np.zeros(plan.size(table), dtype=np.bool_)
    for name in dict.fromkeys([*lists, *question.filters]):
        codes = list(lists.get(name, question.filters.get(name, ())))
        place = np.array([codes.index(c) if c in codes else -1 for c in plan.dimension(name).codes])
        own = positions(plan, table, name)
        assert own is not None, "the table was chosen because it knows this dimension"
        out |= place[own] < 0
        if name in lists:
            row = row * len(codes) + place[own]
    return np.where(out, -1, row)


def _percent(sums: _Sums, row: int) -> estimates.Estimate:
    """A row's share of all rows in percent with its half width, or nothing where it would swing too far."""
    return estimates.share(
        float(sums.value[row]),
        float(sums.value.sum()),
        float(sums.variance[row]),
        float(sums.with_all[row]),
        float(sums.with_all.sum()),
    )

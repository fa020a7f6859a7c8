"""Count files into the cells of a plan. True counts stay in the release job's memory."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.statistics.consistency import Whole
from app.statistics.tables import UNKNOWN, Cohort, Dimension, Plan

Group = Mapping[str, str | int | None]
"""Files alike in all that is counted: a code (for `year` a number) per dimension; `files`, how many."""


def counted(plan: Plan, groups: Sequence[Group]) -> Whole:
    """The true count of every cell, tables one after the other. A code that no list has counts as unknown."""
    files = np.array([int(group["files"] or 0) for group in groups], dtype=np.float64)
    places = _places(plan, groups)
    return np.concatenate(
        [
            np.bincount(
                _cells(plan.shape(table), [places[name] for name in table.dimensions], len(groups)),
                weights=files,
                minlength=plan.size(table),
            )
            for table in plan.tables
        ]
    ).astype(np.int64)


def counted_apart(plan: Plan, groups: Mapping[str, Sequence[Group]]) -> Whole:
    """The same where each table counts something of its own: groups by what they count."""
    parts = []
    for table in plan.tables:
        known = tuple(plan.dimension(name) for name in table.dimensions)
        parts.append(counted(Plan(plan.cohort, known, (table,)), groups.get(table.counts, ())))
    return np.concatenate(parts)


def _places(plan: Plan, groups: Sequence[Group]) -> dict[str, NDArray[np.int64]]:
    """For each dimension, where the code of each group stands; a coarser code follows from the finer one."""
    coarser = {d.within for d in plan.dimensions}
    places = {d.name: _own(plan.cohort, d, groups) for d in plan.dimensions if d.name not in coarser}
    for d in plan.dimensions:
        if d.within:
            codes = plan.dimension(d.within).codes
            places[d.within] = np.array([codes.index(parent) for parent in d.parents])[places[d.name]]
    return places


def _own(cohort: Cohort, dimension: Dimension, groups: Sequence[Group]) -> NDArray[np.int64]:
    """Where each group's code stands in its list; KeyError for one in no list where none is unknown."""
    place = {code: number for number, code in enumerate(dimension.codes)}

    def of(code: str | int | None) -> int:
        known = cohort.year_code(code) if isinstance(code, int) else code
        return place[known if known in place else UNKNOWN]

    return np.array([of(group.get(dimension.name)) for group in groups], dtype=np.int64)


def _cells(shape: tuple[int, ...], places: list[NDArray[np.int64]], groups: int) -> NDArray[np.int64]:
    """Which cell of a table each group falls in; a table without dimensions has one."""
    return np.ravel_multi_index(tuple(places), shape) if shape else np.zeros(groups, dtype=np.int64)

"""Additive whole numbers: controlled rounding by integer programming (HiGHS). Every margin adds exactly."""

from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from app.statistics.consistency import Floats, positions
from app.statistics.tables import Plan, Table

Whole = NDArray[np.int64]
WHOLE_ENOUGH = 1e-6  # a consistent value this near a whole number stays there
DISAGREEMENT = 1e-3  # persons; consistent tables differ by rounding of floats only
WIDEST = 3  # steps beyond the neighbouring whole numbers; 0 was enough in every release tried


def whole(plan: Plan, consistent: Floats) -> Whole:
    """Whole numbers near consistent cells, equal in all margins of all tables, with the least moves.

    Each cell goes to a neighbouring whole number (a move below 1); where the tables allow no such answer, a
    step further. ValueError for cells that do not agree with each other to begin with.
    """
    margins = shared_margins(plan)
    if np.abs(margins @ consistent).max(initial=0.0) > DISAGREEMENT:
        raise ValueError("the cells do not agree; project them first")
    for reach in range(WIDEST + 1):
        found = _solve(consistent, margins, reach)
        if found is not None:
            return found
    raise ValueError("no whole numbers near these cells add up")


@lru_cache(maxsize=32)
def shared_margins(plan: Plan) -> sparse.csr_array:
    """Rows r with r . cells = 0 for every margin that two tables have in common."""
    slices = plan.slices()
    size = sum(map(plan.size, plan.tables))
    rows: dict[tuple[str, ...], sparse.csr_array] = {}
    equal = []
    for table in plan.tables:
        for names in _margins(plan, table):
            margin = _margin(plan, table, names, slices[table.name].start, size)
            if names in rows:
                equal.append(margin - rows[names])
            else:
                rows[names] = margin
    return sparse.csr_array(sparse.vstack(equal)) if equal else sparse.csr_array((0, size))


def _margins(plan: Plan, table: Table) -> list[tuple[str, ...]]:
    """Every set of dimensions this table can be added up to, and which another table has as well."""
    known = [d.name for d in plan.dimensions if positions(plan, table, d.name) is not None]
    within = {d.name: d.within for d in plan.dimensions}
    return [
        names
        for count in range(len(known) + 1)
        for names in combinations(known, count)
        if not any(within[name] in names for name in names if within[name])
    ]


def _margin(plan: Plan, table: Table, names: tuple[str, ...], start: int, size: int) -> sparse.csr_array:
    """Codes x all cells of the release: 1 where a cell of this table falls in the margin's code."""
    shape = tuple(len(plan.dimension(name).codes) for name in names)
    places = [place for name in names if (place := positions(plan, table, name)) is not None]
    cells = plan.size(table)
    row = np.ravel_multi_index(tuple(places), shape) if names else np.zeros(cells, dtype=np.int64)
    column = start + np.arange(cells)
    return sparse.csr_array((np.ones(cells), (row, column)), shape=(int(np.prod(shape)), size))


def _solve(consistent: Floats, margins: sparse.csr_array, reach: int) -> Whole | None:
    """The nearest whole cells within `reach` beyond the neighbouring numbers, or None if there are none."""
    floor = np.floor(consistent + WHOLE_ENOUGH)
    fraction = np.clip(consistent - floor, 0.0, 1.0)
    low, high = floor - reach, floor + np.where(fraction > WHOLE_ENOUGH, 1, 0) + reach
    answer = milp(
        1 - 2 * fraction,
        integrality=np.ones_like(floor),
        bounds=Bounds(low - floor, high - floor),
        constraints=LinearConstraint(margins, -margins @ floor, -margins @ floor),
    )
    return (floor + np.round(answer.x)).astype(np.int64) if answer.success else None

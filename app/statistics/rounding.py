"""Additive whole numbers: controlled rounding by integer programming (HiGHS). Every margin adds exactly."""

from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from app.statistics.consistency import Floats, Whole, positions
from app.statistics.tables import Plan, Table

WHOLE_ENOUGH = 1e-6  # a consistent value this near a whole number stays there
DISAGREEMENT = 1e-3  # persons; consistent tables differ by rounding of floats only
WIDEST = 2  # steps beyond the neighbouring whole numbers; none was needed in any release tried
STEP_COST = 1e3  # of one such step: more than all neighbourly moves together


def whole(plan: Plan, consistent: Floats) -> Whole:
    """Whole numbers near consistent cells, equal in all margins of all tables, with the least moves.

    Each cell goes to a neighbouring whole number (a move below 1); where the tables allow no such answer, as
    few cells as possible go a step further. ValueError for cells that do not agree.
    """
    margins = shared_margins(plan)
    if np.abs(margins @ consistent).max(initial=0.0) > DISAGREEMENT:
        raise ValueError("the cells do not agree; project them first")
    floor = np.floor(consistent + WHOLE_ENOUGH)
    fraction = np.clip(consistent - floor, 0.0, 1.0)
    # The linear programme alone is mostly whole already, and faster; a step further is the last resort.
    for integrality, steps in ((0, 0), (1, 0), (1, WIDEST)):
        moves = _least_moves(fraction, margins, -margins @ floor, integrality, steps)
        if moves is not None:
            return (floor + moves).astype(np.int64)
    raise ValueError("no whole numbers near these cells add up")


def _least_moves(
    fraction: Floats, rows: sparse.csr_array, equal: Floats, integrality: int, steps: int
) -> Floats | None:
    """Whole x with rows . x = equal nearest to `fraction`, up to `steps` beyond 0 and 1, or None.

    The distance |x - f| is f + x (1 - 2f) for x = 0 and 1, and one more for each step beyond.
    """
    one = np.ones_like(fraction)
    cost, most = 1 - 2 * fraction, np.where(fraction > WHOLE_ENOUGH, 1.0, 0.0)
    if steps:
        cost = np.concatenate([cost, STEP_COST * one, STEP_COST * one])
        most = np.concatenate([most, steps * one, steps * one])
        rows = sparse.csr_array(sparse.hstack([rows, rows, -rows]))
    answer = milp(
        cost,
        integrality=np.full(len(cost), integrality),
        bounds=Bounds(0, most),
        constraints=LinearConstraint(rows, equal, equal),
    )
    if not answer.success or np.abs(answer.x - np.round(answer.x)).max() > WHOLE_ENOUGH:
        return None
    up, *further = np.split(np.round(answer.x), 3 if steps else 1)
    return up + further[0] - further[1] if steps else up


@lru_cache(maxsize=32)
def shared_margins(plan: Plan) -> sparse.csr_array:
    """Rows r with r . cells = 0 for every margin that two tables have in common."""
    slices = plan.slices()
    size = sum(map(plan.size, plan.tables))
    rows: dict[tuple[str, ...], sparse.csr_array] = {}  # by what is counted, and the margin's dimensions
    equal = []
    for table in plan.tables:
        for names in _margins(plan, table):
            margin = _margin(plan, table, names, slices[table.name].start, size)
            key = (table.counts, *names)
            if key in rows:
                equal.append(margin - rows[key])
            else:
                rows[key] = margin
    return sparse.csr_array(sparse.vstack(equal)) if equal else sparse.csr_array((0, size))


def _margins(plan: Plan, table: Table) -> list[tuple[str, ...]]:
    """Every set of dimensions this table can be added up to, and which another table has as well."""
    known = plan.known(table)
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

"""Make noisy tables agree: generalised least squares onto what tables of one population can look like.

A is cells x full cross-classification (1 where the cell contains the combination), P the projector on col(A).
All of this follows from the plan alone, so margins printed from it tell nothing about anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.statistics.tables import Plan, Table

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
RANK = 1e-9  # eigenvalues below this share of the largest are zero


@dataclass(frozen=True)
class Agreement:
    """For one plan: `operator` makes noisy cells agree, `covariance` is theirs then (persons squared)."""

    operator: Floats
    covariance: Floats


@lru_cache(maxsize=2)
def agreement(plan: Plan) -> Agreement:
    """The projection of this plan: with D = diag(sigma), D P D^-1, and covariance D P D.

    Rows are scaled by 1/sigma first, so that a noisier table has less to say (P projects on col(D^-1 A)).
    """
    return _projected(plan)


@lru_cache(maxsize=64)
def covariances(plan: Plan) -> Mapping[str, Floats]:
    """The covariance of the cells of each table (persons squared): all that a reader needs.

    What ties the tables to each other is let go: it grows with the square of all cells, for each release.
    """
    whole = _projected(plan).covariance
    return {name: whole[here, here].copy() for name, here in plan.slices().items()}


def _projected(plan: Plan) -> Agreement:
    sigma = np.concatenate([np.full(plan.size(t), t.sigma) for t in plan.tables])
    values, vectors = np.linalg.eigh(overlaps(plan) / np.outer(sigma, sigma))
    basis = vectors[:, values > RANK * values[-1]]
    projector = basis @ basis.T
    return Agreement(
        operator=sigma[:, None] * projector / sigma[None, :],
        covariance=sigma[:, None] * projector * sigma[None, :],
    )


def overlaps(plan: Plan) -> Floats:
    """A A': for each pair of cells, how many combinations of the finest codes lie in both.

    None for cells of tables that count different things: they need not agree.
    """
    counts = np.repeat([table.counts for table in plan.tables], [plan.size(table) for table in plan.tables])
    result: Floats = (counts[:, None] == counts[None, :]).astype(np.float64)
    for base in plan.dimensions:
        if any(other.within == base.name for other in plan.dimensions):
            continue  # a coarser dimension is told by its finer one
        members = np.concatenate([_members(plan, table, base.name) for table in plan.tables])
        result *= members @ members.T
    return result


def positions(plan: Plan, table: Table, name: str) -> NDArray[np.int64] | None:
    """For each cell of a table, which code of a dimension it has; None where the table does not know it."""
    shape = plan.shape(table)
    if name in table.dimensions:
        axis = table.dimensions.index(name)
        here: NDArray[np.int64] = np.indices(shape)[axis].ravel().astype(np.int64)
        return here
    for finer in plan.dimensions:
        if finer.within == name and finer.name in table.dimensions:
            codes = plan.dimension(name).codes
            place = np.array([codes.index(parent) for parent in finer.parents], dtype=np.int64)
            own = positions(plan, table, finer.name)
            return None if own is None else place[own]
    return None


def _members(plan: Plan, table: Table, base: str) -> Floats:
    """Cells x codes of a finest dimension: 1 where the cell contains the code."""
    dimension = plan.dimension(base)
    own = positions(plan, table, base)
    if own is not None:
        return np.eye(len(dimension.codes))[own]
    coarse = positions(plan, table, dimension.within) if dimension.within else None
    if coarse is None:
        return np.ones((plan.size(table), len(dimension.codes)))
    parents = plan.dimension(dimension.within).codes
    place = np.array([parents.index(parent) for parent in dimension.parents])
    inside: Floats = (coarse[:, None] == place[None, :]).astype(np.float64)
    return inside

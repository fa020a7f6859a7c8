"""Counts in, safe tables out: discrete Gaussian noise (OpenDP), agreement, rounding. Pure, but for dice.

The guarantee (zero-concentrated differential privacy, add or remove one file) is made by `noisy` alone; what
follows works on its result and cannot undo it. The ledger sees to it that no cohort is thrown for twice.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt
from typing import Any

import numpy as np
import opendp.prelude as dp

from app.statistics import guarantee
from app.statistics.consistency import Floats, Whole, agreement
from app.statistics.display import half_width
from app.statistics.rounding import whole
from app.statistics.tables import Plan, Table

DELTA = 1e-6  # at which epsilon is stated

dp.enable_features("contrib")  # integer samplers; pinned to 0.16, watched by tests/statistics


@dataclass(frozen=True)
class Cost:
    """What a release can tell about one file; `advantage` bounds any attack's true minus false positives."""

    rho: float
    mu: float
    advantage: float
    epsilon: float
    delta: float = DELTA

    @property
    def belief(self) -> float:
        """How sure anybody can become whether a person is in, who was at 50:50 before."""
        return guarantee.belief(self.rho)


def protect(plan: Plan, counts: Whole) -> Whole:
    """Whole, additive, safe cells from true ones. Signed: the smallest may be below zero."""
    return whole(plan, agreement(plan).operator @ noisy(plan, counts))


def noisy(plan: Plan, counts: Whole) -> Floats:
    """Every cell with its own throw of the dice, none of which is kept or can be repeated."""
    slices = plan.slices()
    parts = [_noise(table)(counts[slices[table.name]].tolist()) for table in plan.tables]
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])


@lru_cache(maxsize=32)
def cost(plan: Plan) -> Cost:
    """The privacy cost of a plan as OpenDP accounts for it: rho adds up, mu = sqrt(2 rho)."""
    together: Any = dp.c.make_composition([_gaussian(t.sigma / t.sensitivity) for t in plan.tables])
    approximate: Any = dp.c.make_zCDP_to_approxDP(together)
    rho = float(together.map(1.0))
    return Cost(
        rho=rho,
        mu=sqrt(2 * rho),
        advantage=guarantee.advantage(rho),
        epsilon=float(approximate.map(1.0).epsilon(DELTA)),
    )


@lru_cache(maxsize=256)
def rho_of(table: Table) -> float:
    """What one table costs: (sensitivity / sigma)^2 / 2."""
    dice = _noise(table)
    return float(dice.map(table.sensitivity))


def half_widths(plan: Plan, table: Table) -> list[float]:
    """The half width of every cell of a table."""
    return [half_width(v) for v in np.diag(agreement(plan).covariance)[plan.slices()[table.name]]]


def _noise(table: Table) -> Any:
    """The dice of one table."""
    return _gaussian(table.sigma)


@cache
def _gaussian(scale: float) -> Any:
    """OpenDP's discrete Gaussian on whole numbers; OpenDP has no types of its own."""
    return dp.m.make_gaussian(dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float), scale=scale)

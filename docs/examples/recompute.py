"""Work out again what a published table tells about one person at most. Needs Python and nothing else.

    python recompute.py TABLE.json [TABLE.json ...]

Reads the statistician's files of a release (`GET /statistics/releases/{id}/tables/{name}`) and prints rho,
mu, advantage and epsilon, once as printed in the file and once as it follows from the noise; exit 1 where
they differ by more than one percent. The formulae, with references: docs/explanation/statistics-maths.md.
It shares no code with Dayaq, with OpenDP or with dp-accounting.
"""

import json
import sys
from collections.abc import Iterable
from functools import cache
from math import ceil, exp, fsum, log, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

APART = 0.01  # of the printed figure
TAIL = 14  # standard deviations beyond which a throw of the dice is as good as impossible
MOST, STEP = 300_000, 1e-3  # losses kept apart; beyond so many they are rounded up to a grid
Losses = dict[float, float]
"""Privacy loss, the logarithm of how much likelier a release is with the person, to its probability."""


def shifts(table: dict[str, Any]) -> tuple[int, float]:
    """In how many cells a person stands at most, and by how much each moves them."""
    cells = int(table.get("most", 1))
    return cells, table["sensitivity"] / sqrt(cells)


def rho(tables: Iterable[dict[str, Any]]) -> float:
    """Zero-concentrated differential privacy adds up: the sum of (sensitivity / sigma)^2 / 2."""
    return fsum((table["sensitivity"] / table["sigma"]) ** 2 / 2 for table in tables)


def gaussian_advantage(mu: float) -> float:
    """What the best test of one normal curve against another gains over guessing: 2 Phi(mu / 2) - 1."""
    return 2 * NormalDist().cdf(mu / 2) - 1


def stated_epsilon(cost: float, delta: float) -> float:
    """The smallest epsilon that follows from rho alone (Canonne, Kamath, Steinke 2020)."""

    def at(alpha: float) -> float:
        return cost * alpha + log(1 / (alpha * delta)) / (alpha - 1) + log(1 - 1 / alpha)

    low, high = 1.0001, 1000.0
    for _ in range(200):
        third = (high - low) / 3
        low, high = (low, high - third) if at(low + third) < at(high - third) else (low + third, high)
    return at(low)


def losses_of(table: dict[str, Any]) -> Losses:
    """Every privacy loss of a table with its probability, from the dice themselves."""
    sigma, (cells, move) = table["sigma"], shifts(table)
    reach = ceil(TAIL * sigma)
    weight = {x: exp(-(x**2) / (2 * sigma**2)) for x in range(-reach, reach + 1)}
    whole = fsum(weight.values())
    one = {(move**2 - 2 * move * x) / (2 * sigma**2): w / whole for x, w in weight.items()}
    together: Losses = {0.0: 1.0}
    for _ in range(cells):
        together = added(together, one)
    return together


def added(first: Losses, second: Losses) -> Losses:
    """The loss of two tables, whose dice know nothing of each other."""
    sums: Losses = {}
    for a, p in first.items():
        for b, q in second.items():
            loss = round(a + b, 9)
            sums[loss] = sums.get(loss, 0.0) + p * q
    likely = {loss: p for loss, p in sums.items() if p > 1e-18}
    return likely if len(likely) <= MOST else rounded_up(likely)


def rounded_up(losses: Losses) -> Losses:
    """Losses on a grid, each a little larger than it is: never in our favour."""
    grid: Losses = {}
    for loss, p in losses.items():
        at = ceil(loss / STEP) * STEP
        grid[at] = grid.get(at, 0.0) + p
    return grid


def exact_delta(losses: Losses, epsilon: float) -> float:
    """The smallest delta for this epsilon; at epsilon 0 the advantage of the best test there is."""
    return fsum(p * (1 - exp(epsilon - loss)) for loss, p in losses.items() if loss > epsilon)


def exact_epsilon(losses: Losses, delta: float) -> float:
    """The smallest epsilon for this delta."""
    low, high = 0.0, max(losses)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if exact_delta(losses, middle) <= delta else (middle, high)
    return high


@cache
def together(tables: str) -> Losses:
    """The losses of a whole release, whose tables come as JSON: the same for each file of it."""
    losses: Losses = {0.0: 1.0}
    for table in json.loads(tables):
        losses = added(losses, losses_of(table))
    return losses


def reckoned(metadata: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Each figure as printed and as reckoned here."""
    tables, delta = metadata["configuration"]["tables"], metadata["delta"]
    cost = rho(tables)
    mu = sqrt(2 * cost)
    losses = together(json.dumps(tables, sort_keys=True))
    advantage = exact_delta(losses, 0.0)
    return {
        "rho": (metadata["rho"], cost),
        "mu": (metadata["mu"], mu),
        "advantage, by the formula": (metadata["advantage_at_most"], gaussian_advantage(mu)),
        "advantage, from the dice": (metadata["advantage_at_most"], advantage),
        "belief from 50:50, at most": (metadata["belief_at_most"], (1 + advantage) / 2),
        f"epsilon at delta {delta:g}": (metadata["epsilon"], stated_epsilon(cost, delta)),
        "epsilon, from the dice": (0.0, exact_epsilon(losses, delta)),
    }


def main(paths: list[str]) -> int:
    """Print a table a file; 1 if a figure is not what it is said to be."""
    wrong = 0
    for path in paths:
        metadata = json.loads(Path(path).read_text(encoding="utf-8"))["metadata"]
        print(f"{path}: release {metadata['release_id']}, {len(metadata['configuration']['tables'])} tables")
        for name, (printed, found) in reckoned(metadata).items():
            right = found <= metadata["epsilon"] if not printed else abs(found - printed) <= APART * printed
            wrong += not right
            said = f"{printed:.5f}" if printed else f"<= {metadata['epsilon']:.5f}"
            print(f"  {name:28} printed {said:>12}  reckoned {found:.5f}  {'ok' if right else 'WRONG'}")
    return 1 if wrong or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

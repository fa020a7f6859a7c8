"""What a cost in rho lets anybody learn about one person, without the dice: mu = sqrt(2 rho), Gaussian DP.

Dong, Roth and Su, Gaussian differential privacy, 2022 (docs/explanation/statistics-maths.md).
"""

from math import sqrt
from statistics import NormalDist


def advantage(rho: float) -> float:
    """What bounds any attack's true minus false positives."""
    return 2 * NormalDist().cdf(sqrt(2 * rho) / 2) - 1


def belief(rho: float) -> float:
    """How sure anybody can become whether a person is in, who was at 50:50 before."""
    return (1 + advantage(rho)) / 2

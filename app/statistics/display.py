"""How a figure is shown: its margin, and what is too small to measure. No privacy rests on it."""

from math import ceil, sqrt

DISPLAY_LIMIT = 10  # persons: below it a figure is too small to measure, with this noise
CONFIDENCE = 0.95
NORMAL_95 = 1.96
ROUNDING = 0.5  # persons, added to a half width for the rounding to whole numbers


def half_width(variance: float, releases: int = 1) -> float:
    """95 of 100 registered numbers lie this near (persons, a tenth rounded up). Known without the data."""
    return ceil(10 * (NORMAL_95 * sqrt(max(variance, 0.0)) + ROUNDING * releases) - 1e-6) / 10


def shown(value: int) -> str:
    """A figure as people read it: the number, or '<10', which includes none."""
    return str(value) if value >= DISPLAY_LIMIT else f"<{DISPLAY_LIMIT}"

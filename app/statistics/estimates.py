"""Shares, rates and medians from released figures alone, each with its 95% interval. They cost nothing."""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import NamedTuple

from app.statistics import display

STEADY = 4.0  # a share needs a denominator this many times its standard deviation
WIDEST_PERCENT = 15.0  # points
ENOUGH_FOR_A_MEDIAN = 120  # figures in the histogram; its error is some 20 days at fewer
PER = 100_000


class Estimate(NamedTuple):
    """A share in percent, or a rate, with its half width; None where it would swing too far."""

    value: float | None
    half_width: float | None


class Median(NamedTuple):
    """The middle of a histogram with its interval; None where the noise leaves nothing to say."""

    value: float | None
    low: float | None
    high: float | None


UNTOLD = Estimate(None, None)


def share(part: float, whole: float, spread: float, covariance: float, variance: float) -> Estimate:
    """`part` of `whole` with their variances and covariance, or nothing where it would swing too far."""
    if whole <= 0 or whole < STEADY * sqrt(max(variance, 0.0)):
        return UNTOLD
    ratio = part / whole
    squared = spread - 2 * ratio * covariance + ratio**2 * variance
    width = 100 * display.NORMAL_95 * sqrt(max(squared, 0.0)) / whole
    if width > WIDEST_PERCENT:
        return UNTOLD
    return Estimate(round(100 * ratio, 1), ceil(10 * width - 1e-6) / 10)


def rate(value: int | None, half_width: float, population: int | None) -> Estimate:
    """Per 100,000 of a public population; nothing where the figure is too small or the population unknown."""
    if value is None or value < display.DISPLAY_LIMIT or not population:
        return UNTOLD
    return Estimate(round(PER * value / population, 1), ceil(10 * PER * half_width / population - 1e-6) / 10)


def median(bands: Sequence[tuple[int, int]], counts: Sequence[int], sigma: float) -> Median:
    """The median of a noisy histogram, values spread evenly within a band; the last count is all beyond.

    Its place is half of all; the counts up to a day differ from that by noise of sigma sqrt(n) / 2 for n
    counts, which gives the interval. An end of it in the open band is not known.
    """
    if sum(counts) < ENOUGH_FOR_A_MEDIAN:
        return Median(None, None, None)
    swing = display.NORMAL_95 * sigma * sqrt(len(counts)) / 2 + display.ROUNDING
    middle = sum(max(count, 0) for count in counts) / 2
    found = (_day(bands, counts, place) for place in (middle, middle - swing, middle + swing))
    return Median(*found)


def _day(bands: Sequence[tuple[int, int]], counts: Sequence[int], place: float) -> float | None:
    """The day by which so many are counted."""
    below = 0.0
    for (first, last), count in zip(bands, counts, strict=False):
        if count > 0 and below + count >= place:
            inside = max(place - below, 0.0) / count
            return round(first + inside * (last + 1 - first), 1)
        below += max(count, 0)
    return None

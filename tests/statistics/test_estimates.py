"""Shares, rates and medians from noisy figures: told where they are steady, and their intervals hold."""

from typing import Any

import numpy as np
import pytest

from app.codelists import lists
from app.statistics import care, disclosure, estimates
from app.statistics.cube import Question
from app.statistics.population import population


def drawn(waits: list[int], dice: Any) -> list[int]:
    """The histogram of these waits, as it is released."""
    edges = [*(last for _, last in care.BANDS), 10**9]
    counts = [0] * len(edges)
    for days in waits:
        counts[next(i for i, last in enumerate(edges) if days <= last)] += 1
    noise = dice([0] * len(counts))
    return [count + int(wrong) for count, wrong in zip(counts, noise, strict=True)]


@pytest.mark.parametrize("people", [350, 1500])
def test_the_interval_of_a_median_holds_the_true_one_19_times_in_20(people: int) -> None:
    dice, throw = np.random.default_rng(people), disclosure._gaussian(care.SIGMA)
    held = told = 0
    for _ in range(200):
        waits = [int(days) for days in dice.exponential(60.0, people)]
        found = estimates.median(care.BANDS, drawn(waits, throw), care.SIGMA)
        if found.value is None:
            continue
        told += 1
        true = float(np.median(waits))
        held += (found.low or 0.0) - 3 <= true <= (found.high or 1e9) + 3  # 3 days: within a band, evenly
    assert told == 200
    assert held / told >= 0.94


def test_a_median_of_few_is_not_told() -> None:
    assert estimates.median(care.BANDS, [119, 0, 0, 0, 0, 0, 0, 0], 8.0) == (None, None, None)
    assert estimates.median(care.BANDS, [120, 0, 0, 0, 0, 0, 0, 0], 8.0).value == 4.0


def test_negative_cells_and_a_median_beyond_the_last_band_are_no_trouble() -> None:
    beyond = estimates.median(care.BANDS, [-9, 5, -3, 0, 0, 0, 0, 400], 8.0)
    assert (beyond.value, beyond.high) == (None, None)
    below = estimates.median(care.BANDS, [200, -20, -20, 0, 0, 0, 0, 0], 8.0)
    assert below.value is not None
    assert 0 <= (below.low or 0) <= below.value <= (below.high or 9)


@pytest.mark.parametrize(
    ("part", "whole", "variance", "told"),
    [(50, 200, 100.0, True), (50, 39, 100.0, False), (5, 0, 0.0, False), (-3, -5, 1.0, False)],
)
def test_a_share_of_what_is_not_steady_is_not_told(
    part: int, whole: int, variance: float, told: bool
) -> None:
    assert (estimates.share(part, whole, 10.0, 0.0, variance).value is not None) is told


@pytest.mark.parametrize(("value", "people"), [(None, 1000), (9, 1000), (50, None), (50, 0)])
def test_a_rate_of_what_is_not_known_is_not_told(value: int | None, people: int | None) -> None:
    assert estimates.rate(value, 7.0, people) == (None, None)


def test_a_rate_is_per_hundred_thousand_of_the_public_figure() -> None:
    assert estimates.rate(73, 7.3, 730_000) == (10.0, 1.0)


def test_the_public_population_is_of_one_day_and_its_codes_are_those_of_the_lists() -> None:
    known = population()
    regions = {code for name, code in known.people if name == "region"}
    assert regions == set(lists.load("region"))
    assert {code for name, code in known.people if name == "sex"} == {"male", "female"}
    for name in ("region", "sex"):
        parts = sum(people for (of, _), people in known.people.items() if of == name)
        assert parts == pytest.approx(known.people["", ""], rel=0.002)


@pytest.mark.parametrize(
    ("filters", "codes", "known"),
    [
        ({}, {}, True),
        ({"region": ("baki", "qarabag")}, {}, True),
        ({"region": ("baki", "qarabag")}, {"region": "baki"}, True),
        ({"region": ("baki", "unknown")}, {}, False),
        ({"sex": ("male",)}, {"region": "baki"}, False),
        ({}, {"age": "0_5"}, False),
        ({"year": ("2024",)}, {}, False),
    ],
)
def test_a_rate_is_of_exactly_the_people_that_a_row_is_about(
    filters: dict[str, tuple[str, ...]], codes: dict[str, str], known: bool
) -> None:
    assert (population().of(Question((), filters), codes) is not None) is known

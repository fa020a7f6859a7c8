"""The estimate in SQL against two libraries that know nothing of it: lifelines, and SciPy for the limits."""

import math
import warnings
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import sqlalchemy as sa
from lifelines import KaplanMeierFitter
from scipy.stats import CensoredData, ecdf
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.ids import new_id
from app.waits.estimate import CURVES, HAIR

Waits = Sequence[tuple[int, bool]]
"""Each wait: its length, and whether it is over (else censored)."""
GIVEN = sa.text(
    "with one as (select g as team_id, 'unknown'::text as district_code, 'unknown'::text as year,"
    " 'unknown'::text as quarter, length, is_over, not is_over as goes_on"
    " from unnest(cast(:groups as uuid[]), cast(:lengths as int[]), cast(:over as bool[]))"
    f" as given (g, length, is_over)), {CURVES}"
)


class Estimate(NamedTuple):
    counted: int
    reached: int
    lower_quartile: int | None
    median: int | None
    upper_quartile: int | None
    median_least: int | None
    median_most: int | None


async def estimated(connection: AsyncConnection, samples: Sequence[Waits]) -> list[Estimate]:
    """What the statement says of each of these groups, all of them in one go."""
    ids = [new_id() for _ in samples]
    rows = [(key, *wait) for key, waits in zip(ids, samples, strict=True) for wait in waits]
    groups, lengths, over = (list(column) for column in zip(*rows, strict=True))
    await connection.execute(sa.text("set local role none"))
    found = await connection.execute(GIVEN, {"groups": groups, "lengths": lengths, "over": over})
    lines: dict[UUID | None, Any] = {
        line.team_id: line for line in found if line.district_code is None and line.period is None
    }
    assert set(lines) == {*ids, None}
    return [Estimate(*(getattr(lines[key], name) for name in Estimate._fields)) for key in ids]


def first(times: Sequence[float], shares: Sequence[float], part: float) -> int | None:
    """The first time at which a curve is not above this part."""
    reached = (time for time, share in zip(times, shares, strict=True) if share <= part + HAIR)
    return next((int(time) for time in reached), None)


def by_libraries(waits: Waits) -> Estimate:
    lengths, over = [length for length, _ in waits], [is_over for _, is_over in waits]
    curve = KaplanMeierFitter().fit(lengths, over).survival_function_["KM_estimate"]
    lower, median, upper = (first(list(curve.index), list(curve), part) for part in (0.75, 0.5, 0.25))
    return Estimate(len(waits), sum(over), lower, median, upper, *limits(waits))


def limits(waits: Waits) -> tuple[int | None, int | None]:
    reached, left = [t for t, over in waits if over], [t for t, over in waits if not over]
    if not reached:
        return None, None
    sf: Any = ecdf(CensoredData(uncensored=reached, right=left)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where everybody is through, and the limits are not known
        low, high = sf.confidence_interval(method="log-log")
    shares = [list(low.probabilities), list(high.probabilities)]
    for place, share in enumerate(sf.probabilities):
        if share in (0, 1):  # certain as such: everybody through, nobody yet
            shares[0][place], shares[1][place] = share, math.nan if share == 0 else 1
    times = [float(time) for time in sf.quantiles]
    return first(times, shares[0], 0.5), first(times, shares[1], 0.5)


def drawn(seed: int, many: int) -> list[Waits]:
    """Groups of all sizes: many ties, few events, all of them, none."""
    dice = Random(seed)
    return [
        [(dice.randint(0, longest), dice.random() < share) for _ in range(dice.choice((1, 2, 3, 7, 20, 200)))]
        for longest, share in ((dice.choice((3, 30, 900)), dice.choice((0, 0.3, 1))) for _ in range(many))
    ]


async def test_it_says_what_the_libraries_say(connection: AsyncConnection) -> None:
    samples = drawn(seed=20261129, many=150)

    found = await estimated(connection, samples)

    assert found == [by_libraries(waits) for waits in samples]
    assert {one.median is None for one in found} == {True, False}
    assert {one.median_most is None for one in found if one.median is not None} == {True, False}


@pytest.mark.parametrize(
    ("waits", "parts"),
    [
        pytest.param([(5, True)], (5, 5, 5), id="one person"),
        pytest.param([(0, True)] * 4, (0, 0, 0), id="the same day"),
        pytest.param([(9, False)] * 4, (None, None, None), id="all of them wait: unknown, and not 0"),
        pytest.param([(3, True), (3, False)], (3, 3, None), id="who leaves on the day was at risk on it"),
        pytest.param([(1, True), (9, False), (9, False)], (1, None, None), id="the median is not reached"),
        pytest.param([(1, True), (2, True), (3, True), (4, True)], (1, 2, 3), id="nobody is censored"),
        pytest.param([(1, True), (2, False), (3, True), (4, False)], (1, 3, None), id="by hand: 3/4, 3/8"),
    ],
)
async def test_small_groups_by_hand(
    connection: AsyncConnection, waits: Waits, parts: tuple[int | None, ...]
) -> None:
    (found,) = await estimated(connection, [waits])

    assert found[2:5] == parts
    assert (found.counted, found.reached) == (len(waits), sum(over for _, over in waits))


async def test_those_who_wait_still_make_the_median_longer(connection: AsyncConnection) -> None:
    served: Waits = [(day, True) for day in range(1, 11)]
    alone, together = await estimated(connection, [served, [*served, *[(50, False)] * 8]])

    assert (alone.median, together.median) == (5, 9)

"""What a reader gets of the waits."""

from datetime import datetime
from typing import Annotated

from app.codelists.lists import recorded
from app.core.shown import Shown
from app.waits.stages import Unit


class StageWaitOut(Shown):
    """How long one stage takes a group: counts of waits, and the lengths by which a part of them is through.

    `district_code`, `period`: empty where it is all of them. `counted` is `reached`, `still_waiting` and
    `left_early` (without what they waited for) together; `unknown` have no known length and are in none of
    them. The quartiles estimate how long it takes, those who wait still counted in; empty: the estimate does
    not reach so far. `median_least` and `median_most`: its limits of confidence, 95 %.
    """

    stage_code: Annotated[str, recorded("wait_stage")]
    unit: Unit
    district_code: str | None
    period: str | None
    counted: int
    reached: int
    still_waiting: int
    left_early: int
    unknown: int
    lower_quartile: int | None
    median: int | None
    upper_quartile: int | None
    median_least: int | None
    median_most: int | None


class WaitsOut(Shown):
    """The continuum-of-care clock, as it was measured last; `measured_at` is empty where it never was."""

    measured_at: datetime | None
    items: list[StageWaitOut]

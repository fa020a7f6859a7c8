"""Judgements about a question before it is asked. No database, no clock, no HTTP."""

from collections.abc import Mapping

from app.core.errors import Invalid
from app.waits.stages import By


def need_a_group(by: By | None, one_team: bool, only: Mapping[str, str | None]) -> None:
    """Stop a question about so few people that a curve would say nothing: those are not measured.

    A district goes with a year, and not with a quarter; of one team, a district or a period, not both.
    """
    period = only["period"]
    quarter = by is By.QUARTER if period is None else "Q" in period
    dated = period is not None or by in (By.YEAR, By.QUARTER)
    placed = only["district"] is not None or by is By.DISTRICT
    if placed and dated and (quarter or one_team):
        pointer = "/by" if period is None else "/period"
        raise Invalid(errors=[{"pointer": pointer, "code": "too_small_a_group", "message": ""}])

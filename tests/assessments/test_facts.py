"""What an instrument shows by itself, at its edge; what was not answered shows nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.assessments.facts import COMMUNITY_WALK, SHOWS
from app.assessments.instrument import instruments
from app.cases.models import Case
from app.core import clock
from app.milestones.catalogue import definitions
from app.milestones.models import Milestone
from tests.assessments.test_actions import recorded
from tests.cases.factories import a_case
from tests.factories import Town

FREE: dict[str, Any] = {
    "feeding": 10,
    "bathing": 5,
    "grooming": 5,
    "dressing": 10,
    "bowels": 10,
    "bladder": 10,
    "toilet": 10,
    "transfer": 0,
    "mobility": 0,
    "stairs": 0,
}


async def shown(town: Town, case: Case) -> dict[str, Any]:
    async with town.work(town.coordinator) as session:
        rows = select(Milestone).where(Milestone.case_id == case.id).order_by(col(Milestone.id))
        return {one.definition_code: one for one in (await session.exec(rows)).all()}


def test_every_milestone_it_shows_names_outcome_measures_in_the_catalogue() -> None:
    assert set(SHOWS) <= set(instruments())
    codes = {code for each in SHOWS.values() for code in each}
    assert {code for code in codes if "outcome_measure" in definitions()[code].facts} == codes


@pytest.mark.parametrize(
    ("instrument", "answers", "codes"),
    [
        ("walk_2min", {"metres": COMMUNITY_WALK}, ["walks_in_community"]),
        ("walk_2min", {"metres": COMMUNITY_WALK - 0.1}, []),
        ("walk_2min", {"metres": "refused"}, []),
        ("walk_6min", {"metres": 400}, []),
        ("barthel", FREE, ["self_care_independent"]),  # who does not walk cares for themselves all the same
        ("barthel", FREE | {"toilet": 5}, []),
        ("barthel", FREE | {"toilet": "unknown"}, []),
        ("pain", {"back_worst": 0}, []),  # one visit is not two
    ],
)
async def test_at_the_edge(town: Town, instrument: str, answers: dict[str, Any], codes: list[str]) -> None:
    case = await a_case(town)

    kept, _ = await recorded(
        town, town.caseworker, case, instrument, answers=answers, incomplete=True, assessed_on="2026-03-01"
    )

    found = await shown(town, case)
    assert list(found) == codes
    for one in found.values():
        assert (one.fact_code, one.fact_id, one.reached_on) == ("outcome_measure", kept.id, kept.assessed_on)


async def test_pain_is_under_control_when_it_was_mild_at_two_visits_running(town: Town) -> None:
    case, today = await a_case(town), clock.today()

    async def visit(days_ago: int, worst: int) -> set[str]:
        on = (today - timedelta(days=days_ago)).isoformat()
        answers = {"stump_worst": worst}
        await recorded(town, town.caseworker, case, "pain", answers=answers, assessed_on=on)
        return set(await shown(town, case))

    assert await visit(30, 3) == set()
    assert await visit(30, 2) == set()  # the same day again is not another visit
    assert await visit(20, 4) == set()
    assert await visit(10, 3) == set()
    assert await visit(0, 1) == {"pain_under_control"}

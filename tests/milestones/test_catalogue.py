"""The catalogue as the program reads it."""

from datetime import date, timedelta

import pytest

from app.access.table import Permission, Reach, Role, reach_of
from app.codelists import lists
from app.milestones.catalogue import Definition, definitions

EVERY = list(definitions().values())


def test_every_lane_has_its_steps_in_order() -> None:
    lanes: dict[str, list[int]] = {}
    for each in EVERY:
        lanes.setdefault(each.pillar, []).append(each.order)

    assert list(lanes) == ["emergency", "rehabilitation", "psychosocial", "reintegration", "sport"]
    assert all(orders == list(range(1, len(orders) + 1)) for orders in lanes.values())


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.code)
def test_somebody_who_may_confirm_at_all_may_confirm_it(each: Definition) -> None:
    able = {role for role in Role if reach_of(role, Permission.MILESTONE_VERIFY) is not Reach.NO}

    assert each.who_may_verify & able
    assert Role.CASEWORKER not in each.who_may_verify


def test_a_usual_day_is_never_made_up() -> None:
    opened, accident = date(2026, 3, 1), date(2025, 12, 24)
    fitted, job = definitions()["first_device_fitted"], definitions()["job_wage"]

    assert fitted.usual_day(accident, opened) == accident + timedelta(days=84)
    assert fitted.usual_day(None, opened) is None
    assert job.usual_day(None, opened) == opened + timedelta(days=365)


def test_what_is_followed_up_is_what_lasts_and_is_looked_at() -> None:
    items = [row.extra for row in lists.load("reintegration_item").values()]
    looked_at = {item["begins"] for item in items if item["follow"] == "yes"}
    followed = {code for code, each in definitions().items() if "follow_up" in each.facts}

    assert followed == looked_at
    assert all(definitions()[code].check_after_days for code in followed)

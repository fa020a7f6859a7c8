"""A question is previewed from what is public, refused where it must be, and approved by two others."""

from datetime import date
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.table import Role
from app.core.db import Limits, unit_of_work
from app.core.errors import Clash, IllegalMove, NotFound, Problem
from app.questions.states import QUESTION, Action, Party, Status
from tests.factories import signed
from tests.questions.asking import BASE, SEX_BY_KIND, act, approved, ask, seen
from tests.statistics.files import Files

ROWS = {(m.source, m.action, m.by): m for m in QUESTION.moves}


@pytest.mark.parametrize(("now", "action", "party"), list(product(Status, Action, Party)))
def test_only_written_rows_are_legal(now: Status, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert QUESTION.find(now, action, [party]) is row
        return
    with pytest.raises(IllegalMove):
        QUESTION.find(now, action, [party])


async def preview(service: AsyncClient, files: Files, **changes: Any) -> Any:
    known = ("purpose_code", "dimensions", "last_day")
    body = {name: SEX_BY_KIND[name] for name in known} | changes
    return await service.post(f"{BASE}/preview", json=body, headers=signed(files.town.analyst))


async def test_a_preview_tells_cost_and_precision_and_one_more_person_changes_no_byte(
    service: AsyncClient, released: Files
) -> None:
    questions: list[dict[str, Any]] = [
        {},
        {"needed_half_width": 9},
        {"dimensions": ["district", "sex", "age"]},
    ]
    before = [(await preview(service, released, **one)).content for one in questions]
    await released.add(1)
    after = [(await preview(service, released, **one)).content for one in questions]

    plain, sharp = (
        (await preview(service, released)).json(),
        (await preview(service, released, needed_half_width=9)).json(),
    )
    assert before == after
    assert (plain["sigma"], plain["rho"], plain["half_width"]) == (8.0, 0.0078125, 16.2)
    assert (sharp["sigma"], sharp["rho"], sharp["half_width"]) == (4.0, 0.03125, 8.4)
    assert plain["dimensions"] == ["sex", "victim_type"]
    assert (plain["left"], plain["reasons"]) == (0.03125, [])


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"purpose_code": "enforcement"}, ["purpose_refused"]),
        ({"needed_half_width": 8.3}, ["not_precise_enough"]),
        ({"dimensions": ["district", "age"]}, ["cells_too_small"]),
        ({"dimensions": ["district", "sex", "age", "victim_type"]}, ["too_many_cells", "cells_too_small"]),
        (
            {
                "dimensions": ["district", "region", "sex"],
                "purpose_code": "enforcement",
                "needed_half_width": 0.1,
            },
            ["purpose_refused", "cells_too_small", "not_precise_enough"],
        ),
    ],
)
async def test_what_cannot_be_answered_well_or_safely_is_refused_with_every_reason_and_nothing_is_kept(
    service: AsyncClient, released: Files, changes: dict[str, Any], reasons: list[str]
) -> None:
    told = (await preview(service, released, **changes)).json()["reasons"]
    answer = await ask(service, released.town.analyst, **changes)

    assert told == reasons
    assert (answer.status_code, answer.json()["code"], answer.json()["reasons"]) == (
        409,
        "question-refused",
        reasons,
    )
    assert (await service.get(BASE, headers=signed(released.town.auditor))).json() == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"dimensions": ["name"]}, "/dimensions/0"),
        ({"dimensions": ["sex"] * 7}, "/dimensions"),
        ({"purpose_code": "curiosity"}, "/purpose_code"),
        ({"purpose": "short"}, "/purpose"),
        ({"purpose": "x" * 501}, "/purpose"),
        ({"legal_basis_code": "none"}, "/legal_basis_code"),
        ({"needed_half_width": 0}, "/needed_half_width"),
        ({"last_day": "2025-02-30"}, "/last_day"),
        ({"first_day": "2026-01-01"}, "/first_day"),
        ({"survivor_id": "x"}, ""),  # a name that nobody knows is not said back
    ],
)
async def test_a_question_that_is_none_is_refused_by_field_and_never_by_value(
    service: AsyncClient, released: Files, changes: dict[str, Any], pointer: str
) -> None:
    answer = await ask(service, released.town.analyst, **changes)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "curiosity" not in answer.text


@pytest.mark.parametrize(
    ("first_day", "last_day", "share", "reasons"),
    [
        ("2024-05-17", "2024-05-17", 1 / 366, ["cells_too_small", "too_few_people"]),
        ("2024-07-01", "2024-07-20", 20 / 366, ["too_few_people"]),
        ("2024-01-01", "2024-12-31", 1, []),
        ("2024-07-01", "2025-12-31", 184 / 366, []),  # nobody is registered in 2025
    ],
)
async def test_of_a_part_of_a_year_as_many_people_are_expected_as_its_days_are_of_it(
    service: AsyncClient, released: Files, first_day: str, last_day: str, share: float, reasons: list[str]
) -> None:
    """The people of one day are few: an answer about them would be noise alone, and not free."""
    about = {"dimensions": [], "first_day": first_day, "last_day": last_day}
    told = (await preview(service, released, **about)).json()
    answer = await ask(service, released.town.analyst, **about)

    assert told["expected_mean"] == pytest.approx(800 * share, abs=60)
    assert told["reasons"] == reasons
    assert answer.status_code == (409 if reasons else 201)


async def test_nobody_asks_about_a_period_that_is_not_released(service: AsyncClient, files: Files) -> None:
    before = await ask(service, files.town.analyst)
    assert (before.status_code, before.json()["code"]) == (409, "nothing-released")


async def test_nobody_asks_beyond_the_last_release(service: AsyncClient, released: Files) -> None:
    answer = await ask(service, released.town.analyst, last_day="2026-01-01")
    assert (answer.status_code, answer.json()["code"]) == (409, "period-not-released")


async def test_two_others_of_different_roles_approve_and_who_asked_sees_where_it_stands(
    service: AsyncClient, released: Files
) -> None:
    town = released.town
    one = (await ask(service, town.coordinator)).json()
    own = await act(service, town.coordinator, one, "review")
    early = await act(service, town.auditor, one, "approve")
    by_analyst = await act(service, town.analyst, one, "review")

    assert (own.status_code, own.json()["code"]) == (409, "own-question")
    assert early.status_code == 409
    assert by_analyst.status_code == 403
    assert one["open_actions"] == ["withdraw"]

    other = (await ask(service, town.analyst)).json()
    stood = [(await seen(service, town.analyst, other))["status"]]
    other = (await act(service, town.coordinator, other, "review")).json()
    stood.append((await seen(service, town.analyst, other))["status"])
    again = await act(service, town.coordinator, other, "approve")
    other = (await act(service, town.auditor, other, "approve")).json()
    stood.append((await seen(service, town.analyst, other))["status"])
    told = (await service.get("/notifications", headers=signed(town.analyst))).json()
    assert again.status_code == 403
    assert stood == ["asked", "reviewed", "approved"]
    assert {"question.review", "question.approve"} <= {one["kind"] for one in told["items"]}


async def test_a_refused_or_withdrawn_question_goes_nowhere(service: AsyncClient, released: Files) -> None:
    town = released.town
    one = (await ask(service, town.analyst)).json()
    one = (await act(service, town.auditor, one, "refuse", refusal_code="not_needed_for_purpose")).json()
    two = await approved(service, town)
    two = (await act(service, town.analyst, two, "withdraw")).json()

    assert (one["status"], one["refusal_code"]) == ("refused", "not_needed_for_purpose")
    assert (one["open_actions"], two["status"], two["open_actions"]) == ([], "withdrawn", [])
    for gone in (one, two):
        assert (await act(service, town.coordinator, gone, "review")).status_code == 409
    stale = await act(service, town.coordinator, one | {"version": 1}, "review")
    assert stale.status_code == 412


async def test_nobody_sees_the_question_of_another_who_does_not_approve(
    service: AsyncClient, released: Files
) -> None:
    town = released.town
    one = (await ask(service, town.coordinator)).json()

    assert (await service.get(f"{BASE}/{one['id']}", headers=signed(town.analyst))).status_code == 404
    assert (await act(service, town.analyst, one, "withdraw")).status_code == 404
    assert (await service.get(BASE, headers=signed(town.analyst))).json() == []
    assert (await service.get(BASE, headers=signed(town.caseworker))).status_code == 403


@pytest.mark.parametrize(
    ("rights", "role", "change"),
    [
        ("stats_reader", "analyst", "status = 'approved'"),
        ("stats_reader", "analyst", "status = 'answered'"),
        ("app_rw", "coordinator", "status = 'paid'"),
        ("app_rw", "auditor", "status = 'answered'"),
        ("app_rw", "coordinator", "rho = 0.0001"),
        ("app_rw", "coordinator", "sigma = 1"),
        ("app_rw", "coordinator", "release_id = null"),
        ("stats_producer", "", "dimensions = '{district}'"),
        ("none", "", "purpose = 'another'"),
        ("app_rw", "auditor", "reviewed_by_id = asked_by_id"),
    ],
)
async def test_the_database_refuses_what_no_row_of_the_table_allows(
    service: AsyncClient, released: Files, owner: AsyncEngine, rights: str, role: str, change: str
) -> None:
    one = (await ask(service, released.town.analyst)).json()
    limits = Limits(rights=rights, role=role, user_id=released.town.analyst.user_id)

    with pytest.raises((NotFound, Problem)):
        async with unit_of_work(owner, limits) as session:
            await (await session.connection()).execute(sa.text(f"update stats.question set {change}"))

    assert (await seen(service, released.town.analyst, one)) == one


async def test_one_person_with_two_roles_is_not_two_people(
    service: AsyncClient, released: Files, owner: AsyncEngine
) -> None:
    one = (await ask(service, released.town.analyst)).json()
    me = released.town.coordinator.user_id
    with pytest.raises(Clash):
        async with unit_of_work(owner, Limits(role=Role.AUDITOR.value, user_id=me)) as session:
            await (await session.connection()).execute(
                sa.text(
                    "update stats.question set reviewed_by_id = :me, approved_by_id = :me where id = :id"
                ),
                {"me": me, "id": one["id"]},
            )


def test_the_last_day_of_the_plan_is_that_of_the_question() -> None:
    from app.questions import rules

    plan = rules.plan(["region", "district", "sex"], date(2020, 1, 1), date(2024, 6, 30), 8.0)
    assert [table.dimensions for table in plan.tables] == [("district", "sex")]
    assert (plan.cohort.first_day, plan.cohort.last_day) == (date(2020, 1, 1), date(2024, 6, 30))

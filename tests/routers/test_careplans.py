"""Routes of care plans: what is sent, what comes back, and the difference in words."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from app.careplans.schemas import CarePlanOut, CarePlansOut, PlanDifferenceOut
from app.careplans.states import Status
from app.cases.states import Status as CaseStatus
from app.core import clock
from tests.careplans.factories import AIM, NEED, WHY, a_plan, goal
from tests.cases.factories import a_case, events
from tests.factories import Town, signed


async def test_a_plan_is_written_approved_followed_and_compared(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, CaseStatus.PLANNING)
    path, me, boss = f"/cases/{case.id}/care-plans", signed(town.caseworker), town.supervisor
    first = CarePlanOut.model_validate((await client.post(path, json={"goals": [goal()]}, headers=me)).json())
    one = f"{path}/{first.id}"

    own = await client.post(f"{one}/submit", headers=signed(town.caseworker, 1))
    mine = await client.post(f"{one}/approve", headers=signed(town.caseworker, 2))
    stale = await client.post(f"{one}/approve", headers=signed(boss, 1))
    yes = await client.post(f"{one}/approve", headers=signed(boss, 2))
    second = CarePlanOut.model_validate((await client.post(path, json={}, headers=me)).json())
    kept = second.goals[0]
    changed = [goal(id=str(kept.id), aim="Walks to the market"), goal(pillar_code="sport", aim="Plays")]
    two = f"{path}/{second.id}"
    amended = await client.patch(two, json={"goals": changed}, headers=signed(town.caseworker, 1))

    assert [a.status_code for a in (own, mine, stale, yes, amended)] == [200, 403, 412, 200, 200]
    assert yes.json()["open_actions"] == []
    assert amended.json()["version"] == 2
    told = await client.get(f"{two}/difference", headers=me | {"accept-language": "az"})
    difference = PlanDifferenceOut.model_validate(told.json())
    assert (difference.number, difference.against) == (2, 1)
    assert [(line.what.value, line.field, line.before) for line in difference.lines] == [
        ("changed", "aim", AIM),
        ("added", None, None),
    ]
    whole = PlanDifferenceOut.model_validate((await client.get(f"{one}/difference", headers=me)).json())
    assert (whole.against, [line.what.value for line in whole.lines]) == (None, ["added"])
    listed = CarePlansOut.model_validate((await client.get(path, headers=signed(boss))).json())
    assert [(row.number, row.status) for row in listed.items] == [(2, Status.DRAFT), (1, Status.APPROVED)]
    assert NEED not in (await client.get(path, headers=signed(boss))).text
    assert len(await events(town, "care_plan.compare")) == 2


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"goals": [goal(pillar_code="hobby")]}, "/goals/0/pillar_code"),
        ({"goals": [goal(need="")]}, "/goals/0/need"),
        ({"goals": [goal(need="\u202e")]}, "/goals/0/need"),
        ({"goals": [goal(target_on="2026-13-01")]}, "/goals/0/target_on"),
        ({"goals": [goal(responsible_code="nobody")]}, "/goals/0/responsible_code"),
        ({"goals": [goal()] * 51}, "/goals"),
        ({"goals": [goal(progress_code="reached")]}, "/goals/0"),
        ({"review_on": (clock.today() + timedelta(days=200)).isoformat()}, "/review_on"),
        ({"status": "approved"}, ""),
        ({"agreed_on": "2026-01-01"}, ""),
    ],
)
async def test_what_is_no_plan_is_named_and_changes_nothing(
    client: AsyncClient, town: Town, change: dict[str, Any], pointer: str
) -> None:
    case = await a_case(town)
    path, me = f"/cases/{case.id}/care-plans", signed(town.caseworker)

    answer = await client.post(path, json=change, headers=me)

    assert answer.status_code == 422, answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert all(fault["message"] for fault in answer.json()["errors"])
    assert (await client.get(path, headers=me)).json() == {"items": []}


async def test_refusals_of_a_plan_are_named_problems(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, CaseStatus.PLANNING)
    plan = await a_plan(town, case, Status.SUBMITTED)
    path = f"/cases/{case.id}/care-plans"
    one, me, boss = f"{path}/{plan.id}", signed(town.caseworker, plan.version), signed(town.supervisor, 2)

    said = [
        await client.post(path, json={"goals": []}, headers=signed(town.caseworker)),
        await client.patch(one, json={"goals": []}, headers=me),
        await client.post(f"{one}/review", json={}, headers=me),
        await client.post(f"{one}/send-back", json={}, headers=boss),
        await client.post(f"{one}/discard", headers=me),
        await client.post(f"{one}/send-back", json={"reason": WHY}, headers=signed(town.other_supervisor, 2)),
        await client.get(one, headers=signed(town.colleague)),
        await client.get(one, headers=signed(town.counsellor)),
    ]

    assert [(a.status_code, a.json()["code"]) for a in said] == [
        (409, "plan-open"),
        (409, "plan-fixed"),
        (409, "plan-not-in-force"),
        (422, "invalid"),
        (409, "illegal-move"),
        (404, "not-found"),
        (404, "not-found"),
        (403, "forbidden"),
    ]
    assert said[0].json()["plan_id"] == str(plan.id)

"""Routes of courses of therapy, their sessions and goals."""

from typing import Any

import pytest
from httpx import AsyncClient

from app.cases.models import Case
from app.core.ids import new_id
from tests.cases.factories import a_case, events
from tests.factories import Town, signed
from tests.journeys.payloads import Body, day
from tests.rehabilitation.factories import BODIES, PARENTS, asked
from tests.routers.test_injuries import faults


def path_of(case: Case, one: str = "device_order") -> str:
    return f"/cases/{case.id}/{one.replace('_', '-')}s"


@pytest.mark.parametrize(
    ("one", "change", "fault"),
    [
        ("rehabilitation_episode", {"ended_on": "2024-03-31"}, ("/ended_on", "ends_before_it_begins")),
        ("rehabilitation_episode", {"ended_on": None}, ("/ended_on", "end_without_a_day")),
        ("rehabilitation_episode", {"started_on": "1988-01-31"}, ("/started_on", "before_birth")),
        ("therapy_session", {"held_on": "2024-03-31"}, ("/held_on", "outside_the_course")),
        ("therapy_session", {"held_on": "2024-07-01"}, ("/held_on", "outside_the_course")),
        ("therapy_session", {"held_on": day(2)}, ("/held_on", "in_the_future")),
        ("therapy_session", {"attendance_code": "missed"}, ("/minutes", "nobody_came")),
        ("therapy_session", {"pain_after": 11}, ("/pain_after", "less_than_equal")),
        ("therapy_session", {"episode_id": str(new_id())}, ("/episode_id", "not_in_this_file")),
        ("therapy_goal", {"set_on": "2024-03-31"}, ("/set_on", "outside_the_course")),
        ("therapy_goal", {"target_on": "2024-04-01"}, ("/target_on", "before_it_was_set")),
        (
            "therapy_goal",
            {"reached": "yes", "reached_on": "2024-04-01"},
            ("/reached_on", "before_it_was_set"),
        ),
        ("therapy_goal", {"reached_on": "2024-05-01"}, ("/reached_on", "not_reached")),
    ],
)
async def test_therapy_that_cannot_be_is_refused_by_field_and_rule_and_changes_nothing(
    client: AsyncClient, town: Town, one: str, change: Body, fault: tuple[str, str]
) -> None:
    case = await a_case(town)
    await asked(town, case)
    made = await therapy(client, town, case)
    path, me = path_of(case, one), signed(town.provider)

    body = BODIES[one](made.get(PARENTS.get(one, ""))) | change
    why = {"reason_code": "entered_wrongly"}
    new = await client.post(path, json=body, headers=me)
    same = await client.patch(
        f"{path}/{made[one]['id']}", json=why | change, headers=signed(town.provider, 1)
    )

    assert faults(new)[0] == faults(same)[0] == fault
    assert (await client.get(path, headers=me)).json()["items"] == [made[one]]


async def test_the_sessions_of_years_are_listed_in_pages_each_once(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    await asked(town, case)
    made = await therapy(client, town, case)
    path, me = path_of(case, "therapy_session"), signed(town.provider)
    for minutes in range(20, 24):
        body = BODIES["therapy_session"](made["rehabilitation_episode"]) | {"minutes": minutes}
        assert (await client.post(path, json=body, headers=me)).status_code == 201

    seen: list[int] = []
    query: Body = {"limit": 2}
    while query:
        page = (await client.get(path, params=query, headers=signed(town.caseworker))).json()
        assert len(page["items"]) <= 2
        seen += [one["minutes"] for one in page["items"]]
        query = {"limit": 2, "cursor": page["next_cursor"]} if page["next_cursor"] else {}

    assert seen == [40, 20, 21, 22, 23]
    listed = await events(town, "therapy_session.list")
    assert [len(set(event.object_ids)) for event in listed] == [
        4,
        4,
        3,
    ]  # shown, case, person


async def therapy(client: AsyncClient, town: Town, case: Case) -> dict[str, Any]:
    """One record of each kind, entered by the workshop."""
    made: dict[str, Any] = {}
    for one, body in BODIES.items():
        sent = body(made.get(PARENTS.get(one, "")))
        answer = await client.post(path_of(case, one), json=sent, headers=signed(town.provider))
        assert answer.status_code == 201, answer.text
        made[one] = answer.json()
        assert {name: made[one][name] for name in sent} == sent
        assert made[one]["facility_id"] == str(town.workshop.id)
    return made

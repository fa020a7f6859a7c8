"""Routes of tasks: added, moved to another day, finished, and listed for whoever has to do them."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from app.cases.models import Case
from app.core import clock
from app.core.ids import new_id
from tests.cases.factories import a_case, events, told
from tests.factories import Town, signed


def a_task(after: int = 0, **more: Any) -> dict[str, Any]:
    due = (clock.today() + timedelta(days=after)).isoformat()
    return {"kind_code": "call", "due_on": due, "text": "Məktubu soruş"} | more


async def added(client: AsyncClient, town: Town, case: Case, **more: Any) -> dict[str, Any]:
    answer = await client.post(
        f"/cases/{case.id}/tasks", json=a_task(**more), headers=signed(town.supervisor)
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_task_is_added_told_moved_and_finished(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    task = await added(client, town, case, after=-1)
    one = f"/cases/{case.id}/tasks/{task['id']}"
    later = (clock.today() + timedelta(days=4)).isoformat()

    moved = await client.patch(one, json={"due_on": later}, headers=signed(town.caseworker, 1))
    done = await client.post(
        f"{one}/finish", json={"outcome_code": "done"}, headers=signed(town.caseworker, 2)
    )
    again = await client.post(f"{one}/finish", json={}, headers=signed(town.caseworker, 3))
    back = await client.patch(one, json={"due_on": later}, headers=signed(town.caseworker, 3))
    stale = await client.patch(one, json={"due_on": later}, headers=signed(town.caseworker, 1))

    assert (task["text"], task["overdue"]) == ("Məktubu soruş", True)
    assert ("task.add", case.id) in await told(town, town.caseworker)
    assert (moved.json()["due_on"], moved.json()["overdue"]) == (later, False)
    assert (done.json()["done_by_id"], done.json()["outcome_code"]) == (str(town.caseworker.user_id), "done")
    assert [a.status_code for a in (moved, done, again, back, stale)] == [200, 200, 409, 409, 412]
    assert {again.json()["code"], back.json()["code"]} == {"task-done"}
    assert stale.json()["current"]["version"] == 3


async def test_who_adds_a_task_to_the_own_case_is_not_told(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    await client.post(f"/cases/{case.id}/tasks", json=a_task(), headers=signed(town.caseworker))

    assert ("task.add", case.id) not in await told(town, town.caseworker)


async def test_the_same_task_again_is_the_task_that_exists(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    path, body, me = f"/cases/{case.id}/tasks", a_task(id=str(new_id())), signed(town.caseworker)

    first = await client.post(path, json=body, headers=me)
    again = await client.post(path, json=body, headers=me)
    others = [
        await client.post(path, json=body | change, headers=me)
        for change in ({"text": "Another"}, {"text": None}, {"kind_code": "visit"}, {"due_on": "2031-01-01"})
    ]

    silent = a_task(id=str(new_id()), text=None)
    await client.post(path, json=silent, headers=me)
    others.append(await client.post(path, json=silent | {"text": "Another"}, headers=me))

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert [answer.status_code for answer in others] == [409] * 5


async def test_my_tasks_are_those_of_my_cases_first_due_first(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    made = {after: (await added(client, town, case, after=after))["id"] for after in (2, -2, 0)}
    done = await added(client, town, case, after=-5)
    finish = f"/cases/{case.id}/tasks/{done['id']}/finish"
    await client.post(finish, json={}, headers=signed(town.caseworker, 1))

    async def listed(path: str, **query: Any) -> list[str]:
        answer = await client.get(path, params=query, headers=signed(town.caseworker))
        return [item["id"] for item in answer.json()["items"]]

    assert await listed("/tasks") == [made[-2], made[0], made[2]]
    assert await listed("/tasks", due_by=clock.today().isoformat()) == [made[-2], made[0]]
    assert await listed(f"/cases/{case.id}/tasks") == [done["id"], made[-2], made[0], made[2]]
    assert await listed(f"/cases/{case.id}/tasks", undone="true") == [made[-2], made[0], made[2]]
    supervised = await client.get("/tasks", headers=signed(town.supervisor))
    assert supervised.json()["items"] == []
    assert set(map(str, (await events(town, "task.list"))[0].object_ids)) == {*made.values(), str(case.id)}


async def test_tasks_come_page_by_page(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    made = [(await added(client, town, case, after=after))["id"] for after in (1, 2, 3)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    for _ in range(3):
        page = (await client.get("/tasks", params=query, headers=signed(town.caseworker))).json()
        seen += [item["id"] for item in page["items"]]
        query["cursor"] = page["next_cursor"]

    assert seen == made
    assert query["cursor"] is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"due_on": "tomorrow"}, "/due_on"),
        ({"due_on": None}, "/due_on"),
        ({"kind_code": "dance"}, "/kind_code"),
        ({"text": "\u0000"}, "/text"),
        ({"done_at": "2026-01-01T00:00:00Z"}, ""),
    ],
)
async def test_what_makes_no_task_is_named(
    client: AsyncClient, town: Town, change: dict[str, Any], pointer: str
) -> None:
    case = await a_case(town)

    answer = await client.post(
        f"/cases/{case.id}/tasks", json=a_task() | change, headers=signed(town.caseworker)
    )

    assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (422, [pointer])


async def test_a_task_of_another_case_does_not_exist(client: AsyncClient, town: Town) -> None:
    mine, other = await a_case(town), await a_case(town, given_name="Leyla")
    task = await added(client, town, mine)

    for who, case in ((town.caseworker, other), (town.colleague, mine)):
        path = f"/cases/{case.id}/tasks/{task['id']}/finish"
        assert (await client.post(path, json={}, headers=signed(who, 1))).status_code == 404

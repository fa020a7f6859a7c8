"""Routes of cases: every status with every action, every refusal by an attempt, repeats and races."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import select

from app.access.actor import Actor
from app.cases.models import CaseMove
from app.cases.schemas import CaseOut
from app.cases.states import CASE, Action, Party, Status
from app.core import clock
from app.core.ids import new_id
from tests import described
from tests.cases.factories import REASON, a_case, approved, ask, events, move, now, ready, withdraw
from tests.conftest import web
from tests.factories import Town, signed
from tests.survivors.factories import survivor

S, A = Status, Action
BODIES: dict[Action, dict[str, str]] = {
    A.CLOSE: {"closure_reason_code": REASON},
    A.REST: {"wakes_on": "2099-01-01"},
}
TARGETS = {(m.source, m.action): m.target for m in CASE.moves}


async def act(
    client: AsyncClient, actor: Actor, case_id: UUID, action: str, version: int | None, body: Any = None
) -> Response:
    return await client.post(f"/cases/{case_id}/{action}", headers=signed(actor, version), json=body)


@pytest.mark.parametrize("status", Status)
async def test_each_action_is_open_exactly_where_the_table_has_a_row(
    client: AsyncClient, town: Town, connection: AsyncConnection, status: Status
) -> None:
    case = await a_case(town, status)
    tried = 0
    for actor in (town.caseworker, town.supervisor, town.coordinator):
        for action in Action:
            attempt = await connection.begin_nested()
            legal = (status, action) in TARGETS
            here = await ready(town, case, action) if legal else case
            answer = await act(client, actor, case.id, action.value, here.version, BODIES.get(action, {}))
            if legal:
                assert (answer.status_code, answer.json()["status"]) == (200, TARGETS[status, action])
                assert answer.headers["etag"] == f'"{here.version + 1}"'
            else:
                refused = answer.json()
                assert (answer.status_code, refused["code"]) == (409, "illegal-move"), (action, refused)
                assert refused["open_actions"] == CASE.open(status, [Party.OWNER])
            await attempt.rollback()
            tried += 1
    assert tried == 27


async def test_every_row_of_the_table_is_a_route_and_no_other_action_is() -> None:
    paths = described.api()["paths"]
    one = "/api/v1/cases/{case_id}/"
    served = {
        path.removeprefix(one): methods["post"]["operationId"]
        for path, methods in paths.items()
        if path.startswith(one) and "/" not in path[len(one) :] and "post" in methods
    }
    moves = {word for word, name in served.items() if name.endswith("_case")}

    assert moves - {"assign"} == {action.value for action in Action}
    for action in Action:
        operation = paths[one + action.value]["post"]
        assert operation["operationId"] == f"{action.name.lower()}_case"
        assert "412" in operation["responses"]
        assert operation["description"]


async def test_a_case_is_opened_read_and_tagged(client: AsyncClient, town: Town) -> None:
    person = await survivor(town)
    me = signed(town.caseworker)

    opened = await client.post("/cases", json={"survivor_id": str(person.id)}, headers=me)
    read = await client.get(f"/cases/{opened.json()['id']}", headers=me)

    assert (opened.status_code, opened.headers["etag"]) == (201, '"1"')
    assert CaseOut.model_validate(read.json()).survivor_code == person.code
    assert read.json() == opened.json()
    assert read.json()["open_actions"] == ["assess", "close"]
    (event,) = await events(town, "case.read")
    assert event.object_ids == [UUID(opened.json()["id"]), person.id]


async def test_the_same_opening_again_is_the_case_that_exists(client: AsyncClient, town: Town) -> None:
    person = await survivor(town)
    body = {"id": str(new_id()), "survivor_id": str(person.id), "priority_code": "high"}
    me = signed(town.caseworker)

    first = await client.post("/cases", json=body, headers=me)
    again = await client.post("/cases", json=body, headers=me)
    other = await client.post("/cases", json=body | {"priority_code": "low"}, headers=me)
    second = await client.post("/cases", json=body | {"id": str(new_id())}, headers=me)

    assert [each.status_code for each in (first, again, other, second)] == [201, 200, 409, 409]
    assert again.json() == first.json()
    assert (other.json()["code"], second.json()["code"]) == ("clash", "case-open")
    assert second.json()["case_id"] == body["id"]


async def test_an_id_that_is_somebody_elses_case_is_taken_and_tells_nothing(
    client: AsyncClient, town: Town
) -> None:
    theirs = await a_case(town)
    person = await survivor(town, town.colleague, given_name="Leyla")

    body = {"id": str(theirs.id), "survivor_id": str(person.id)}
    answer = await client.post("/cases", json=body, headers=signed(town.colleague))

    assert (answer.status_code, answer.json()["code"]) == (409, "clash")
    assert str(theirs.survivor_id) not in answer.text


@pytest.mark.parametrize(
    ("at", "action", "code"),
    [
        (S.INTAKE, A.ASSESS, "consent-missing"),
        (S.ASSESSMENT, A.PLAN, "assessment-missing"),
        (S.PLANNING, A.IMPLEMENT, "approval-missing"),
        (S.INTAKE, A.CLOSE, "approval-missing"),
        (S.FOLLOW_UP, A.TRANSFER, "approval-missing"),
    ],
)
async def test_each_guard_is_a_named_problem(
    client: AsyncClient, town: Town, at: Status, action: Action, code: str
) -> None:
    case = await a_case(town, at)
    if code == "consent-missing":
        await withdraw(town, case)

    answer = await act(client, town.caseworker, case.id, action.value, case.version, BODIES.get(action))

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert (await now(town, case)).status is at


@pytest.mark.parametrize(
    ("action", "body", "pointer"),
    [
        (A.CLOSE, {}, "/closure_reason_code"),
        (A.CLOSE, {"closure_reason_code": "tired"}, "/closure_reason_code"),
        (A.REST, {}, "/wakes_on"),
        (A.REST, {"wakes_on": "2020-01-01"}, "/wakes_on"),
        (A.REST, {"wakes_on": clock.today().isoformat()}, "/wakes_on"),
        (A.PLAN, {"status": "closed"}, ""),
        (A.PLAN, {"needs_assessed_on": "2026-01-01"}, ""),
    ],
)
async def test_what_does_not_belong_in_an_action_is_named(
    client: AsyncClient, town: Town, action: Action, body: dict[str, str], pointer: str
) -> None:
    case = await a_case(town, S.IMPLEMENTATION)

    answer = await act(client, town.caseworker, case.id, action.value, case.version, body)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert all(fault["message"] for fault in answer.json()["errors"])


async def test_a_move_needs_the_version_that_was_read(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)

    unsaid = await act(client, town.caseworker, case.id, "assess", None)
    stale = await act(client, town.caseworker, case.id, "assess", 7)

    assert (unsaid.status_code, stale.status_code) == (428, 412)
    assert stale.json()["current"]["version"] == 1
    assert stale.json()["current"]["open_actions"] == ["assess", "close"]


async def test_a_repeated_move_has_one_effect_and_one_answer(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    headers = signed(town.caseworker, case.version) | {"idempotency-key": str(new_id())}

    first = await client.post(f"/cases/{case.id}/assess", headers=headers)
    again = await client.post(f"/cases/{case.id}/assess", headers=headers)

    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    assert len(await events(town, "case.assess")) == 1


@pytest.mark.parametrize("who", ["colleague", "outsider", "other_supervisor"])
async def test_a_case_out_of_reach_is_as_unknown_as_one_that_never_was(
    client: AsyncClient, town: Town, who: str
) -> None:
    case, actor = await a_case(town), getattr(town, who)
    body = {"owner_id": str(new_id()), "team_id": str(new_id())}
    asks: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"priority_code": "low"}),
        ("POST", "/assess", {}),
        ("GET", "/history", None),
        ("GET", "/approvals", None),
        ("POST", "/approvals", {"kind_code": "plan"}),
        ("GET", "/notes", None),
        ("POST", "/notes", {"text": "x"}),
        ("GET", "/tasks", None),
        ("POST", "/tasks", {"kind_code": "call", "due_on": "2030-01-01"}),
        *([("POST", "/assign", body)] if who == "other_supervisor" else []),
    ]
    for verb, path, given in asks:
        answers = [
            await client.request(verb, f"/cases/{each}{path}", headers=signed(actor, 1), json=given)
            for each in (case.id, new_id())
        ]
        assert [answer.status_code for answer in answers] == [404, 404], (verb, path)
        theirs, nobodys = (answer.json() | {"request_id": ""} for answer in answers)
        assert theirs == nobodys


async def test_history_tells_the_life_of_a_case_newest_first(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, S.CLOSED)

    answer = await client.get(f"/cases/{case.id}/history", headers=signed(town.supervisor))

    told = answer.json()
    assert [(m["action"], m["source"], m["target"]) for m in told["moves"]] == [
        ("close", "intake", "closed"),
        (None, None, "intake"),
    ]
    assert [a["given_to_id"] for a in told["assignments"]] == [str(town.caseworker.user_id)]
    assert len(await events(town, "case.read_history")) == 1


async def test_a_plan_is_asked_approved_and_used(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    path, key = f"/cases/{case.id}/approvals", str(new_id())
    body = {"id": key, "kind_code": "plan"}
    asked = await client.post(path, json=body, headers=signed(town.caseworker))
    again = await client.post(path, json=body, headers=signed(town.caseworker))
    other = await client.post(path, json={"kind_code": "plan"}, headers=signed(town.caseworker))
    waiting = await client.get(f"/cases/{case.id}", headers=signed(town.supervisor))

    own = await client.post(f"{path}/{key}/approve", headers=signed(town.caseworker, 1))
    decided = await client.post(f"{path}/{key}/approve", headers=signed(town.supervisor, 1))
    late = await client.post(f"{path}/{key}/refuse", headers=signed(town.supervisor, 2))
    moved = await act(client, town.caseworker, case.id, "implement", case.version)
    listed = await client.get(path, headers=signed(town.caseworker))

    assert [each.status_code for each in (asked, again, other)] == [201, 200, 409]
    assert other.json()["code"] == "approval-pending"
    assert waiting.json()["approvals_waiting"] == 1
    assert (own.status_code, decided.status_code, moved.status_code) == (403, 200, 200)
    assert (late.status_code, late.json()["code"]) == (409, "approval-over")
    newest = listed.json()["items"][0]
    assert (newest["id"], newest["approved"]) == (key, True)
    assert newest["used_at"]


@pytest.mark.parametrize(
    "body",
    [
        {"kind_code": "plan", "reason_code": "died"},
        {"kind_code": "closure"},
        {"kind_code": "holiday"},
        {"kind_code": "closure", "reason_code": "tired"},
        {"kind_code": "plan", "approved": True},
    ],
)
async def test_a_question_that_makes_no_sense_is_not_asked(
    client: AsyncClient, town: Town, body: dict[str, Any]
) -> None:
    case = await a_case(town, S.PLANNING)

    answer = await client.post(f"/cases/{case.id}/approvals", json=body, headers=signed(town.caseworker))

    assert answer.status_code == 422


async def test_a_supervisor_does_not_answer_about_the_own_case(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    asked = await ask(town, case, "plan")
    to = {"owner_id": str(town.supervisor.user_id), "team_id": str(town.north.id)}
    given = await client.post(
        f"/cases/{case.id}/assign", json=to, headers=signed(town.supervisor, case.version)
    )
    path = f"/cases/{case.id}/approvals/{asked.id}/approve"

    answer = await client.post(path, headers=signed(town.supervisor, 1))

    assert (given.status_code, given.json()["owner_id"]) == (200, to["owner_id"])
    assert (answer.status_code, answer.json()["code"]) == (403, "somebody-else-needed")
    assert (await client.post(path, headers=signed(town.coordinator, 1))).status_code == 200


async def test_notes_come_back_opened_and_stand_in_no_list_of_cases(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    path, text = f"/cases/{case.id}/notes", "Ağrı var; dərman istəyir"
    for number in range(3):
        body = {"text": f"{text} {number}", "kind_code": "home_visit"}
        assert (await client.post(path, json=body, headers=signed(town.caseworker))).status_code == 201

    first = (await client.get(f"{path}?limit=2", headers=signed(town.supervisor))).json()
    rest = (
        await client.get(
            path, params={"limit": 2, "cursor": first["next_cursor"]}, headers=signed(town.supervisor)
        )
    ).json()

    assert sorted(note["text"] for note in (*first["items"], *rest["items"])) == [
        f"{text} {n}" for n in range(3)
    ]
    assert rest["next_cursor"] is None
    assert len(await events(town, "note.list")) == 2
    assert text not in (await client.get("/cases", headers=signed(town.caseworker))).text


async def race(database: AsyncEngine, *requests: tuple[Actor, UUID, str, int, Any]) -> list[Response]:
    async with web(database) as client:
        asked = [
            act(client, who, case, action, version, body) for who, case, action, version, body in requests
        ]
        return list(await asyncio.gather(*asked))


async def test_of_two_moves_at_once_one_wins(real: AsyncEngine) -> None:
    town = await Town(real).build()
    case = await a_case(town, S.IMPLEMENTATION)
    same = (case.id, "follow-up", case.version, None)

    answers = await race(real, (town.caseworker, *same), (town.supervisor, *same), (town.coordinator, *same))

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert {a.json()["current"]["version"] for a in answers if a.status_code == 412} == {case.version + 1}
    async with town.work(town.coordinator) as session:
        moves = (await session.exec(select(CaseMove).where(CaseMove.case_id == case.id))).all()
    assert sum(each.action is A.FOLLOW_UP for each in moves) == 1
    assert len(await events(town, "case.follow-up")) == 1


async def test_of_two_openings_at_once_one_wins(real: AsyncEngine) -> None:
    town = await Town(real).build()
    person = await survivor(town)
    async with web(real) as client:
        asked = [
            client.post("/cases", json={"survivor_id": str(person.id)}, headers=signed(who))
            for who in (town.caseworker, town.supervisor)
        ]
        answers = await asyncio.gather(*asked)

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"clash", "case-open"}


async def test_one_yes_is_not_used_by_two_moves_at_once(real: AsyncEngine) -> None:
    town = await Town(real).build()
    case = await a_case(town)
    await approved(town, case, "closure", REASON)
    same = (case.id, "close", case.version, BODIES[A.CLOSE])

    answers = await race(real, (town.caseworker, *same), (town.supervisor, *same))

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert (await now(town, case)).status is S.CLOSED


async def test_an_assignment_and_a_move_at_once_do_not_lose_each_other(real: AsyncEngine) -> None:
    town = await Town(real).build()
    case = await move(town, await a_case(town), A.ASSESS)
    to = {"owner_id": str(town.colleague.user_id), "team_id": str(town.north.id)}

    answers = await race(
        real,
        (town.supervisor, case.id, "assign", case.version, to),
        (town.coordinator, case.id, "assign", case.version, to),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    after = await now(town, case)
    assert (after.owner_id, after.version) == (town.colleague.user_id, case.version + 1)
    assert len(await events(town, "case.assign")) == 1

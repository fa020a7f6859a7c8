"""Standing in for somebody: how far it reaches, that it ends by itself, and that it is not passed on."""

from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.access.actor import Actor
from app.cases import actions as cases
from app.cases.models import Case
from app.cases.schemas import AddTask
from app.core import clock
from app.core.errors import NotFound
from app.core.ids import new_id
from app.delegations.models import Delegation
from app.notifications import actions as notifications
from tests.cases.factories import a_case, events, told
from tests.delegations.factories import acting, body, day, delegated, in_days, now
from tests.factories import Town, signed
from tests.transfers.factories import to as offer_to
from tests.zones import FAR, be_in


async def ask(
    client: AsyncClient, who: Actor, path: str, given: Any = None, version: int | None = None
) -> Response:
    return await client.post(path, json=given or {}, headers=signed(who, version))


async def status(client: AsyncClient, who: Actor, case: Case) -> int:
    """What opening the case answers; the database by itself says the same."""
    return (await client.get(f"/cases/{case.id}", headers=signed(who))).status_code


async def by_rows(town: Town, who: Actor) -> int:
    """How many cases the database itself shows to this person at the next request."""
    me = await acting(town, who)
    async with town.work(me) as session:
        return len((await session.exec(select(Case))).all())


async def test_who_stands_in_works_on_the_cases_as_their_owner_does(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    async with town.work(town.caseworker) as session:
        task = AddTask(kind_code="visit", due_on=clock.today())
        await cases.add_task(session, town.caseworker, case.id, task)
    assert (await status(client, town.colleague, case), await by_rows(town, town.colleague)) == (404, 0)

    await delegated(town, town.caseworker, town.colleague)

    assert (await status(client, town.colleague, case), await by_rows(town, town.colleague)) == (200, 1)
    headers = signed(town.colleague)
    caseload = (await client.get("/cases", headers=headers)).json()["items"]
    assert [(row["id"], row["owner_id"]) for row in caseload] == [(str(case.id), str(case.owner_id))]
    mine = (await client.get("/tasks", headers=headers)).json()["items"]
    today = (await client.get("/today", headers=headers)).json()
    assert [each["case_id"] for each in (*mine, *today["tasks"])] == [str(case.id)] * 2
    timeline = await client.get(f"/cases/{case.id}/timeline", headers=headers)
    note = await ask(client, town.colleague, f"/cases/{case.id}/notes", {"text": "Called for her"})
    moved = await ask(client, town.colleague, f"/cases/{case.id}/assess", version=case.version)
    assert [each.status_code for each in (timeline, note, moved)] == [200, 201, 200]
    assert moved.json()["owner_id"] == str(town.caseworker.user_id)
    assert await status(client, town.caseworker, case) == 200


async def test_what_a_stand_in_does_is_written_down_as_such(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    await delegated(town, town.caseworker, town.colleague)

    await ask(client, town.colleague, f"/cases/{case.id}/assess", version=case.version)
    await client.get("/cases", headers=signed(town.colleague))
    await client.get("/cases", headers=signed(town.caseworker))

    for action in ("case.assess", "case.list"):
        written = {each.user_id: each.stands_in_for for each in await events(town, action)}
        assert written[town.colleague.user_id] == [town.caseworker.user_id], action
    assert written[town.caseworker.user_id] == []
    answer = await client.get("/audit/events?limit=200", headers=signed(town.auditor))
    shown = [each for each in answer.json()["items"] if each["action"] == "case.assess"]
    assert [each["stands_in_for"] for each in shown] == [[str(town.caseworker.user_id)]]


@pytest.mark.parametrize("zone", FAR)
@pytest.mark.parametrize(
    ("starts", "until", "reaches"), [(-7, 0, True), (0, 0, True), (-7, -1, False), (1, 7, False)]
)
async def test_it_begins_and_ends_by_itself(
    client: AsyncClient,
    town: Town,
    connection: AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    starts: int,
    until: int,
    reaches: bool,
) -> None:
    await be_in(zone, monkeypatch, connection)
    case = await a_case(town)
    await in_days(town, town.caseworker, town.colleague, starts, until)

    assert await status(client, town.colleague, case) == (200 if reaches else 404)
    assert await by_rows(town, town.colleague) == reaches


async def test_it_is_revoked_at_once_and_once(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    one = await delegated(town, town.caseworker, town.colleague)
    path = f"/delegations/{one.id}/revoke"

    own = await ask(client, town.colleague, path, version=1)
    elsewhere = [await ask(client, who, path, version=1) for who in (town.outsider, town.other_supervisor)]
    stale = await ask(client, town.supervisor, path, version=2)
    answer = await ask(client, town.supervisor, path, version=1)
    again = await ask(client, town.caseworker, path, version=2)

    assert [each.status_code for each in (own, *elsewhere, stale)] == [403, 404, 404, 412]
    assert (answer.status_code, answer.json()["phase"]) == (200, "revoked")
    assert (again.status_code, again.json()["code"]) == (409, "delegation-over")
    assert (await status(client, town.colleague, case), await by_rows(town, town.colleague)) == (404, 0)
    for who in (town.caseworker, town.colleague):
        assert ("delegation.revoke", one.id) in await told(town, who)


async def test_what_is_delegated_is_not_passed_on(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    await delegated(town, town.caseworker, town.colleague)

    onward = await ask(client, town.colleague, "/delegations", body(town.outsider))
    back = await ask(client, town.outsider, "/delegations", body(town.caseworker))
    later = await ask(
        client, town.colleague, "/delegations", body(town.outsider, 40, starts_on=day(30).isoformat())
    )
    for_her = await ask(
        client, town.colleague, "/delegations", body(town.outsider, from_id=str(town.caseworker.user_id))
    )
    offered = await ask(client, town.colleague, f"/cases/{case.id}/transfers", offer_to(town.south))
    await in_days(town, town.colleague, town.outsider, 0, 3)  # even if the rows were there

    assert [each.status_code for each in (onward, back, later, for_her, offered)] == [409, 409, 201, 403, 403]
    assert {each.json()["code"] for each in (onward, back)} == {"delegation-chained"}
    assert (await status(client, town.outsider, case), await by_rows(town, town.outsider)) == (404, 0)


async def test_a_supervisor_delegates_for_the_own_team_and_nobody_else_does(
    client: AsyncClient, town: Town
) -> None:
    away: dict[str, Any] = {"from_id": str(town.caseworker.user_id)}

    others = [
        await ask(client, who, "/delegations", body(town.outsider, **away))
        for who in (town.colleague, town.other_supervisor, town.provider)
    ]
    answer = await ask(client, town.supervisor, "/delegations", body(town.outsider, **away))
    twice = await ask(client, town.supervisor, "/delegations", body(town.colleague, **away))

    assert [each.status_code for each in others] == [403, 409, 403]
    assert answer.status_code == 201, answer.text
    assert (answer.json()["team_id"], answer.json()["phase"]) == (str(town.north.id), "running")
    assert (twice.status_code, twice.json()["delegation_id"]) == (409, answer.json()["id"])


@pytest.mark.parametrize("unfit", ["oneself", "supervisor", "provider", "nobody", "another organisation"])
async def test_a_colleague_of_the_organisation_stands_in(client: AsyncClient, town: Town, unfit: str) -> None:
    given = {
        "oneself": body(town.caseworker),
        "supervisor": body(town.supervisor),
        "provider": body(town.provider),
        "nobody": body(town.colleague, to_id=str(new_id())),
        "another organisation": body(town.counsellor),
    }[unfit]

    answer = await ask(client, town.caseworker, "/delegations", given)

    assert (answer.status_code, answer.json()["code"]) == (409, "delegate-unfit")


@pytest.mark.parametrize(
    ("starts", "until", "pointer"),
    [(-1, 3, "/starts_on"), (5, 4, "/until_on"), (0, 92, "/until_on")],
)
async def test_days_are_ahead_forward_and_not_too_many(
    client: AsyncClient, town: Town, starts: int, until: int, pointer: str
) -> None:
    given = body(town.colleague, until, starts_on=day(starts).isoformat())

    answer = await ask(client, town.caseworker, "/delegations", given)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    async with town.work(town.coordinator) as session:
        assert (await session.exec(select(Delegation))).all() == []


async def test_the_same_request_makes_one(client: AsyncClient, town: Town) -> None:
    given = body(town.colleague, id=str(new_id()))

    first = await ask(client, town.caseworker, "/delegations", given)
    again = await ask(client, town.caseworker, "/delegations", given)
    other = await ask(client, town.caseworker, "/delegations", given | {"until_on": day(9).isoformat()})

    assert [each.status_code for each in (first, again, other)] == [201, 200, 409]
    listed = await client.get("/delegations", headers=signed(town.colleague))
    assert [each["id"] for each in listed.json()["items"]] == [first.json()["id"]]


async def test_what_is_told_about_the_work_is_told_to_who_stands_in(town: Town) -> None:
    await delegated(town, town.caseworker, town.colleague)
    work, password = new_id(), new_id()

    async with town.work(town.coordinator) as session:
        notifications.tell_person(session, town.caseworker.user_id, "referral.accept", work)
        notifications.tell_person(session, town.caseworker.user_id, "password.change", password)

    assert await told(town, town.caseworker) == [("referral.accept", work), ("password.change", password)]
    heard = [key for _, key in await told(town, town.colleague)]
    assert (heard.count(work), heard.count(password)) == (1, 0)


async def test_the_database_itself_lets_nobody_delegate_for_others(town: Town) -> None:
    known: dict[str, Any] = {"from_id": town.caseworker.user_id, "to_id": town.colleague.user_id}
    where = {"team_id": town.north.id, "organisation_id": town.agency.id}
    days = {"starts_on": day(0), "until_on": day(3)}

    for thief in (town.colleague, town.other_supervisor):
        with pytest.raises(NotFound):
            async with town.work(thief) as session:
                session.add(Delegation.model_validate({**known, **where, **days, "by_id": thief.user_id}))

    one = await delegated(town, town.caseworker, town.colleague)
    revoke = sa.update(Delegation).where(Delegation.id == one.id)  # type: ignore[arg-type]
    async with town.work(town.colleague) as session:
        gone = {"revoked_at": clock.now(), "revoked_by_id": town.colleague.user_id}
        await session.exec(revoke.values(**gone))
    assert (await now(town, one)).revoked_at is None

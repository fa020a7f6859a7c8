"""Many cases at once: what the preview says is done, each case whole or not at all, and never twice."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlmodel import col, select

from app.access.actor import Actor
from app.accounts.models import Membership
from app.assignments import actions, jobs
from app.assignments.models import BulkItem
from app.assignments.states import State
from app.cases import actions as cases
from app.cases import handing
from app.cases.models import Case, CaseAssignment
from app.cases.schemas import AssignCase
from app.cases.states import Status
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.ids import new_id
from tests.cases.factories import a_case, told
from tests.cases.factories import now as case_now
from tests.factories import Town, signed


def body(town: Town, *wanted: Case, to: tuple[Actor, ...] = (), **more: Any) -> dict[str, Any]:
    """A bulk assignment as a client sends it, as a rule to the colleague."""
    owners = [str(one.user_id) for one in to or (town.colleague,)]
    named = {"case_ids": [str(case.id) for case in wanted]} if wanted else {}
    return {"team_id": str(town.north.id), "owner_ids": owners} | named | more


async def some_cases(town: Town, count: int) -> list[Case]:
    return [await a_case(town, given_name=f"Name{n}", surname=f"Surname{n}") for n in range(count)]


async def ask(client: AsyncClient, who: Actor, given: Any, path: str = "") -> Response:
    return await client.post(f"/bulk-assignments{path}", json=given, headers=signed(who))


async def done(town: Town) -> int:
    """The job, run until it has no more to do; how often it was looked at."""
    rounds = 0
    while await jobs.assign_some(town.database):
        rounds += 1
    return rounds


async def results(client: AsyncClient, who: Actor, job_id: str, **query: Any) -> list[dict[str, Any]]:
    path = f"/bulk-assignments/{job_id}/items"
    answer = await client.get(path, params=query, headers=signed(who))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def handed(town: Town) -> dict[UUID, int]:
    """How many assignments each case has had since it was opened."""
    async with town.work(town.coordinator) as session:
        rows = select(CaseAssignment.case_id, sa.func.count() - 1).group_by(col(CaseAssignment.case_id))
        return dict((await session.exec(rows)).all())


async def test_what_is_previewed_is_done_and_listed(client: AsyncClient, town: Town) -> None:
    open_one, other = await some_cases(town, 2)
    closed = await a_case(town, Status.CLOSED, given_name="Closed")
    theirs = await a_case(town, given_name="Theirs")
    async with town.work(town.supervisor) as session:
        given = AssignCase(owner_id=town.colleague.user_id, team_id=town.north.id)
        await cases.assign(session, town.supervisor, theirs.id, theirs.version, given)
    nowhere = str(new_id())
    wanted = body(town, open_one, other, closed, theirs)
    wanted["case_ids"].append(nowhere)

    preview = (await ask(client, town.supervisor, wanted, "/preview")).json()
    assert await handed(town) == {open_one.id: 0, other.id: 0, closed.id: 0, theirs.id: 1}
    job = await ask(client, town.supervisor, wanted)
    await done(town)
    after = await client.get(f"/bulk-assignments/{job.json()['id']}", headers=signed(town.supervisor))

    assert (preview["total"], preview["assignable"], preview["refused"]) == (5, 2, 3)
    assert job.status_code == 202, job.text
    expected = {
        str(open_one.id): None,
        str(other.id): None,
        str(closed.id): "case-not-open",
        str(theirs.id): "already-theirs",
        nowhere: "not-found",
    }
    assert {each["case_id"]: each["refused_code"] for each in preview["items"]} == expected
    listed = await results(client, town.supervisor, job.json()["id"])
    assert {each["case_id"]: each["refused_code"] for each in listed} == expected
    assert (preview["before"][0]["cases"], preview["after"][0]["cases"]) == (1, 3)
    counts = after.json()
    assert (counts["assigned"], counts["refused"], counts["done"], counts["total"]) == (2, 3, 5, 5)
    assert counts["finished_at"]
    assert await handed(town) == {open_one.id: 1, other.id: 1, closed.id: 0, theirs.id: 1}
    for who in (town.supervisor, town.caseworker, town.colleague):
        heard = [kind for kind, key in await told(town, who) if key == UUID(counts["id"])]
        assert heard == ["bulk_assignment.finish"]


async def test_all_open_cases_of_who_leaves_are_shared_by_weight(client: AsyncClient, town: Town) -> None:
    await some_cases(town, 4)
    await a_case(town, Status.CLOSED, given_name="Closed")
    wanted = body(town, to=(town.colleague, town.supervisor), from_owner_id=str(town.caseworker.user_id))

    job = await ask(client, town.supervisor, wanted)
    await done(town)
    path = f"/teams/{town.north.id}/caseloads"
    loads = (await client.get(path, headers=signed(town.supervisor))).json()

    assert job.json()["total"] == 4
    carried = {each["owner_id"]: (each["cases"], each["weight"], each["over"]) for each in loads["items"]}
    assert carried == {
        str(town.caseworker.user_id): (0, 0.0, False),
        str(town.colleague.user_id): (2, 2.0, False),
        str(town.supervisor.user_id): (2, 2.0, False),
    }


@pytest.mark.parametrize("kill_at", range(3))
async def test_a_kill_leaves_each_case_whole_and_nothing_is_done_twice(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch, kill_at: int
) -> None:
    """Killed before a case is given, after it but before it is marked, and after both: the unit is undone."""
    found = await some_cases(town, 3)
    job = (await ask(client, town.supervisor, body(town, *found))).json()
    give, carry, calls = handing.give, actions.carry_out, 0

    class Killed(BaseException):
        pass

    async def killed_in_between(*args: Any) -> None:
        await give(*args)
        raise Killed

    async def killed_after_one(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2 and kill_at == 0:
            raise Killed
        await carry(*args)
        if calls == 2:
            raise Killed

    with monkeypatch.context() as patch:
        if kill_at == 1:
            patch.setattr(handing, "give", killed_in_between)
        else:
            patch.setattr(actions, "carry_out", killed_after_one)
        with pytest.raises(Killed):
            await done(town)

    states = [each["state"] for each in await results(client, town.supervisor, job["id"])]
    owners = [(await case_now(town, case)).owner_id == town.colleague.user_id for case in found]
    assert states.count("assigned") == sum(owners) == (0 if kill_at == 1 else 1)
    await done(town)
    assert await done(town) == 0
    assert set((await handed(town)).values()) == {1}
    assert {each["state"] for each in await results(client, town.supervisor, job["id"])} == {"assigned"}


async def test_the_rights_are_those_of_the_moment_and_of_who_asked(client: AsyncClient, town: Town) -> None:
    one, moved = await some_cases(town, 2)
    job = (await ask(client, town.supervisor, body(town, one, moved))).json()
    async with town.work(town.coordinator) as session:
        given = AssignCase(owner_id=town.outsider.user_id, team_id=town.south.id)
        await cases.assign(session, town.coordinator, moved.id, moved.version, given)
    await done(town)
    late = (await ask(client, town.supervisor, body(town, one, to=(town.caseworker,)))).json()
    async with unit_of_work(town.database, GATE) as session:
        mine = sa.update(Membership).where(col(Membership.id) == town.supervisor.membership_id)
        await session.exec(mine.values(ended_at=clock.now()))
    await done(town)

    codes = {
        each["case_id"]: each["refused_code"] for each in await results(client, town.coordinator, job["id"])
    }
    assert codes == {str(one.id): None, str(moved.id): "not-found"}  # it is of another team by now
    (refused,) = await results(client, town.coordinator, late["id"])
    assert (refused["state"], refused["refused_code"]) == ("refused", "forbidden")
    assert (await case_now(town, one)).owner_id == town.colleague.user_id


async def test_a_case_that_somebody_gave_away_meanwhile_stays_there(client: AsyncClient, town: Town) -> None:
    (case,) = await some_cases(town, 1)
    job = (await ask(client, town.supervisor, body(town, case))).json()
    async with town.work(town.supervisor) as session:
        given = AssignCase(owner_id=town.supervisor.user_id, team_id=town.north.id)
        await cases.assign(session, town.supervisor, case.id, case.version, given)

    await done(town)

    (result,) = await results(client, town.supervisor, job["id"], state="refused")
    assert result["refused_code"] == "owner-changed"
    assert (await case_now(town, case)).owner_id == town.supervisor.user_id


async def test_the_same_request_is_one_job(client: AsyncClient, town: Town) -> None:
    (case,) = await some_cases(town, 1)
    wanted = body(town, case, id=str(new_id()))

    first = await ask(client, town.supervisor, wanted)
    again = await ask(client, town.supervisor, wanted)
    other = await ask(client, town.supervisor, wanted | {"owner_ids": [str(town.supervisor.user_id)]})

    assert [each.status_code for each in (first, again, other)] == [202, 200, 409]
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    "wrong", ["both", "neither", "no owner", "other team", "not of the team", "caseworker"]
)
async def test_what_cannot_be_meant_is_refused_whole(client: AsyncClient, town: Town, wrong: str) -> None:
    (case,) = await some_cases(town, 1)
    given, who, status = {
        "both": (body(town, case, from_owner_id=str(town.caseworker.user_id)), town.supervisor, 422),
        "neither": (body(town), town.supervisor, 422),
        "no owner": (body(town, case, owner_ids=[]), town.supervisor, 422),
        "other team": (body(town, case, team_id=str(town.south.id)), town.supervisor, 403),
        "not of the team": (body(town, case, to=(town.outsider,)), town.supervisor, 409),
        "caseworker": (body(town, case), town.caseworker, 403),
    }[wrong]

    for path in ("", "/preview"):
        assert (await ask(client, who, given, path)).status_code == status
    async with town.work(town.coordinator) as session:
        assert (await session.exec(select(BulkItem))).all() == []


async def test_others_do_not_see_it(client: AsyncClient, town: Town) -> None:
    (case,) = await some_cases(town, 1)
    job = (await ask(client, town.supervisor, body(town, case))).json()

    for path in (f"/bulk-assignments/{job['id']}", f"/bulk-assignments/{job['id']}/items"):
        assert (await client.get(path, headers=signed(town.other_supervisor))).status_code == 404
        assert (await client.get(path, headers=signed(town.colleague))).status_code == 403
    async with town.work(town.other_supervisor) as session:
        assert (await session.exec(select(BulkItem))).all() == []
    assert [each["state"] for each in await results(client, town.supervisor, job["id"])] == [State.WAITING]

"""Each reach sees what it should and not more: with row-level security, and by the queries' filters alone."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from app.access.actor import Actor
from app.access.table import Permission
from app.assessments import queries as assessments
from app.cases import actions, queries
from app.cases.models import Case, Task
from app.cases.schemas import AddTask, AmendCase, AssignCase, CaseRow, WriteNote
from app.cases.states import Action, Status
from app.core import clock
from app.core.errors import NotFound
from app.core.pages import Ask, Page
from app.milestones import queries as milestones
from app.milestones.queries import Place
from tests.cases.factories import a_case, ask, events, move, now
from tests.factories import Town, signed
from tests.milestones.factories import a_milestone

WITHIN = ["caseworker", "supervisor", "coordinator"]
OUTSIDE = ["colleague", "outsider", "other_supervisor"]


async def a_full_case(town: Town) -> Case:
    case = await a_case(town, Status.PLANNING)
    await ask(town, case, "plan")
    async with town.work(town.caseworker) as session:
        await actions.write_note(session, town.caseworker, case.id, WriteNote(text="Seen at home"))
        task = AddTask(kind_code="call", due_on=clock.today())
        await actions.add_task(session, town.caseworker, case.id, task)
    return case


@pytest.mark.parametrize("who", [*WITHIN, *OUTSIDE])
async def test_a_case_is_seen_within_reach_only(town: Town, both: bool, who: str) -> None:
    case = await a_full_case(town)
    milestone = await a_milestone(town, case)
    actor: Actor = getattr(town, who)
    grant = actor.grant(Permission.CASE_READ)

    async with town.work(actor) as session:
        canary = len((await session.exec(select(Case))).all())
        found = await queries.find(session, grant, case.id)
        of_person = await queries.open_case_of(session, grant, case.survivor_id)
        mine = await queries.tasks_mine(session, grant, Ask(actor.user_id), None)
        try:
            step = await milestones.get(session, grant, Place(case.id, milestone.id))
        except NotFound:
            step = None
        if found:
            assert len(await queries.notes(session, found, Ask(actor.user_id))) == 1
            assert len(await assessments.of_case(session, found, Ask(actor.user_id))) == 0

    assert canary == (who in WITHIN or not both), "the second line is not where this test believes it to be"
    assert (found is not None, of_person is not None, step is not None) == (who in WITHIN,) * 3
    assert len(mine) == (who == "caseworker")


@pytest.mark.parametrize("who", [*WITHIN, *OUTSIDE])
async def test_the_caseload_shows_what_is_within_reach(
    client: AsyncClient, town: Town, both: bool, who: str
) -> None:
    case, south = await a_case(town), await a_case_of(town, town.outsider)
    seen = {
        "caseworker": [case.id],
        "supervisor": [case.id],
        "coordinator": [case.id, south.id],
        "outsider": [south.id],
        "other_supervisor": [south.id],
    }

    page = await caseload(client, getattr(town, who))

    assert [row.id for row in page.items] == sorted(seen.get(who, []))
    (event,) = await events(town, "case.list")
    assert event.object_ids == [row.id for row in page.items]
    assert event.user_id == getattr(town, who).user_id


async def a_case_of(town: Town, actor: Actor) -> Case:
    case = await a_case(town, given_name="Leyla")
    async with town.work(town.coordinator) as session:
        given = AssignCase.model_validate({"owner_id": actor.user_id, "team_id": actor.team_id})
        await actions.assign(session, town.coordinator, case.id, case.version, given)
    return await now(town, case)


async def caseload(client: AsyncClient, actor: Actor, **query: Any) -> Page[CaseRow]:
    answer = await client.get("/cases", params=query, headers=signed(actor))
    assert answer.status_code == 200, answer.text
    return Page[CaseRow].model_validate_json(answer.text)


async def test_a_filter_keeps_what_fits_and_drops_what_does_not(client: AsyncClient, town: Town) -> None:
    plain = await a_case(town)
    other = await a_case(town, Status.ASSESSMENT, given_name="Leyla", district_code="az_agm")
    async with town.work(town.caseworker) as session:
        given = AmendCase.model_validate(
            {"priority_code": "urgent", "risk_level_code": "high", "next_review_on": "2020-01-01"}
        )
        await actions.amend(session, town.caseworker, other.id, other.version, given)

    filters: list[dict[str, Any]] = [
        {"status": "assessment"},
        {"priority": "urgent"},
        {"risk": "high"},
        {"district": "az_agm"},
        {"review_overdue": "true"},
        {"status": "assessment", "priority": "urgent", "risk": "high", "district": "az_agm"},
        {"owner": str(town.caseworker.user_id), "review_overdue": "true"},
    ]
    for only in filters:
        assert [row.id for row in (await caseload(client, town.supervisor, **only)).items] == [other.id], only
    assert (await caseload(client, town.supervisor, owner=str(town.colleague.user_id))).items == []
    assert (await caseload(client, town.supervisor, status="assessment", risk="low")).items == []
    everything = (await caseload(client, town.supervisor)).items
    assert {row.id for row in everything} == {plain.id, other.id}


async def test_a_kept_statement_takes_each_callers_own_filter(client: AsyncClient, town: Town) -> None:
    one, two = await a_case(town), await a_case(town, Status.ASSESSMENT, given_name="Leyla")
    for _ in range(2):
        for case in (one, two):
            page = await caseload(client, town.caseworker, status=case.status.value)
            assert [row.id for row in page.items] == [case.id]


async def test_a_closed_case_has_no_review_that_is_overdue(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    async with town.work(town.caseworker) as session:
        given = AmendCase.model_validate({"next_review_on": "2020-01-01"})
        case = await actions.amend(session, town.caseworker, case.id, case.version, given)
    before = await caseload(client, town.caseworker, review_overdue="true")
    await move(town, case, Action.CLOSE)

    assert [row.id for row in before.items] == [case.id]
    assert (await caseload(client, town.caseworker, review_overdue="true")).items == []


async def test_the_caseload_comes_page_by_page_and_a_cursor_serves_its_owner(
    client: AsyncClient, town: Town
) -> None:
    made = sorted([(await a_case(town, given_name=name)).id for name in ("Aynur", "Leyla", "Nigar")])

    first = await caseload(client, town.caseworker, limit=2)
    rest = await caseload(client, town.caseworker, limit=2, cursor=first.next_cursor)
    stolen = await client.get("/cases", params={"cursor": first.next_cursor}, headers=signed(town.supervisor))

    assert [row.id for row in (*first.items, *rest.items)] == made
    assert rest.next_cursor is None
    assert stolen.status_code == 422


async def test_the_caseload_takes_two_statements(
    client: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    await a_case(town)
    await caseload(client, town.caseworker)  # the driver looks types up once
    raw: Any = (await connection.get_raw_connection()).driver_connection
    asked: list[str] = []
    raw.add_query_logger(lambda query: asked.append(query.query))

    await caseload(client, town.caseworker)
    await client.get("/today", headers=signed(town.caseworker))

    asked = [query for query in asked if not query.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    ours = [query for query in asked if "set_config('role', 'none'" not in query]
    assert len(ours) == 4, ours


async def test_tasks_come_first_due_first_also_across_pages(town: Town) -> None:
    case, today = await a_case(town), clock.today()
    async with town.work(town.caseworker) as session:
        for days in (5, 1, 9, 1, 3):
            task = AddTask(kind_code="call", due_on=today + timedelta(days))
            await actions.add_task(session, town.caseworker, case.id, task)

    grant, seen = town.caseworker.grant(Permission.CASE_READ), list[Task]()
    start = Ask(town.caseworker.user_id, limit=2)
    async with town.work(town.caseworker) as session:
        while True:
            found = await queries.tasks_mine(session, grant, start, None)
            seen += [work.task for work in found[:2]]
            if len(found) < 3:
                break
            start = Ask(town.caseworker.user_id, 2, found[2].task.id)
        soon = await queries.tasks_mine(session, grant, Ask(town.caseworker.user_id), today + timedelta(1))

    assert [(task.due_on - today).days for task in seen] == [1, 1, 3, 5, 9]
    assert all((a.due_on, a.id) < (b.due_on, b.id) for a, b in pairwise(seen))
    assert len(soon) == 2


async def test_notes_come_newest_first_also_across_pages(town: Town) -> None:
    case = await a_case(town)
    async with town.work(town.caseworker) as session:
        made = [
            (await actions.write_note(session, town.caseworker, case.id, WriteNote(text=f"{n}")))[0].id
            for n in range(3)
        ]
        first = await queries.notes(session, case, Ask(town.caseworker.user_id, 2))
        rest = await queries.notes(session, case, Ask(town.caseworker.user_id, 2, first[2].id))

    assert [note.id for note in (*first[:2], *rest)] == sorted(made, reverse=True)


async def test_the_counts_around_a_case_are_its_own(town: Town) -> None:
    case = await a_full_case(town)
    await a_full_case_of_another(town)
    async with town.work(town.caseworker) as session:
        late = AddTask(kind_code="call", due_on=clock.today() - timedelta(1))
        await actions.add_task(session, town.caseworker, case.id, late)
        facts = await queries.facts(session, case)

    assert facts._asdict() | {"survivor_code": ""} == {
        "survivor_code": "",
        "open_tasks": 2,
        "overdue_tasks": 1,
        "notes": 1,
        "approvals_waiting": 1,
    }


async def a_full_case_of_another(town: Town) -> None:
    other = await a_case(town, given_name="Leyla")
    async with town.work(town.caseworker) as session:
        await actions.write_note(session, town.caseworker, other.id, WriteNote(text="Elsewhere"))


async def test_a_new_owner_finds_everything_where_it_was(town: Town) -> None:
    case = await a_full_case(town)
    async with town.work(town.supervisor) as session:
        to = {"owner_id": town.colleague.user_id, "team_id": town.north.id}
        given = AssignCase.model_validate(to)
        await actions.assign(session, town.supervisor, case.id, case.version, given)

    async with town.work(town.colleague) as session:
        grant = town.colleague.grant(Permission.CASE_READ)
        found = await queries.get(session, grant, case.id)
        assert len(await queries.notes(session, found, Ask(town.colleague.user_id))) == 1
        assert len(await queries.tasks_mine(session, grant, Ask(town.colleague.user_id), None)) == 1
    async with town.work(town.caseworker) as session:
        left = await session.exec(select(Task).where(col(Task.case_id) == case.id))
        assert left.all() == []

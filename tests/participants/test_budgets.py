"""What is asked all day is asked in few statements: the attendance of sixty, a page of a programme of 500."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.core.ids import new_id
from app.core.pages import Page
from app.milestones.models import Milestone
from app.milestones.states import Status as Reached
from app.participants.schemas import EnrolmentOut
from tests.factories import signed
from tests.participants.factories import Club
from tests.programmes.factories import Sport
from tests.referrals.test_queries import counted

MOST, OF_A_PAGE = 6, 2  # performance.md


@pytest.fixture
async def club(connection: AsyncConnection) -> Club:
    return await Club(await Sport(connection).build()).build()


async def test_the_attendance_of_sixty_takes_five_statements_with_its_key(
    club: Club, client: AsyncClient, connection: AsyncConnection
) -> None:
    rows, me = await club.crowd(60), club.me
    first, second = await club.training(-3), await club.training(-2)
    await club.note(first, *rows)  # from here on nobody comes for the first time
    body = {"people": [{"enrolment_id": str(row.id), "status_code": "present"} for row in rows]}
    key = {"idempotency-key": str(new_id())}

    async def ask(version: int, **more: str) -> Any:
        path = f"/sessions/{second.id}/attendance"
        return await client.put(path, json=body, headers=signed(me, version) | more)

    async with counted(connection) as lines:
        answer = await ask(1)
    async with counted(connection) as keyed:
        again = await ask(2, **key)
    same = await ask(2, **key)
    stale = await ask(1)

    assert answer.status_code == 200, answer.text
    assert len(lines) <= 4 < MOST, lines
    assert len(keyed) <= MOST, keyed
    assert answer.headers["etag"] == '"2"'
    assert len(answer.json()["people"]) == 60
    assert len(answer.json()["not_cleared"]) == 60
    assert (again.json(), stale.status_code) == (same.json(), 412)


async def test_a_page_of_five_hundred_takes_two_statements_and_pages_miss_nobody(
    club: Club, client: AsyncClient, connection: AsyncConnection
) -> None:
    await club.crowd(500)
    path, cursor, seen = f"/programmes/{club.programme.id}/enrolments?limit=200", "", []

    for many in (200, 200, 101):
        async with counted(connection) as lines:
            answer = await client.get(f"{path}{cursor}", headers=signed(club.me))
        assert answer.status_code == 200, answer.text
        page = Page[EnrolmentOut].model_validate_json(answer.content)
        assert (len(page.items), len(lines)) == (many, OF_A_PAGE), lines
        seen += [each.id for each in page.items]
        cursor = f"&cursor={page.next_cursor}"
    unknown = await client.get(f"/programmes/{new_id()}/enrolments", headers=signed(club.me))

    assert page.next_cursor is None
    assert (len(set(seen)), seen) == (501, sorted(seen))
    assert unknown.status_code == 404


async def test_the_first_time_of_many_takes_as_many_statements_as_of_few(
    club: Club, connection: AsyncConnection
) -> None:
    """Whom a session shows for the first time reaches a step: all of them together."""
    rows = await club.crowd(40)
    taken = []
    for after, people in ((-9, rows[:3]), (-8, rows[3:40])):
        training = await club.training(after)
        async with counted(connection) as lines:
            await club.note(training, *people)
        taken.append(len(lines))

    assert max(taken) < 20, taken  # a driver that meets a type for the first time asks for it
    async with club.town.work(club.town.coordinator) as session:
        tried = select(Milestone).where(Milestone.definition_code == "sport_tried")
        found = (await session.exec(tried)).all()
    assert len(found) == 40
    assert {(one.status, one.fact_code) for one in found} == {(Reached.ACHIEVED, "attendance")}

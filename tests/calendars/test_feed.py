"""A person's own calendar: what stands in it, what never does, and who may read it until when."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from icalendar import Calendar
from sqlmodel import col, select

from app.access.actor import Actor
from app.accounts.models import Membership, Standing, User
from app.appointments.states import Action as Booking
from app.calendars import rules
from app.calendars.models import CalendarFeed
from app.cases import actions as cases
from app.cases.models import Case
from app.cases.schemas import AddTask, FinishTask
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.referrals.states import Status
from app.survivors.models import Survivor
from tests.appointments.factories import ABOUT, WHERE, WITH, an_appointment, stepped
from tests.cases.factories import a_case, events
from tests.factories import Town, signed
from tests.referrals.factories import Post, a_post

SECRETIVE = "Tell nobody where she lives"


async def a_full_week(town: Town) -> Post:
    """A visit with a date, a task with a text, one that is done, one that is far away."""
    post = await a_post(town)
    await post.referral(at=Status.SCHEDULED)
    me = town.caseworker
    async with town.work(me) as session:
        for kind, days in (("visit", 2), ("call", 1), ("other", 400)):
            task = AddTask(kind_code=kind, text=SECRETIVE, due_on=clock.today() + timedelta(days=days))
            work, _ = await cases.add_task(session, me, post.case_id, task)
            if kind == "call":
                await cases.finish_task(session, me, post.case_id, work.task.id, 1, FinishTask())
    return post


async def opened(client: AsyncClient, who: Actor) -> str:
    answer = await client.post("/calendar-feed", json={}, headers=signed(who))
    assert answer.status_code == 200, answer.text
    path: str = answer.json()["path"]
    return path


async def read(client: AsyncClient, path: str, tag: str | None = None) -> Any:
    return await client.get(f"http://house{path}", headers={"if-none-match": tag} if tag else {})


def shown(text: str) -> list[tuple[str, Any]]:
    events: list[Any] = list(Calendar.from_ical(text).events)
    return [(str(event["summary"]), event["dtstart"].dt) for event in events]


def only(text: str) -> Any:
    (event,) = Calendar.from_ical(text).events
    return event


async def test_it_holds_tasks_and_visits_by_kind_and_code_and_nothing_of_a_person(
    client: AsyncClient, town: Town
) -> None:
    post = await a_full_week(town)
    async with town.work(town.coordinator) as session:
        case = (await session.exec(select(Case).where(Case.id == post.case_id))).one()
        person = (await session.exec(select(Survivor).where(Survivor.id == case.survivor_id))).one()

    answer = await read(client, await opened(client, town.caseworker))

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"] == "private, no-cache"
    task, visit = sorted(shown(answer.text))
    assert task == (f"Home visit {person.code}", clock.today() + timedelta(days=2))
    assert visit[0].startswith("Visit ")
    for word in (SECRETIVE, "Aygün", "Məmmədova", str(person.id), "Workshop", "az_fuz", "prosthetics"):
        assert word not in answer.text
    (event,) = await events(town, "calendar.read")
    assert (event.user_id, len(event.object_ids)) == (town.caseworker.user_id, 2)


async def test_it_holds_meetings_by_kind_and_length_and_not_what_they_are_about(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    one = await an_appointment(town, case, hours=30, facility_id=str(town.workshop.id))
    gone = [await an_appointment(town, case, hours=hours) for hours in (-24 * 20, 20)]
    await stepped(town, gone[1], Booking.CANCEL)
    path = await opened(client, town.caseworker)

    text = (await read(client, path)).text

    event = only(text)
    assert str(event["summary"]).startswith("Visit to another place ")
    assert (event["dtstart"].dt, event["duration"].dt) == (one.starts_at, timedelta(minutes=45))
    for word in (WITH, WHERE, ABOUT, "N4711", "medical", "Medical", "Workshop", "Məmmədova"):
        assert word not in text
    await stepped(town, one, Booking.RESCHEDULE)
    again = only((await read(client, path)).text)
    assert (again["uid"], again["sequence"]) == (event["uid"], event["sequence"] + 1)
    for who in (town.colleague, town.supervisor, town.provider, town.sports):
        assert shown((await read(client, await opened(client, who))).text) == []


async def test_a_facility_sees_its_visits_and_a_colleague_nothing(client: AsyncClient, town: Town) -> None:
    await a_full_week(town)

    found = {
        name: len(shown((await read(client, await opened(client, getattr(town, name)))).text))
        for name in ("provider", "other_provider", "colleague", "supervisor", "coordinator")
    }

    assert found == {"provider": 1, "other_provider": 0, "colleague": 0, "supervisor": 0, "coordinator": 0}
    for who in (town.analyst, town.administrator, town.auditor):
        assert (await client.post("/calendar-feed", json={}, headers=signed(who))).status_code == 403


async def test_the_same_content_is_sent_once(client: AsyncClient, town: Town) -> None:
    post = await a_full_week(town)
    path = await opened(client, town.caseworker)
    first = await read(client, path)

    again = await read(client, path, first.headers["etag"])
    async with town.work(town.caseworker) as session:
        task = AddTask(kind_code="call", due_on=clock.today())
        await cases.add_task(session, town.caseworker, post.case_id, task)
    changed = await read(client, path, first.headers["etag"])

    assert (again.status_code, again.text) == (304, "")
    assert (changed.status_code, len(shown(changed.text))) == (200, 3)


async def test_the_address_is_rotated_and_revoked_and_only_its_hash_is_kept(
    client: AsyncClient, town: Town
) -> None:
    first, second = [await opened(client, town.caseworker) for _ in range(2)]
    secret = second.removeprefix("/calendars/own/").removesuffix(".ics")
    async with town.work(town.caseworker) as session:
        (feed,) = (await session.exec(select(CalendarFeed))).all()
    known = (await client.get("/calendar-feed", headers=signed(town.caseworker))).json()

    assert feed.secret_hash == rules.secret_hash(secret)
    assert secret not in repr(feed.model_dump())
    assert len(secret) >= 43
    assert list(known) == ["opened_at"]
    assert known["opened_at"]
    assert [(await read(client, path)).status_code for path in (first, second)] == [404, 200]
    for _ in range(2):
        gone = await client.delete("/calendar-feed", headers=signed(town.caseworker))
        assert gone.status_code == 204
    assert (await read(client, second)).json()["code"] == "calendar-void"
    after = (await client.get("/calendar-feed", headers=signed(town.caseworker))).json()
    assert after == {"opened_at": None}


@pytest.mark.parametrize("gone", ["left", "disabled", "never was", "too long"])
async def test_who_works_here_no_more_has_no_calendar(client: AsyncClient, town: Town, gone: str) -> None:
    path = await opened(client, town.caseworker)
    async with unit_of_work(town.database, GATE) as session:
        if gone == "left":
            mine = sa.update(Membership).where(col(Membership.id) == town.caseworker.membership_id)
            await session.exec(mine.values(ended_at=clock.now()))
        if gone == "disabled":
            me = sa.update(User).where(col(User.id) == town.caseworker.user_id)
            await session.exec(me.values(standing=Standing.DISABLED))
    wrong = {"never was": "/calendars/own/made-up.ics", "too long": f"/calendars/own/{'x' * 5000}.ics"}

    answer = await read(client, wrong.get(gone, path))

    assert (answer.status_code, answer.json()["code"]) == (404, "calendar-void")


async def test_it_is_read_so_often_an_hour_and_not_more(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_READS", 3)
    path, other = await opened(client, town.caseworker), await opened(client, town.colleague)

    answers = [await read(client, path) for _ in range(4)]
    async with unit_of_work(town.database, GATE) as session:
        await session.exec(sa.update(CalendarFeed).values(hour_at=clock.now() - timedelta(minutes=61)))

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "3600"
    assert [(await read(client, each)).status_code for each in (path, other)] == [200, 200]


async def test_the_secret_is_in_no_log(
    client: AsyncClient, town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when it is read, nor when it is refused, nor when reading it fails."""
    caplog.set_level(logging.DEBUG)
    path = await opened(client, town.caseworker)
    secret = path.removeprefix("/calendars/own/").removesuffix(".ics")
    await read(client, path)
    await client.get(f"http://house{path}x")
    await client.post(f"http://house{path}")

    async def broken(*_: Any) -> bytes:
        raise RuntimeError(f"at {path}")

    monkeypatch.setattr("app.calendars.actions.read", broken)
    assert (await read(client, path)).status_code >= 500

    ours = [record for record in caplog.records if record.name.startswith(("dayaq", "uvicorn", "app"))]
    assert any("/calendars/own/{secret}.ics" in record.getMessage() for record in ours)
    assert [record for record in ours if secret in record.getMessage() + str(record.exc_info or "")] == []


async def test_the_database_itself_shows_nobody_the_address_of_another(
    client: AsyncClient, town: Town
) -> None:
    await opened(client, town.caseworker)

    for who in (town.colleague, town.supervisor, town.coordinator, town.administrator):
        async with town.work(who) as session:
            assert (await session.exec(select(CalendarFeed))).all() == []

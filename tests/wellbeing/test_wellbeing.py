"""The WHO-5 score beside attendance and mobility: while the person agrees, the score alone, then no more."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.access.actor import CALENDAR, Actor
from app.core import clock
from app.core.errors import NotFound
from app.core.ids import new_id
from app.psychosocial.models import Screening
from app.survivors import queries as survivors
from app.wellbeing import jobs
from app.wellbeing.models import WellbeingConsent, WellbeingScore
from tests.cases.factories import events
from tests.factories import Town, signed
from tests.journeys.payloads import day, wellbeing_consent
from tests.psychosocial.factories import referred, screened
from tests.referrals.factories import Post

Json = dict[str, Any]
ITEMS = ("q1", "q2", "q3", "q4", "q5")


def answers(*values: int) -> dict[str, int]:
    return dict(zip(ITEMS, values, strict=True))


class Room:
    """A person whom the counsellor asked twice how they are."""

    def __init__(self, client: AsyncClient, town: Town) -> None:
        self.client, self.town = client, town

    async def filled(self) -> "Room":
        self.post, self.case = await referred(self.town)
        await self.ask(-40, 1, 1, 1, 1, 1)  # 20: a band that names depression
        await self.ask(-10, 3, 3, 2, 2, 3)  # 52
        await screened(self.town, self.town.counsellor, self.case)  # PHQ-9
        return self

    async def ask(self, after: int, *said: int) -> None:
        who = self.town.counsellor
        given = {"answers": answers(*said), "assessed_on": day(after)}
        await screened(self.town, who, self.case, "who_5", **given)

    async def agree(self, who: Actor | None = None, **more: Any) -> Response:
        path = f"/cases/{self.case.id}/wellbeing-consents"
        headers = signed(who or self.town.counsellor)
        return await self.client.post(path, json=wellbeing_consent(**more), headers=headers)

    async def agreed(self, **more: Any) -> Json:
        answer = await self.agree(**more)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def take_back(self, one: Json, who: Actor, version: int = 1) -> Response:
        path = f"/cases/{self.case.id}/wellbeing-consents/{one['id']}/withdraw"
        return await self.client.post(path, json={}, headers=signed(who, version))

    async def seen(self, who: Actor | None = None) -> list[Json]:
        answer = await self.read(who=who)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["wellbeing"]
        return found

    async def read(self, what: str = "", who: Actor | None = None) -> Response:
        path = f"/cases/{self.case.id}/participation{what}"
        return await self.client.get(path, headers=signed(who or self.town.caseworker))

    async def rows(self, who: Actor, table: Any = WellbeingScore) -> list[Any]:
        """What the database itself shows, as if a query had forgotten who asks."""
        async with self.town.work(who) as session:
            return list((await session.exec(select(table))).all())


@pytest.fixture
async def room(client: AsyncClient, town: Town) -> Room:
    return await Room(client, town).filled()


async def test_without_the_persons_word_nobody_sees_a_score(room: Room) -> None:
    assert await room.seen() == []
    assert await room.rows(room.town.coordinator) == []


async def test_the_score_alone_is_seen_in_the_order_of_its_days_also_what_comes_later(room: Room) -> None:
    one = await room.agreed()
    before = await room.seen()
    await room.ask(0, 4, 4, 4, 4, 4)

    told = await room.read()
    paper = await room.read(".html?language=az")

    assert before == [{"on": day(-40), "score": 20.0}, {"on": day(-10), "score": 52.0}]
    assert told.json()["wellbeing"] == [*before, {"on": day(0), "score": 80.0}]
    assert await room.seen(room.town.supervisor) == told.json()["wellbeing"]
    for word in ("depression", "likely_depression", "q1", "phq_9", "poor", "answers"):
        assert word not in told.text
    assert ("Rifah (WHO-5)" in paper.text, "<td>52</td>" in paper.text) == (True, True)
    assert "depres" not in paper.text
    assert one["is_live"]
    (event,) = await events(room.town, "wellbeing.open")
    assert (event.user_id, event.field_class) == (room.town.counsellor.user_id, "mental_health")
    assert {each.field_class for each in await events(room.town, "participation.read")} == {"mental_health"}


async def test_what_is_copied_stands_sealed_and_the_rest_stays_in_the_compartment(room: Room) -> None:
    await room.agreed()

    found = await room.rows(room.town.caseworker)
    assert len(found) == 2
    assert not {one.score for one in found} & {b"20", b"52", b"20.0", b"52.0"}
    assert await room.rows(room.town.caseworker, Screening) == []
    async with room.town.work(room.town.caseworker) as session:
        box = await survivors.box(session, room.case.survivor_id)
    opened = {box.read("wellbeing_score", "score", one.id, one.score) for one in found}
    assert opened == {"20", "52"}


@pytest.mark.parametrize("who", ["counsellor", "caseworker", "supervisor", "coordinator"])
async def test_whoever_the_person_tells_takes_it_back_and_no_copy_is_left(room: Room, who: str) -> None:
    one, actor = await room.agreed(), getattr(room.town, who)

    answer = await room.take_back(one, actor)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["is_live"], answer.json()["withdrawn_by_id"]) == (False, str(actor.user_id))
    assert await room.seen() == []
    for each in (room.town.counsellor, room.town.coordinator):
        assert await room.rows(each) == []
    await room.ask(0, 5, 5, 5, 5, 5)
    assert await room.seen() == []
    assert (await room.take_back(one, actor)).status_code == 412
    over = await room.take_back(one, actor, 2)
    assert (over.status_code, over.json()["code"]) == (409, "wellbeing-over")
    await room.agreed()
    assert len(await room.seen()) == 3


async def test_only_the_counsellor_records_it_and_only_of_whom_they_were_told(room: Room) -> None:
    town = room.town
    for who in (town.caseworker, town.supervisor, town.coordinator, town.provider, town.sports):
        assert (await room.agree(who)).status_code == 403
    post = Post(town, room.post.case_id, room.post.survivor_id)
    assert post.case_id == room.case.id
    for consent in set(room.post.consents.values()):
        await room.post.withdraw(consent)
    assert (await room.agree()).status_code == 404
    assert await room.rows(town.coordinator, WellbeingConsent) == []


async def test_an_organiser_of_sport_never_sees_it(room: Room) -> None:
    await room.agreed()
    who = room.town.sports

    refused = [
        await room.read(who=who),
        await room.read(".html", who=who),
        await room.client.get(f"/cases/{room.case.id}/wellbeing-consents", headers=signed(who)),
    ]

    assert [answer.status_code for answer in refused] == [403] * 3
    for each in (who, room.town.provider, room.town.other_provider, room.town.outsider):
        assert await room.rows(each) == await room.rows(each, WellbeingConsent) == []


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"given_by_code": "caregiver", "child_assent": "yes"}, "/given_by_code", "not_at_this_age"),
        ({"valid_until": day(367)}, "/valid_until", "too_far_ahead"),
        ({"valid_until": day(-1)}, "", "ends_before_it_begins"),
        ({"given_on": day(2), "valid_until": day(9)}, "/given_on", "in_the_future"),
        ({"mode_code": "telepathy"}, "/mode_code", "not_in_code_list"),
    ],
)
async def test_an_act_that_does_not_hold_is_refused(
    room: Room, changes: Json, pointer: str, code: str
) -> None:
    answer = await room.agree(**changes)

    assert answer.status_code == 422, answer.text
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
    assert await room.rows(room.town.coordinator, WellbeingConsent) == []


async def test_it_is_agreed_once_and_the_same_act_again_is_the_one_that_exists(room: Room) -> None:
    mine = str(new_id())
    first, again = await room.agree(id=mine), await room.agree(id=mine)
    other, second = await room.agree(id=mine, mode_code="oral_witnessed"), await room.agree()

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert other.status_code in (409, 422)
    assert (second.status_code, second.json()["code"]) == (409, "wellbeing-open")
    assert len(await room.seen()) == 2


async def test_after_its_last_day_it_is_seen_no_more_and_the_night_deletes_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await room.agreed(valid_until=day(30))
    monkeypatch.setattr(clock, "today", lambda: clock.day_of(clock.now()) + timedelta(days=31))
    assert await room.seen() == []
    listed = await room.client.get(
        f"/cases/{room.case.id}/wellbeing-consents", headers=signed(room.town.caseworker)
    )
    assert [(each["id"], each["is_live"]) for each in listed.json()["items"]] == [(one["id"], False)]

    assert [await jobs.forget(room.town.database), await jobs.forget(room.town.database)] == [1, 0]

    monkeypatch.undo()
    assert await room.rows(room.town.coordinator) == []
    (event,) = await events(room.town, "wellbeing.expire")
    assert event.user_id == CALENDAR.user_id


async def test_the_database_lets_nobody_else_write_change_or_keep_a_copy(room: Room) -> None:
    one = await room.agreed()
    town, copy = room.town, "created_at, version, owner_id, team_id, case_id, consent_id, gen_random_uuid()"
    copied = f"select gen_random_uuid(), {copy}, assessed_on, score from wellbeing_score"
    attempts = {
        "delete from wellbeing_score": (town.caseworker, town.counsellor),
        "update wellbeing_score set assessed_on = assessed_on": (town.counsellor,),
        "update wellbeing_consent set valid_until = '2099-01-01'": (town.counsellor, town.coordinator),
        f"insert into wellbeing_score {copied}": (town.caseworker,),
    }
    for statement, people in attempts.items():
        for who in people:
            with pytest.raises((NotFound, DBAPIError)):
                await run(room.town, who, statement)
    lie = "update wellbeing_consent set withdrawn_at = now(), withdrawn_by_id = :somebody"
    with pytest.raises((NotFound, DBAPIError)):
        await run(room.town, room.town.caseworker, lie, somebody=room.town.counsellor.user_id)
    assert len(await room.seen()) == 2
    assert (await room.take_back(one, room.town.caseworker)).status_code == 200


async def run(town: Town, who: Actor, statement: str, **given: Any) -> None:
    async with town.work(who) as session:
        await (await session.connection()).execute(sa.text(statement), given)

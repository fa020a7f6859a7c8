"""The queue in fair order, its load for the directory, and how well a facility answers."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlmodel import col, select

from app.access.actor import CALENDAR, Actor
from app.core import clock
from app.core.db import unit_of_work
from app.organisations.models import Facility, ServiceLoad, ServiceOffer
from app.referrals import jobs
from app.referrals.models import Referral
from app.referrals.states import Action, Party, Status
from app.referrals.waiting import QueueOut
from tests.cases.factories import events
from tests.factories import KEEPER, Town, signed
from tests.referrals.factories import Post, a_post

DAY = timedelta(days=1)


async def aged(town: Town, referral: Referral, days: int, **more: Any) -> Referral:
    """As if it had been sent so many days ago."""
    async with town.work(CALENDAR) as session:
        values = {"sent_at": clock.now() - DAY * days} | more
        await session.exec(sa.update(Referral).where(col(Referral.id) == referral.id).values(values))
    return referral


async def queue(client: AsyncClient, town: Town, actor: Actor, query: str = "") -> Any:
    path = f"/facilities/{town.workshop.id}/queue{query}"
    answer = await client.get(path, headers=signed(actor))
    assert answer.status_code == 200, answer.text
    return QueueOut.model_validate_json(answer.content)


async def test_the_most_urgent_is_first_then_who_has_waited_longest(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    made: dict[str, UUID] = {}
    for name, priority, days in (
        ("b", "normal", 9),
        ("a", "normal", 30),
        ("u", "urgent", 2),
        ("e", "emergency", 0),
    ):
        one = await post.referral(at=Status.ACCEPTED, priority_code=priority)
        made[name] = (await aged(town, one, days)).id
    await post.referral()  # not taken on yet
    await post.referral(at=Status.SCHEDULED)  # has its date

    for actor in (town.provider, town.counsellor, town.coordinator):
        found = await queue(client, town, actor)
        assert [row.id for row in found.items] == [made[name] for name in "euab"]
        assert [row.place for row in found.items] == [1, 2, 3, 4]
        assert ([row.waited_days for row in found.items], found.waiting) == ([0, 2, 30, 9], 4)

    normal = await post.now(made["b"])
    await post.step(normal, Action.PRIORITISE, Party.RECEIVER)
    found = await queue(client, town, town.provider, "?limit=2")
    assert [row.id for row in found.items] == [made["b"], made["e"]]
    assert (
        found.waiting,
        len((await queue(client, town, town.provider, "?service=physiotherapy")).items),
    ) == (4, 0)
    line = (await events(town, "referral.list"))[-2]
    assert set(line.object_ids) == {made["b"], made["e"]}


async def test_another_facilitys_queue_does_not_exist_and_who_sends_has_none(
    client: AsyncClient, town: Town
) -> None:
    await (await a_post(town)).referral(at=Status.ACCEPTED)
    for way in ("queue", "measures"):
        path = f"/facilities/{town.workshop.id}/{way}"
        assert (await client.get(path, headers=signed(town.other_provider))).status_code == 404
        assert (await client.get(path, headers=signed(town.caseworker))).status_code == 403


async def measures(client: AsyncClient, town: Town, query: str = "") -> Any:
    path = f"/facilities/{town.workshop.id}/measures{query}"
    answer = await client.get(path, headers=signed(town.provider))
    return answer.json() if answer.status_code == 200 else answer


async def test_measures_count_what_was_answered_in_time_served_and_reported(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    early = await post.referral(at=Status.COMPLETED)
    await aged(town, early, 10, started_at=clock.now() - DAY * 4, answer_by=clock.now() + DAY)
    late = await post.referral(at=Status.DECLINED)
    await aged(town, late, 20, answer_by=clock.now() - DAY * 5)
    await aged(town, await post.referral(), 9, answer_by=clock.now() - DAY)
    await aged(town, await post.referral(at=Status.NO_SHOW), 800)
    taken_back = await post.referral(at=Status.CANCELLED)  # in time: nobody was to answer any more
    await aged(town, taken_back, 9, answer_by=clock.now() - DAY, ended_at=clock.now() - 2 * DAY)
    too_late = await post.referral(at=Status.REVOKED)
    await aged(town, too_late, 9, answer_by=clock.now() - 2 * DAY, ended_at=clock.now() - DAY)

    found = await measures(client, town)

    assert found == found | {
        "sent": 5,
        "answered": 2,
        "answered_in_time": 1,
        "not_answered_in_time": 3,
        "declined": 1,
        "begun": 1,
        "missed": 0,
        "loops_closed": 1,
        "by_hand": 0,
        "median_days_to_service": 6,
    }
    long_ago = await measures(client, town, "?since=2020-01-01")
    assert (long_ago["sent"], long_ago["missed"]) == (6, 1)
    backwards = await measures(client, town, "?since=2026-03-02&until=2026-03-01")
    odd = await measures(client, town, "?until=0001-01-01")
    assert (backwards.json()["errors"][0]["code"], odd.status_code) == ("until_before_since", 422)


async def test_what_was_sent_after_midnight_here_counts_before_it_is_midnight_in_greenwich(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await a_post(town)
    late = datetime.combine(clock.today(), time(21, 30), UTC)  # half past one of the next day in Baku
    await aged(town, await post.referral(), 0, sent_at=late)
    monkeypatch.setattr(clock, "now", lambda: late)

    assert (await measures(client, town))["sent"] == 1


async def found(client: AsyncClient, town: Town, query: str, service: str = "prosthetics") -> Any:
    answer = await client.get(
        f"/service-offers/search?service={service}{query}", headers=signed(town.caseworker)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def placed(town: Town, **places: tuple[float, float]) -> None:
    """Where these facilities stand, and that all of them fit limbs."""
    async with unit_of_work(town.database, KEEPER) as session:
        for name, (latitude, longitude) in places.items():
            where = col(Facility.id) == getattr(town, name).id
            await session.exec(
                sa.update(Facility).where(where).values(latitude=latitude, longitude=longitude)
            )
        session.add(
            ServiceOffer(
                facility_id=town.club.id,
                service_code="prosthetics",
                monthly_capacity=0,
                district_codes=["az_ga", "az_ba"],
            )
        )


async def test_who_helps_is_found_by_distance_wait_free_places_and_district(
    client: AsyncClient, town: Town
) -> None:
    await placed(town, workshop=(40.3777, 49.8920), club=(40.6828, 46.3606))
    post = await a_post(town)
    for days in range(5):
        one = await post.referral(at=Status.IN_PROGRESS)
        await aged(town, one, 20 + days)
    await post.referral(at=Status.ACCEPTED)
    assert await jobs.measure_load(town.database) > 0
    assert await jobs.measure_load(town.database) > 0  # again counts anew and adds nothing
    near_ganja = "&latitude=40.7&longitude=46.4"
    names = {str(town.workshop.id): "workshop", str(town.club.id): "club"}

    def order(items: Any) -> list[str]:
        return [names[item["facility"]["id"]] for item in items]

    by_distance = await found(client, town, near_ganja)
    shop = next(one for one in by_distance if names[one["facility"]["id"]] == "workshop")
    assert order(by_distance) == ["club", "workshop"]
    assert by_distance[0]["distance_km"] < 10 < 250 < by_distance[1]["distance_km"]
    assert (shop["waiting"], shop["forecast_days"], shop["median_wait_days"]) == (1, 36, 22)
    assert (shop["free_places"], by_distance[0]["free_places"], by_distance[0]["waiting"]) == (None, 0, None)
    assert order(await found(client, town, f"{near_ganja}&sort=wait")) == ["workshop", "club"]
    assert order(await found(client, town, f"{near_ganja}&within_km=50")) == ["club"]
    assert order(await found(client, town, "&free=true")) == ["workshop"]
    assert order(await found(client, town, "&district=az_la")) == ["workshop"]
    assert sorted(order(await found(client, town, "&district=az_ga"))) == ["club", "workshop"]
    assert await found(client, town, "", "eye_care") == []
    async with town.work(town.caseworker) as session:
        assert len((await session.exec(select(ServiceLoad))).all()) == 1


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("&latitude=40", "/longitude"),
        ("&latitude=91&longitude=40", "/latitude"),
        ("&within_km=5", "/latitude"),
        ("&sort=colour", "/sort"),
        ("&district=az_xx", "/district"),
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(
    client: AsyncClient, town: Town, query: str, pointer: str
) -> None:
    path = f"/service-offers/search?service=prosthetics{query}"
    answer = await client.get(path, headers=signed(town.caseworker))
    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]


async def test_nobody_but_the_job_counts_for_the_directory(town: Town) -> None:
    post: Post = await a_post(town)
    await post.referral(at=Status.ACCEPTED)
    await jobs.measure_load(town.database)
    for actor in (town.provider, town.caseworker):
        async with town.work(actor) as session:
            changed = await session.exec(sa.update(ServiceLoad).values(waiting=0))
            assert changed.rowcount == 0

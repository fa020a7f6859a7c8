"""From the outbox to whom it is for: each way once, nothing lost, a double known as one."""

import asyncio
import json
from datetime import time, timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

import app.models
from app.core import clock
from app.core.db import Held, unit_of_work
from app.core.ids import new_id
from app.couriers import jobs, rules, signing
from app.couriers.models import Channel, Delivery
from app.couriers.parcels import Fault
from app.couriers.queries import COURIER
from app.couriers.signing import Verdict
from app.notifications import actions as notifications
from app.notifications.models import Notification
from app.referrals.states import Action, Party, Status
from tests.conftest import web
from tests.couriers.factories import Ways, deliveries, hook, pass_by, prefer
from tests.factories import Town, signed
from tests.referrals.factories import TEXT, a_post

assert app.models.__all__
AT_ONCE = {"email": "aysel@example.org", "email_kinds": ["referral_send", "referral_accept"]}
LATER = timedelta(days=3)


async def told(town: Town, kind: str = "referral.accept") -> None:
    """The caseworker is told of something."""
    async with town.work(town.caseworker) as session:
        notifications.tell_person(session, town.caseworker.user_id, kind, new_id())


async def out(town: Town, ways: Ways) -> None:
    """Everything that can go out now does."""
    await jobs.hand_on(town.database, ways)
    while await jobs.carry(town.database, ways):
        continue


@pytest.mark.usefixtures("allowed")
async def test_a_facility_is_told_by_its_people_and_its_system_and_nobody_else(
    client: AsyncClient, town: Town
) -> None:
    await prefer(client, town.provider, **AT_ONCE)
    await prefer(client, town.other_provider, **AT_ONCE | {"email": "other@example.org"})
    await prefer(client, town.caseworker, **AT_ONCE | {"email": "sender@example.org"})
    made, ways = await hook(client, town), Ways()
    post = await a_post(town)
    referral = await post.referral()

    await out(town, ways)

    [letter], [message] = ways.by(Channel.EMAIL), ways.by(Channel.WEBHOOK)
    assert (letter.to, letter.subject) == ("aysel@example.org", "Dayaq: A referral has come in")
    header = signing.sign(message.key, message.key_id, message.body, clock.now())
    assert (
        signing.judge({made["key_id"]: made["key"]}, header, message.body, clock.now(), set()) is Verdict.NEW
    )
    assert json.loads(message.body) == json.loads(message.body) | {
        "id": message.name,
        "kind": "referral.send",
        "record_id": str(referral.id),
    }
    everything = letter.text + letter.subject + message.body.decode()
    hidden = [post.case_id, post.survivor_id, town.caseworker.user_id, referral.code, TEXT]
    assert [each for each in hidden if str(each) in everything] == []

    await post.step(referral, Action.ACCEPT, Party.RECEIVER)
    await out(town, ways)
    assert [parcel.to for parcel in ways.by(Channel.EMAIL)] == ["aysel@example.org", "sender@example.org"]
    assert len(ways.by(Channel.WEBHOOK)) == 1


async def test_who_said_nothing_is_told_in_the_app_alone(town: Town) -> None:
    await told(town)
    await out(town, ways := Ways())
    assert (ways.taken, await deliveries(town)) == ([], [])
    assert await jobs.hand_on(town.database, ways) == 0


async def test_what_is_not_taken_is_tried_again_and_given_up_and_sent_by_hand(
    client: AsyncClient, town: Town
) -> None:
    await prefer(client, town.caseworker, **AT_ONCE)
    await told(town)
    ways = Ways()
    ways.fault = Fault("status_503")
    for tries in range(1, len(rules.BACK_OFF) + 2):
        await out(town, ways)
        [one] = await deliveries(town)
        assert (one.tries, one.fault, one.held_until, one.sent_at) == (tries, "status_503", None, None)
        assert (one.dead_at is None) == (tries <= len(rules.BACK_OFF))
        await pass_by(town, LATER)
    ways.fault = None
    await out(town, ways)
    assert ways.taken == []

    admin = town.administrator
    [dead] = (await client.get("/deliveries?dead=true", headers=signed(admin))).json()["items"]
    path = f"/deliveries/{dead['id']}/send-again"
    stale = await client.post(path, headers=signed(admin, dead["version"] + 1))
    again = await client.post(path, headers=signed(admin, dead["version"]))
    await out(town, ways)
    twice = await client.post(path, headers=signed(admin, again.json()["version"] + 2))

    assert (stale.status_code, again.status_code, twice.json()["code"]) == (412, 200, "delivery-not-dead")
    assert [parcel.name for parcel in ways.taken] == [dead["id"]]
    [sent] = await deliveries(town)
    assert (sent.dead_at, sent.tries, bool(sent.sent_at)) == (None, 1, True)


async def test_what_will_never_be_taken_is_given_up_at_once(client: AsyncClient, town: Town) -> None:
    await prefer(client, town.caseworker, **AT_ONCE)
    await told(town)
    ways = Ways()
    ways.fault = Fault("smtp_550", final=True)
    await out(town, ways)
    [one] = await deliveries(town)
    assert (one.tries, one.fault, bool(one.dead_at)) == (1, "smtp_550", True)


async def test_a_worker_that_dies_while_it_sends_leaves_it_to_the_next_under_the_same_id(
    client: AsyncClient, town: Town
) -> None:
    await prefer(client, town.caseworker, **AT_ONCE)
    await told(town)
    ways = Ways()
    ways.fault = asyncio.CancelledError()
    await jobs.hand_on(town.database, ways)
    with pytest.raises(asyncio.CancelledError):
        await jobs.carry(town.database, ways)
    ways.fault = None

    assert await jobs.carry(town.database, ways) == 0  # somebody may still be at it
    await pass_by(town, jobs.HOLD)
    assert await jobs.carry(town.database, ways) == 1

    [one] = await deliveries(town)
    assert [parcel.name for parcel in ways.taken] == [str(one.id)]
    assert (one.tries, bool(one.sent_at)) == (2, True)


async def test_who_comes_back_too_late_settles_nothing(client: AsyncClient, town: Town) -> None:
    """A worker that was thought dead must not undo what another one did."""
    await prefer(client, town.caseworker, **AT_ONCE)
    await told(town)
    slow, quick = Ways(), Ways()
    await jobs.hand_on(town.database, slow)

    async def meanwhile(_: object) -> None:
        await pass_by(town, jobs.HOLD)
        assert await jobs.carry(town.database, quick) == 1
        raise Fault("timeout", final=True)

    slow[Channel.EMAIL] = meanwhile
    assert await jobs.carry(town.database, slow) == 0

    [one] = await deliveries(town)
    assert (bool(one.sent_at), one.dead_at, one.fault) == (True, None, None)


async def test_one_letter_a_day_tells_of_all_that_was_not_read_meanwhile(
    client: AsyncClient, town: Town
) -> None:
    said = {"email": "aysel@example.org", "daily_kinds": ["referral_accept", "task_raise"]}
    await prefer(client, town.caseworker, **said)
    for kind in ("referral.accept", "task.raise", "task.raise", "referral.accept"):
        await told(town, kind)
    ways = Ways()
    await out(town, ways)
    assert ways.taken == []
    mine = (await client.get("/notifications", headers=signed(town.caseworker))).json()["items"]
    await client.post(f"/notifications/{mine[0]['id']}/read", headers=signed(town.caseworker))

    await pass_by(town, timedelta(days=1))
    await out(town, ways)

    [letter] = ways.taken
    assert letter.subject.endswith("(3)")
    assert "- A task was raised for you (2)" in letter.text
    assert letter.name == min(str(one.id) for one in await deliveries(town))
    assert len(await deliveries(town)) == 3


async def test_quiet_hours_keep_a_text_message_until_they_are_over(client: AsyncClient, town: Town) -> None:
    now = clock.now() + timedelta(hours=4)
    begins, ends = (f"{time((now.hour + hours) % 24):%H:%M}" for hours in (-1, 2))
    said = {"phone": "+994 50 000 01 18", "text_kinds": ["referral_accept", "referral_escalate"]}
    quiet = {"quiet_from": begins, "quiet_until": ends, "wakes_for_urgent": True}
    await prefer(client, town.caseworker, **said | quiet)
    await told(town)
    await told(town, "referral.escalate")
    await out(town, ways := Ways())
    assert [parcel.text for parcel in ways.taken] == [
        "Dayaq: A referral waits too long for its answer. Open Dayaq to read it."
    ]
    await pass_by(town, timedelta(hours=3))
    await out(town, ways)
    assert [parcel.to for parcel in ways.taken] == ["+994500000118"] * 2


@pytest.mark.usefixtures("allowed")
async def test_what_waits_for_a_webhook_that_was_stopped_is_given_up(client: AsyncClient, town: Town) -> None:
    made = await hook(client, town)
    await (await a_post(town)).referral()
    ways = Ways()
    await jobs.hand_on(town.database, ways)
    await client.post(f"/webhooks/{made['id']}/stop", headers=signed(town.administrator, made["version"]))
    await out(town, ways)

    [one] = await deliveries(town)
    path = f"/deliveries/{one.id}/send-again"
    again = await client.post(path, headers=signed(town.administrator, one.version))
    assert (ways.taken, one.fault, again.json()["code"]) == ([], "no_address", "webhook-stopped")


async def test_workers_at_once_send_each_message_once(real: AsyncEngine) -> None:
    town = await Town(real).build()
    async with web(real) as client:
        await prefer(client, town.caseworker, **AT_ONCE)
    for _ in range(60):
        await told(town)
    ways = Ways()

    async def work() -> int:
        handed = 0
        while some := await jobs.hand_on(real, ways):
            handed += some
        while await jobs.carry(real, ways):
            continue
        return handed

    handed = await asyncio.gather(*(work() for _ in range(4)))

    names = [parcel.name for parcel in ways.taken]
    assert (sum(handed), len(names), len(set(names))) == (60, 60, 60)
    assert all(one.sent_at and one.tries == 1 for one in await deliveries(town))


async def seen(session: AsyncSession, kind: type[SQLModel]) -> int:
    return len((await session.exec(select(kind))).all())


async def test_the_courier_sees_what_it_carries_and_nothing_of_anybodys_file(
    client: AsyncClient, town: Town
) -> None:
    await prefer(client, town.caseworker, **AT_ONCE)
    await (await a_post(town)).referral(at=Status.ACCEPTED)
    await jobs.hand_on(town.database, Ways())
    async with unit_of_work(town.database, COURIER) as session:
        assert await seen(session, Notification) > 0
        assert await seen(session, Delivery) == 1
        closed = 0
        for held in held_tables():
            assert await seen(session, held) == 0, held.__tablename__
            closed += 1
    assert closed >= 20
    for actor in (town.coordinator, town.caseworker, town.provider, town.auditor):
        async with town.work(actor) as session:
            assert await seen(session, Delivery) == 0
            others = [one for one in (await session.exec(select(Notification))).all() if one.user_id]
            assert {one.user_id for one in others} <= {actor.user_id}


def held_tables(kind: type[SQLModel] = Held) -> list[type[SQLModel]]:
    """Every table of a person's file."""
    own = [kind] if hasattr(kind, "__table__") else []
    return own + [table for each in kind.__subclasses__() for table in held_tables(each)]

"""Who sees which referral, by which box, in how many statements: by the filter alone too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.core.errors import NotFound
from app.core.pages import Page
from app.referrals import queries
from app.referrals.schemas import InboxRow, OutboxRow, ReceivedReferralOut, ReferralMoveOut, ReferralOut
from app.referrals.states import Action, Party, Status
from tests.cases.factories import events
from tests.factories import Town, signed
from tests.referrals.factories import TEXT, a_post

Json = dict[str, Any]
OWN, RECEIVED = TypeAdapter(ReferralOut), TypeAdapter(ReceivedReferralOut)


def people(town: Town) -> dict[str, Actor]:
    """Everybody of the town by a name to show in a failing test."""
    more = {
        "colleague": town.colleague,
        "outsider": town.outsider,
        "other supervisor": town.other_supervisor,
        "other provider": town.other_provider,
    }
    return {role.value: actor for role, actor in town.everybody.items()} | more


async def boxes(client: AsyncClient, actor: Actor, query: str = "") -> tuple[list[str], list[str]]:
    """The codes in the inbox and in the outbox of this person."""
    found = []
    for box in ("inbox", "outbox"):
        answer = await client.get(f"/referrals?box={box}{query}", headers=signed(actor))
        assert answer.status_code == 200, answer.text
        found.append([row["code"] for row in answer.json()["items"]])
    return found[0], found[1]


@pytest.mark.usefixtures("line")
async def test_each_reach_sees_what_it_should_and_not_more(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    sent, draft = await post.referral(), await post.draft()
    await post.step(await post.draft(), Action.CANCEL, Party.SENDER)
    seen: dict[str, dict[str, bool]] = {}

    for name, actor in people(town).items():
        if reach_of(actor.role, Permission.REFERRAL_READ) is Reach.NO:
            assert (await client.get("/referrals?box=inbox", headers=signed(actor))).status_code == 403
            continue
        inbox, outbox = await boxes(client, actor)
        one = [await sees(town, actor, each.id) for each in (sent, draft)]
        seen[name] = {
            "inbox": inbox == [sent.code],
            "outbox": {sent.code, draft.code} < set(outbox) and len(outbox) == 3,
            "nothing": inbox + outbox == [],
        }
        assert one == [not seen[name]["nothing"], seen[name]["outbox"]], name

    senders, receivers = {"caseworker", "supervisor", "coordinator"}, {"provider", "counsellor"}
    assert {name for name, each in seen.items() if each["outbox"]} == senders
    assert {name for name, each in seen.items() if each["inbox"]} == receivers
    assert {name for name, each in seen.items() if each["nothing"]} == set(seen) - senders - receivers
    assert len(seen) == 10


async def sees(town: Town, actor: Actor, referral_id: Any) -> bool:
    async with town.work(actor) as session:
        try:
            await queries.get(session, actor.grant(Permission.REFERRAL_READ), referral_id)
        except NotFound:
            return False
        return True


async def test_a_box_is_filtered_by_status_and_goes_on_where_its_page_ended(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    sent = [await post.referral() for _ in range(3)]
    accepted = await post.referral(at=Status.ACCEPTED)

    inbox, _ = await boxes(client, town.provider, "&status=sent")
    _, outbox = await boxes(client, town.caseworker, "&status=accepted")
    pages, cursor = [], ""
    while True:
        page = (
            await client.get(f"/referrals?box=inbox&limit=2{cursor}", headers=signed(town.provider))
        ).json()
        pages.append([row["code"] for row in page["items"]])
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert (set(inbox), outbox) == ({each.code for each in sent}, [accepted.code])
    assert [len(page) for page in pages] == [2, 2]
    assert {code for page in pages for code in page} == {*inbox, accepted.code}
    wrong = await client.get("/referrals?box=inbox&status=lost", headers=signed(town.provider))
    assert wrong.status_code == 422


async def test_rows_and_details_are_as_documented_for_each_side(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    for status in set(Status) - {Status.DRAFT}:
        referral = await post.referral(at=status)
        detail = f"/referrals/{referral.id}"
        received = await client.get(detail, headers=signed(town.provider))
        own = await client.get(detail, headers=signed(town.caseworker))
        assert RECEIVED.validate_json(received.content).status is status
        assert OWN.validate_json(own.content).reason == TEXT
        assert received.headers["etag"] == own.headers["etag"] == f'"{referral.version}"'
        history = await client.get(f"{detail}/history", headers=signed(town.provider))
        Page[ReferralMoveOut].model_validate_json(history.content)

    inbox = await client.get("/referrals?box=inbox", headers=signed(town.provider))
    outbox = await client.get("/referrals?box=outbox", headers=signed(town.caseworker))
    assert len(Page[InboxRow].model_validate_json(inbox.content).items) == len(Status) - 1
    assert len(Page[OutboxRow].model_validate_json(outbox.content).items) == len(Status) - 1


async def test_the_receiver_sees_no_internals_of_the_sender(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral(at=Status.ACCEPTED)
    cancelled = await post.step(await post.referral(), Action.CANCEL, Party.SENDER)
    paths = [f"/referrals/{each.id}{way}" for each in (referral, cancelled) for way in ("", "/history")]

    told = ""
    for path in [*paths, "/referrals?box=inbox", f"/referrals/{referral.id}/shared-record"]:
        told += (await client.get(path, headers=signed(town.provider))).text

    hidden = [
        *(post.case_id, post.survivor_id, referral.consent_id, town.caseworker.user_id, town.north.id),
        *("person_wish", "draft_"),
    ]
    assert [each for each in hidden if str(each) in told] == []
    assert referral.code in told


@pytest.mark.usefixtures("line")
async def test_both_sides_read_the_history_and_the_drafting_is_the_senders(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    referral = await post.referral(at=Status.IN_PROGRESS)
    path = f"/referrals/{referral.id}/history"

    sender = (await client.get(path, headers=signed(town.caseworker))).json()["items"]
    receiver = (await client.get(path, headers=signed(town.provider))).json()["items"]

    assert [(step["action"], step["by"]) for step in sender] == [
        *((None, "sender"), ("send", "sender"), ("accept", "receiver"), ("start", "receiver")),
    ]
    assert receiver == sender[1:]
    for actor in (town.other_provider, town.colleague, town.outsider):
        assert (await client.get(path, headers=signed(actor))).status_code == 404


async def test_what_a_reading_shows_is_written_down(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    sent = [await post.referral() for _ in range(3)]

    await client.get("/referrals?box=inbox&limit=2", headers=signed(town.provider))
    await client.get("/referrals?box=inbox", headers=signed(town.other_provider))
    await client.get(f"/referrals/{sent[0].id}", headers=signed(town.provider))

    listed, read = await events(town, "referral.list"), await events(town, "referral.read")
    assert [len(line.object_ids) for line in listed] == [2, 0]
    assert set(listed[0].object_ids) < {each.id for each in sent}
    assert (listed[0].user_id, listed[0].role) == (town.provider.user_id, "provider")
    assert [(set(line.object_ids), line.field_class) for line in read] == [
        ({sent[0].id, post.case_id, post.survivor_id}, "health")
    ]


APART = ("SAVEPOINT", "RELEASE", "select set_config('")


@asynccontextmanager
async def counted(connection: AsyncConnection) -> AsyncIterator[list[str]]:
    """The statements that go to the database either way, without those that keep a test's work apart."""
    raw: Any = (await connection.get_raw_connection()).driver_connection
    lines: list[str] = []

    def note(line: str) -> None:
        if not line.startswith(APART):
            lines.append(line)

    def by_the_session(_c: Any, _cursor: Any, line: str, *_: Any) -> None:
        note(line)

    sa.event.listen(connection.sync_connection, "before_cursor_execute", by_the_session)
    with raw.query_logger(lambda record: note(record.query)):
        yield lines
    sa.event.remove(connection.sync_connection, "before_cursor_execute", by_the_session)


async def test_accepting_takes_three_statements(
    client: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path, headers = f"/referrals/{referral.id}/accept", signed(town.provider, referral.version)

    async with counted(connection) as lines:
        answer = await client.post(path, headers=headers)

    assert (answer.status_code, len(lines)) == (200, 3), lines


@pytest.mark.parametrize("query", ["box=inbox", "box=inbox&status=sent", "box=outbox"])
async def test_a_page_takes_two_statements_with_the_identity_and_the_event(
    client: AsyncClient, town: Town, connection: AsyncConnection, query: str
) -> None:
    post = await a_post(town)
    await post.referral()
    actor = town.caseworker if "outbox" in query else town.provider

    async with counted(connection) as lines:
        answer = await client.get(f"/referrals?{query}", headers=signed(actor))

    assert len(answer.json()["items"]) == 1
    assert len(lines) == 2, lines

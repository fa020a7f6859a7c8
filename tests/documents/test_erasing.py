"""A document is destroyed: by two people, for a reason, wholly, and with what is left to prove it."""

import itertools
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from app.access.actor import Actor
from app.core.errors import IllegalMove, NotFound
from app.core.ids import new_id
from app.documents import queries
from app.documents.models import Document, DocumentErasure, DocumentFile, DocumentShare
from app.documents.states import ERASURE, Action, Party
from app.documents.states import Status as Wish
from app.referrals.states import Status
from tests.cases.factories import events, told
from tests.conftest import web
from tests.documents.desk import Desk
from tests.documents.factories import TITLE, WRONG, document, form, paper
from tests.factories import Town, signed
from tests.journeys.payloads import day
from tests.referrals.factories import a_post
from tests.support.factories import SHARES

Json = dict[str, Any]
WISH = {"reason_code": "person_asked", "reference": "12/2026"}
ROWS = {(m.source, m.action, m.by): m for m in ERASURE.moves}


@pytest.fixture
async def desk(client: AsyncClient, town: Town) -> Desk:
    return Desk(client, town, await a_post(town))


async def ask(
    desk: Desk, one: Json, actor: Actor | None = None, shelf: str = "documents", **more: Any
) -> Response:
    path = f"{desk.case}/{shelf}/{one['id']}/erasures"
    return await desk.client.post(path, json=WISH | more, headers=signed(actor or desk.town.coordinator))


async def asked(desk: Desk, one: Json, actor: Actor | None = None, shelf: str = "documents") -> Json:
    answer = await ask(desk, one, actor, shelf)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def answer(desk: Desk, wish: Json, action: str, actor: Actor | None = None, **more: Any) -> Response:
    path = f"/document-erasures/{wish['id']}/{action}"
    body = {"refusal_code": "must_be_kept"} if action == "refuse" else {}
    headers = signed(actor or desk.town.auditor, wish["version"])
    return await desk.client.post(path, json=body | more, headers=headers)


@pytest.mark.parametrize(("now", "action", "party"), list(itertools.product(Wish, Action, Party)))
def test_only_written_rows_are_legal(now: Wish, action: Action, party: Party) -> None:
    if row := ROWS.get((now, action, party)):
        assert ERASURE.find(now, action, [party]) is row
        return
    with pytest.raises(IllegalMove):
        ERASURE.find(now, action, [party])


async def test_nothing_of_it_is_left_but_that_it_was_there_and_who_said_so(desk: Desk) -> None:
    town = desk.town
    letter = await desk.post.referral(Status.SENT)
    one = await desk.one(document(paper(), issued_on=day(-9)))
    again = await desk.client.post(
        f"{desk.case}/documents/{one['id']}/versions", headers=signed(town.caseworker, 1), **form()
    )
    assert again.status_code == 201
    assert (await desk.share(letter.id, one)).status_code == 201
    kept = await desk.one()
    wish = await asked(desk, one)
    assert (await desk.content(one)).status_code == 200  # asked is not done

    done = await answer(desk, wish, "approve")

    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["versions"]) == ("done", 2)
    async with town.work(town.coordinator) as session:
        row = (await session.exec(select(Document).where(Document.id == UUID(one["id"])))).one()
        files = (await session.exec(select(DocumentFile.document_id))).all()
        share = (await session.exec(select(DocumentShare))).one()
    assert (row.title, row.issued_on, row.erased_at is not None) == (None, None, True)
    assert [str(each) for each in files] == [kept["id"]]
    assert share.ended_at is not None
    shown = (await desk.get(f"{desk.case}/documents/{one['id']}")).json()
    assert (shown["title"], shown["versions"], shown["kind_code"]) == (None, [], "discharge_summary")
    assert shown["erased_at"]
    for reader in (town.caseworker, town.coordinator):
        assert (await desk.content(one, reader)).status_code == 404
    theirs = await desk.get(f"/referrals/{letter.id}/documents", town.provider)
    assert theirs.json() == []
    (event,) = await events(town, "document.erase")
    assert event.user_id == town.auditor.user_id
    assert event.object_ids == [UUID(wish["id"]), row.id, desk.post.case_id, desk.post.survivor_id]
    assert ("document.erase", UUID(wish["id"])) in await told(town, town.coordinator)


async def test_on_the_timeline_it_stands_as_destroyed(desk: Desk) -> None:
    one = await desk.one(document(issued_on=day(-9)))
    await answer(desk, await asked(desk, one), "approve")

    entries = (await desk.get(f"{desk.case}/timeline")).json()["items"]

    (entry,) = [each for each in entries if each["kind"] == "document"]
    assert (entry["record_id"], entry["status"], entry["on"]) == (one["id"], "erased", None)


async def test_what_is_destroyed_is_changed_shared_or_asked_for_no_more(desk: Desk) -> None:
    town, letter = desk.town, await desk.post.referral(Status.SENT)
    mine = str(new_id())
    one = await desk.one(document(id=mine))
    await answer(desk, await asked(desk, one), "approve")
    path, headers = f"{desk.case}/documents/{one['id']}", signed(town.caseworker, 2)

    refused = [
        await desk.client.post(f"{path}/versions", headers=headers, **form()),
        await desk.client.patch(path, json=WRONG, headers=headers),
        await desk.file(document(id=mine)),
        await ask(desk, one),
    ]
    shared = await desk.share(letter.id, one)

    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "document-erased")] * 4
    assert (shared.status_code, shared.json()["code"]) == (409, "not-to-be-shared")


async def test_a_refusal_and_a_wish_taken_back_leave_it_as_it_is(desk: Desk) -> None:
    one = await desk.one()
    refused = await answer(desk, await asked(desk, one), "refuse")
    back = await answer(desk, await asked(desk, one), "withdraw", desk.town.coordinator)

    assert (refused.json()["refusal_code"], refused.json()["versions"]) == ("must_be_kept", None)
    assert (back.json()["status"], back.json()["ended_by_id"]) == (
        "withdrawn",
        str(desk.town.coordinator.user_id),
    )
    assert (await desk.content(one)).status_code == 200
    assert (await answer(desk, back.json(), "approve")).json()["code"] == "illegal-move"
    listed = (await desk.get("/document-erasures", desk.town.auditor)).json()["items"]
    assert [each["status"] for each in listed] == ["withdrawn", "refused"]
    still = (await desk.get("/document-erasures?status=asked", desk.town.auditor)).json()["items"]
    assert still == []


async def test_what_was_filed_in_error_without_consent_or_long_ago_can_be_destroyed_too(desk: Desk) -> None:
    one = await desk.one()
    await desk.client.patch(
        f"{desk.case}/documents/{one['id']}", json=WRONG, headers=signed(desk.town.caseworker, 1)
    )
    for consent in set(desk.post.consents.values()):
        await desk.post.withdraw(consent)

    done = await answer(desk, await asked(desk, one), "approve")

    assert done.json()["versions"] == 1


async def test_it_is_asked_once_and_the_same_wish_again_is_the_one_that_exists(desk: Desk) -> None:
    one, mine = await desk.one(), str(new_id())
    first = await ask(desk, one, id=mine)
    again = await ask(desk, one, id=mine)
    other = await ask(desk, one, id=mine, reference="13/2026")
    second = await ask(desk, one)

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (other.status_code, second.status_code, second.json()["code"]) == (409, 409, "erasure-pending")
    assert second.json()["erasure_id"] == mine


async def test_the_second_person_is_told_why_and_nothing_of_what_stands_in_it(desk: Desk) -> None:
    one = await desk.one()
    await asked(desk, one)

    shown = await desk.get("/document-erasures", desk.town.auditor)

    assert "person_asked" in shown.text
    for word in (TITLE, "N4711", "discharge_summary", "Aygün"):
        assert word not in shown.text
    for path in (f"{desk.case}/documents", f"{desk.case}/documents/{one['id']}/content", desk.case):
        assert (await desk.get(path, desk.town.auditor)).status_code == 403
    async with desk.town.work(desk.town.auditor) as session:  # as if a query had forgotten who asks
        assert (await session.exec(select(Document))).all() == []
        assert (await session.exec(select(DocumentFile))).all() == []


async def test_of_the_compartment_only_its_counsellor_asks_and_nobody_else_hears(desk: Desk) -> None:
    town = desk.town
    await desk.post.referral(Status.SENT, share_codes=SHARES)
    shelf = "psychosocial-documents"
    sent = document(kind_code="psychological_report")
    filed = await desk.client.post(f"{desk.case}/{shelf}", headers=signed(town.counsellor), **sent)
    one = filed.json()
    assert (await ask(desk, one)).status_code == 404  # the coordinator does not know of it

    wish = await asked(desk, one, town.counsellor, shelf)

    assert (await desk.get("/document-erasures", town.coordinator)).json()["items"] == []
    mine = (await desk.get("/document-erasures", town.counsellor)).json()["items"]
    assert [each["id"] for each in mine] == [wish["id"]]
    done = await answer(desk, wish, "approve")
    assert done.json()["versions"] == 1
    gone = await desk.get(f"{desk.case}/{shelf}/{one['id']}/content", town.counsellor)
    assert gone.status_code == 404
    assert await told(town, town.caseworker) == []


async def run(town: Town, actor: Actor, statement: str, **given: Any) -> None:
    async with town.work(actor) as session:
        await (await session.connection()).execute(sa.text(statement), given)


async def test_the_database_itself_destroys_nothing_for_anybody_else(real: AsyncEngine) -> None:
    """As if the service had been taken over: no wish, no second person, no version, no destruction."""
    town = await Town(real).build()
    async with web(real) as client:
        desk = Desk(client, town, await a_post(town))
        wish = await asked(desk, await desk.one())
    async with town.work(town.coordinator) as session:
        erasure = (await session.exec(select(DocumentErasure))).one()
    assert str(erasure.id) == wish["id"]

    async def attempt(actor: Actor, version: int = 1, wanted: UUID | None = None) -> int | None:
        async with town.work(actor) as session:
            given = {"erasure_id": wanted or erasure.id, "version": version}
            found: int | None = await (await session.connection()).scalar(queries.ERASE, given)
            return found

    for actor in (town.coordinator, town.caseworker, town.counsellor, town.administrator):
        with pytest.raises(NotFound):
            await attempt(actor)
    assert await attempt(town.auditor, version=2) is None
    assert await attempt(town.auditor, wanted=new_id()) is None
    for statement in ("delete from document_file", "update document set erased_at = now(), title = null"):
        with pytest.raises((NotFound, DBAPIError)):
            await run(town, town.coordinator, statement)
    lie = "update document_erasure set status = 'done', ended_at = now(), ended_by_id = :somebody"
    for actor in (town.coordinator, town.auditor):  # neither says yes in the other's name, or to themselves
        with pytest.raises((NotFound, DBAPIError)):
            await run(town, actor, lie, somebody=town.coordinator.user_id)
    async with town.work(town.coordinator) as session:
        assert len((await session.exec(select(DocumentFile))).all()) == 1

"""Documents over HTTP: filed, read, versioned, shared and taken back; each rule by an attempt to break it."""

import asyncio
import logging
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from app.cases.states import Status as CaseStatus
from app.core import vault
from app.core.ids import new_id
from app.core.vault import Tampered
from app.documents import rules
from app.documents.models import Document, DocumentFile
from app.referrals.states import Status
from app.routers import _uploads
from app.survivors import queries as survivors
from app.survivors.models import Consent
from tests.cases.factories import events
from tests.conftest import web
from tests.documents.desk import Desk
from tests.documents.factories import BAD, TITLE, document, file_it, form, paper, picture
from tests.documents.factories import telephone_picture as taken
from tests.factories import Town, signed
from tests.journeys.payloads import day
from tests.referrals.factories import a_post
from tests.support.factories import SHARES

Json = dict[str, Any]


@pytest.fixture
async def desk(client: AsyncClient, town: Town) -> Desk:
    return Desk(client, town, await a_post(town))


def faults(answer: Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    assert all(fault["message"] for fault in answer.json()["errors"])
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def test_a_document_is_filed_listed_read_and_given_out_as_a_download_that_no_browser_runs(
    desk: Desk,
) -> None:
    one = await desk.one(document(taken(), issued_on=day(-9)))
    listed = (await desk.get(f"{desk.case}/documents")).json()["items"]
    read = await desk.get(f"{desk.case}/documents/{one['id']}")
    given = await desk.content(one)

    assert listed == [one] == [read.json()]
    assert (one["title"], one["kind_code"], one["issued_on"]) == (TITLE, "discharge_summary", day(-9))
    assert [(v["number"], v["media_type"]) for v in one["versions"]] == [(1, "image/jpeg")]
    assert given.headers["content-type"] == "image/jpeg"
    assert given.headers["content-disposition"].startswith('attachment; filename="document-')
    assert TITLE not in given.headers["content-disposition"]
    assert "sandbox" in given.headers.get_list("content-security-policy")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["cache-control"] == "no-store"
    assert len(given.content) == one["versions"][0]["size"]
    with Image.open(BytesIO(given.content)) as drawn:
        assert drawn.size == (30, 40)
    (event,) = await events(desk.town, "document.download")
    assert event.object_ids == [UUID(one["id"]), desk.post.survivor_id, desk.post.case_id]
    assert (event.user_id, event.field_class) == (desk.town.caseworker.user_id, "health")


async def test_nothing_of_it_stands_in_the_database_in_clear(desk: Desk, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    one = await desk.one(document(paper()))

    async with desk.town.work(desk.town.coordinator) as session:
        row = (await session.exec(select(Document))).one()
        file = (await session.exec(select(DocumentFile))).one()
    assert row.title
    assert b"N4711" not in row.title
    assert b"PDF" not in file.content
    assert len(file.content) == len(paper()) + 29
    assert "N4711" not in caplog.text
    assert one["versions"][0]["size"] == len(paper())


async def test_the_next_version_stands_beside_the_first(desk: Desk) -> None:
    one = await desk.one()
    path = f"{desk.case}/documents/{one['id']}/versions"
    mine = signed(desk.town.caseworker, 1)
    again = await desk.client.post(path, headers=mine, **form(paper()))
    stale = await desk.client.post(path, headers=mine, **form(paper()))
    blind = await desk.client.post(path, headers=signed(desk.town.caseworker), **form(paper()))

    assert again.status_code == 201, again.text
    assert [v["media_type"] for v in again.json()["versions"]] == ["image/jpeg", "application/pdf"]
    assert (stale.status_code, stale.json()["current"]) == (412, again.json())
    assert blind.status_code == 428
    assert (await desk.content(one)).content == paper()
    assert (await desk.content(one, query="?number=1")).headers["content-type"] == "image/jpeg"
    assert (await desk.content(one, query="?number=3")).status_code == 404


@pytest.mark.parametrize("what", ["a page of the web", "a PDF that runs", "half a JPEG"])
async def test_a_bad_file_is_refused_whatever_it_is_called_and_changes_nothing(desk: Desk, what: str) -> None:
    make, code = BAD[what]

    answer = await desk.file(document(make()))

    assert faults(answer) == [("/file", code)]
    assert TITLE not in answer.text
    assert await desk.count() == await desk.count(DocumentFile) == 0


async def test_what_is_said_beside_the_file_is_checked_and_never_repeated(desk: Desk) -> None:
    no_file = {"data": {"kind_code": "other"}, "files": {"paper": ("x", picture())}}
    text = {"data": {"kind_code": "other", "file": "x"}}
    two = {"data": {"kind_code": "other"}, "files": [("file", picture()), ("file", picture())]}

    assert faults(await desk.file(document(kind_code="4711"))) == [("/kind_code", "not_in_code_list")]
    assert faults(await desk.file(document(issued_on=day(3)))) == [("/issued_on", "in_the_future")]
    assert faults(await desk.file(document(issued_on="soon"))) == [("/issued_on", "not_a_date")]
    assert faults(await desk.file(document(secret="4711"))) == [("", "extra_forbidden")]
    assert faults(await desk.file(document(title="\u202eX"))) == [("/title", "not_plain_text")]
    assert faults(await desk.file(document(kind_code="psychological_report"))) == [
        ("/kind_code", "only_in_the_compartment")
    ]
    assert faults(await desk.file(no_file)) == [("/file", "file_missing")]
    assert faults(await desk.file(text)) == [("", "not_a_form")]  # not even multipart
    assert faults(await desk.file(two)) == [("", "not_a_form")]
    headers = signed(desk.town.caseworker)
    path = f"{desk.case}/documents"
    json = await desk.client.post(path, json={"kind_code": "other"}, headers=headers)
    assert faults(json) == [("", "not_a_form")]
    boundless = headers | {"content-type": "multipart/form-data; x=y"}
    broken = await desk.client.post(path, content=b"--x\r\n\r\n", headers=boundless)
    assert faults(broken) == [("", "not_a_form")]
    assert await desk.count() == 0


async def test_too_large_a_file_is_stopped_while_it_comes_and_nobody_unknown_sends_one(desk: Desk) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        head = '--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'
        yield head.encode()
        while sent < 1 << 30:
            sent += 1 << 20
            yield bytes(1 << 20)

    path = f"{desk.case}/documents"
    form_of = {"content-type": "multipart/form-data; boundary=x"}
    stopped = await desk.client.post(path, content=endless(), headers=signed(desk.town.caseworker) | form_of)
    assert (stopped.status_code, stopped.headers["content-type"]) == (413, "application/problem+json")
    assert sent <= _uploads.LARGEST_UPLOAD + (2 << 20)

    sent = 0
    for headers, status in ((form_of, 401), (signed(desk.town.analyst) | form_of, 403)):
        answer = await desk.client.post(path, content=endless(), headers=headers)
        assert answer.status_code == status
    stranger = await desk.client.post(path, content=endless(), headers=signed(desk.town.outsider) | form_of)
    assert stranger.status_code == 404
    assert sent == 0  # asked before the first byte was read
    other = await desk.client.patch(f"{path}/{new_id()}", content=b"x" * (2 << 20), headers=form_of)
    assert other.status_code in (401, 413)  # elsewhere the bound is what it was


async def test_a_file_that_dribbles_in_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dribble() -> Any:
        while True:
            yield b"-"
            await asyncio.sleep(0.05)

    monkeypatch.setattr(_uploads, "LONGEST", 0.02)
    headers = signed(desk.town.caseworker) | {"content-type": "multipart/form-data; boundary=x"}
    slow = await desk.client.post(f"{desk.case}/documents", content=dribble(), headers=headers)
    assert (slow.status_code, slow.json()["code"]) == (408, "too-slow")
    monkeypatch.setattr(_uploads, "LONGEST", 60.0)
    monkeypatch.setattr(_uploads, "MOST_AT_ONCE", 0)
    busy = await desk.file()
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
    assert await desk.count() == 0


async def test_a_repeat_has_one_effect_however_it_is_wrapped(desk: Desk) -> None:
    key: Any = {"idempotency-key": str(new_id())}
    first = await desk.file(**key)
    again = await desk.file(**key)  # a client divides the parts anew each time
    other = await desk.file(document(picture(size=(9, 9))), **key)

    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert other.json()["code"] == "key-reused"
    assert await desk.count() == await desk.count(DocumentFile) == 1


async def test_the_clients_own_id_is_the_same_document_or_a_clash(desk: Desk) -> None:
    mine: Json = {"id": str(new_id())}
    first = await desk.file(document(**mine))
    again = await desk.file(document(**mine))
    other_file = await desk.file(document(picture(size=(9, 9)), **mine))
    other_title = await desk.file(document(**mine, title="Another"))
    stranger = await a_post(desk.town, given_name="Zaur", surname="Başqa")
    elsewhere = await file_it(desk.client, desk.town.caseworker, stranger.case_id, document(**mine))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [a.status_code for a in (other_file, other_title, elsewhere)] == [409] * 3
    assert await desk.count() == 1


async def test_there_is_an_end_to_how_much_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await desk.one()
    monkeypatch.setattr(rules, "MOST_OF_CASE", 1)
    full = await desk.file()
    monkeypatch.setattr(rules, "MOST_VERSIONS", 1)
    path = f"{desk.case}/documents/{one['id']}/versions"
    no_more = await desk.client.post(path, headers=signed(desk.town.caseworker, 1), **form())
    monkeypatch.setattr(rules, "MOST_OF_CASE", 300)
    monkeypatch.setattr(rules, "MOST_A_DAY", 1)
    tired = await desk.file()

    assert [a.json()["code"] for a in (full, no_more, tired)] == ["too-many-documents"] * 3
    assert await desk.count() == await desk.count(DocumentFile) == 1


async def test_the_compartment_has_documents_that_only_its_counsellor_opens(desk: Desk) -> None:
    town = desk.town
    letter = await desk.post.referral(Status.SENT, share_codes=SHARES)
    path = f"{desk.case}/psychosocial-documents"
    sent = document(kind_code="psychological_report")
    filed = await desk.client.post(path, headers=signed(town.counsellor), **sent)
    assert filed.status_code == 201, filed.text
    one = filed.json()

    given = await desk.get(f"{path}/{one['id']}/content", town.counsellor)
    assert given.status_code == 200
    assert [e.field_class for e in await events(town, "document.download")] == ["mental_health"]
    for actor in (town.caseworker, town.supervisor, town.coordinator, town.provider):
        assert (await desk.get(path, actor)).status_code == 403
        assert (await desk.content(one, actor)).status_code == 404
    assert (await desk.get(f"{desk.case}/documents")).json()["items"] == []
    assert (await desk.share(letter.id, one)).status_code == 404
    async with town.work(town.coordinator) as session:  # as if a query had forgotten who asks
        assert (await session.exec(select(Document))).all() == []
        assert (await session.exec(select(DocumentFile))).all() == []
    async with town.work(town.counsellor) as session:
        found = (await session.exec(select(DocumentFile))).one()
        box = await survivors.box(session, desk.post.survivor_id)
    with pytest.raises(Tampered):  # the person's own key opens nothing in there
        box.read_bytes("document_file", "content", found.id, found.content)

    await desk.post.withdraw(desk.post.consents[town.workshop.id])
    assert (await desk.get(f"{path}/{one['id']}/content", town.counsellor)).status_code == 404
    refused = await desk.client.post(path, headers=signed(town.counsellor), **sent)
    assert refused.status_code == 404


async def test_nothing_is_filed_without_consent_or_on_a_case_that_is_over(desk: Desk, town: Town) -> None:
    async with town.work(town.caseworker) as session:
        given = (await session.exec(select(Consent))).one()
    await desk.post.withdraw(given.id)
    refused = await desk.file()
    over = await a_post(town, at=CaseStatus.CLOSED, given_name="Zaur", surname="Başqa")
    late = await file_it(desk.client, town.caseworker, over.case_id, document())

    assert (refused.status_code, refused.json()["code"]) == (409, "consent-missing")
    assert (late.status_code, late.json()["code"]) == (409, "case-not-open")
    assert await desk.count() == 0


DAMAGE = (
    "update document_file set content = set_byte(content, 40, get_byte(content, 40) # 1)",
    "update document_file a set content = b.content from document_file b where a.id <> b.id",
    "update document_file set number = number + 1, document_id = (select max(id::text)::uuid from document)",
)


async def test_what_was_tampered_with_or_swapped_on_disk_is_never_given_out(
    real: AsyncEngine, cluster: sa.URL
) -> None:
    """By whoever owns the database: a byte changed, two files swapped, one hung on another document."""
    town = await Town(real).build()
    async with web(real) as client:
        desk = Desk(client, town, await a_post(town))
        one, two = await desk.one(), await desk.one(document(paper()))
        given = [await desk.content(each) for each in (one, two)]
        owner = sa.create_engine(cluster.set(database=real.url.database))
        with owner.begin() as connection:
            connection.execute(sa.text(DAMAGE[0]))
        bytes_ = [await desk.content(each) for each in (one, two)]
        with owner.begin() as connection:
            connection.execute(sa.text(DAMAGE[0]))
            connection.execute(sa.text(DAMAGE[1]))
        swapped = [await desk.content(each) for each in (one, two)]
        with owner.begin() as connection:
            connection.execute(sa.text(DAMAGE[1]))
            connection.execute(sa.text("delete from document_file where media_type = 'application/pdf'"))
            connection.execute(sa.text(DAMAGE[2]))
        hung = [await desk.content(two, query="?number=2")]
        owner.dispose()

    assert [a.status_code for a in given] == [200, 200]
    assert [a.status_code for a in (*bytes_, *swapped, *hung)] == [500] * 5
    assert all(a.headers["content-type"] == "application/problem+json" for a in (*bytes_, *swapped, *hung))


async def test_without_the_persons_key_nothing_can_be_read_again(real: AsyncEngine, cluster: sa.URL) -> None:
    town = await Town(real).build()
    post = await a_post(town)
    async with web(real) as client:
        desk = Desk(client, town, post)
        one = await desk.one()
        owner = sa.create_engine(cluster.set(database=real.url.database))
        with owner.connect() as connection:
            connection.execute(sa.text("delete from person_key"))
            connection.commit()
        owner.dispose()
        vault.forget_keys()

        assert (await desk.content(one)).status_code == 404
        assert (await desk.get(f"{desk.case}/documents")).status_code == 404

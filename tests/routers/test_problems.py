"""Bad input: a 4xx problem that names the fault and never the input, and nothing changed."""

import json
import logging
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.ids import new_id
from app.main import LARGEST_BODY, Service
from app.organisations.models import Organisation
from app.routers._words import language_of
from tests.conftest import run, web
from tests.factories import Town, signed

NAME = "Amina"
GOOD = {"name": "A body", "kind_code": "ngo"}
BAD = {
    "a wrong type": {"name": {"name": NAME}},
    "an unknown key": {NAME: 1},
    "a lone surrogate": {"name": NAME + "\ud800"},
    "a lone surrogate as key": {NAME + "\ud800": 1},
    "a NUL": {"name": NAME + "\0"},
    "too long": {"name": NAME * 1000},
    "a control character": {"name": NAME + "\x1b[2J"},
    "a right-to-left override": {"name": NAME + "\u202e"},
    "nothing to see": {"name": "\u200b \u00a0"},
    "a code of no list": {"kind_code": NAME},
    "an id that is none": {"id": NAME},
    "a number": {"name": 10**400},
    "a year before years": {"closed_on": "0000-01-01"},
    "a list": [NAME],
    "nothing": None,
}
RAW = {
    "no json": b"{" + NAME.encode(),
    "no utf-8": b'{"name": "\xff"}',
    "too deep": b"[" * 100_000,
    "not a number": b'{"name": NaN}',
    "empty": b"",
}
SENT = {
    name: json.dumps(GOOD | body if isinstance(body, dict) else body).encode() for name, body in BAD.items()
}
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("body", [*SENT.values(), *RAW.values()], ids=[*SENT, *RAW])
async def test_bad_input_is_refused_without_an_echo_and_changes_nothing(
    client: AsyncClient, town: Town, body: bytes
) -> None:
    answer = await client.post("/organisations", content=body, headers=signed(town.administrator) | JSON)

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert NAME not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    async with town.work(town.administrator) as session:
        assert (await session.scalar(sa.select(sa.func.count()).select_from(Organisation))) == 2


async def test_several_faults_are_reported_together_each_with_its_place(
    client: AsyncClient, town: Town
) -> None:
    body = {"name": "", "kind_code": NAME, "more": 1}

    answer = await client.post("/organisations", json=body, headers=signed(town.administrator))

    faults = {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}
    assert faults == {
        ("/name", "string_too_short"),
        ("/kind_code", "not_in_code_list"),
        ("", "extra_forbidden"),
    }
    assert all(fault["message"] for fault in answer.json()["errors"])


@pytest.mark.parametrize(
    ("header", "title"), [("ru", "Запрос"), ("az", "Sorğu"), ("en;q=0.1, az", "Sorğu"), ("xx", "The")]
)
async def test_a_refusal_speaks_the_callers_language(
    client: AsyncClient, town: Town, header: str, title: str
) -> None:
    who = signed(town.administrator) | {"accept-language": header}

    answer = await client.post("/organisations", json={}, headers=who)

    assert answer.json()["title"].startswith(title)


def test_a_language_header_can_be_anything() -> None:
    found = [
        language_of(text) for text in (None, "", ",,;q=", "az;q=0", "ru-RU;q=0.5,en;q=0.4", "\ud800" * 999)
    ]
    assert found == [None, None, None, None, "ru", None]


async def test_a_body_over_the_limit_is_refused_unread(client: AsyncClient, town: Town) -> None:
    big = json.dumps(GOOD | {"name": "x" * 10 * LARGEST_BODY}).encode()

    async def pieces() -> AsyncIterator[bytes]:  # no length is announced
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    whole = await client.post("/organisations", content=big, headers=signed(town.administrator) | JSON)
    chunked = await client.post("/organisations", content=pieces(), headers=signed(town.administrator) | JSON)

    assert [whole.status_code, chunked.status_code] == [413, 413]
    assert whole.headers["content-type"] == "application/problem+json"


async def test_json_sent_as_plain_text_is_not_read_as_json(client: AsyncClient, town: Town) -> None:
    """Else any web page could send it, without the browser asking us first."""
    headers = signed(town.administrator) | {"content-type": "text/plain"}

    answer = await client.post("/organisations", content=json.dumps(GOOD), headers=headers)

    assert answer.status_code in {415, 422}


async def test_what_the_framework_refuses_is_a_problem_too(client: AsyncClient) -> None:
    lost, wrong = await client.get("/nowhere"), await client.delete("/organisations")

    assert [lost.status_code, wrong.status_code] == [404, 405]
    assert {lost.headers["content-type"], wrong.headers["content-type"]} == {"application/problem+json"}
    assert wrong.json()["title"] == "Method Not Allowed"


@pytest.mark.parametrize(
    ("path", "allowed"), [("/survivors/search", "POST"), (f"/survivors/{UUID(int=1)}", "GET, PATCH")]
)
async def test_a_wrong_method_is_told_the_right_ones(client: AsyncClient, path: str, allowed: str) -> None:
    answer = await client.request("OPTIONS", path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_a_wrong_method_does_not_have_the_whole_description_worked_out(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That takes more than a second in which nobody else is answered, and anybody may ask for it."""
    monkeypatch.setattr(Service, "openapi", lambda _: pytest.fail("it was worked out"))

    assert (await client.delete("/organisations")).status_code == 405


@pytest.mark.parametrize("tag", ['W/"1"', "1", '"0"', '"-1"', '"1" ', "*", '"1", "2"', '"99999999999"', '""'])
async def test_only_one_strong_etag_is_a_version(client: AsyncClient, town: Town, tag: str) -> None:
    who = signed(town.administrator) | {"if-match": tag}

    answer = await client.patch(f"/organisations/{town.agency.id}", json={"name": "B"}, headers=who)

    assert answer.status_code == 422


async def test_a_change_names_the_version_it_was_decided_on(client: AsyncClient, town: Town) -> None:
    path, who = f"/organisations/{town.agency.id}", signed(town.administrator)

    unnamed = await client.patch(path, json={"name": "B"}, headers=who)
    stale = await client.patch(path, json={"name": "B"}, headers=who | {"if-match": '"7"'})
    two = [*who.items(), ("if-match", '"1"'), ("if-match", '"2"')]
    twice = await client.patch(path, json={"name": "B"}, headers=two)

    assert [a.status_code for a in (unnamed, stale, twice)] == [428, 412, 422]
    assert stale.json()["current"]["version"] == 1


@pytest.mark.parametrize("cursor", ["AAAA", "é", "%00", "%ED%A0%80", "x" * 101, "=" * 40])
async def test_a_cursor_that_is_not_ours_is_refused(client: AsyncClient, town: Town, cursor: str) -> None:
    answer = await client.get(f"/organisations?cursor={cursor}", headers=signed(town.administrator))
    assert answer.status_code == 422


async def test_a_cursor_serves_its_owner_and_its_list_only(client: AsyncClient, town: Town) -> None:
    page = await client.get("/organisations?limit=1", headers=signed(town.administrator))
    cursor = page.json()["next_cursor"]

    mine = await client.get(f"/organisations?cursor={cursor}", headers=signed(town.administrator))
    theirs = await client.get(f"/organisations?cursor={cursor}", headers=signed(town.coordinator))
    elsewhere = await client.get(f"/facilities?cursor={cursor}", headers=signed(town.administrator))

    assert [a.status_code for a in (mine, theirs, elsewhere)] == [200, 422, 422]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "x", "1e3", str(2**70)])
async def test_a_page_has_bounds(client: AsyncClient, town: Town, limit: str) -> None:
    answer = await client.get(f"/organisations?limit={limit}", headers=signed(town.administrator))
    assert answer.status_code == 422


REFUSE_AT_COMMIT = """
create function refuse() returns trigger language plpgsql
    as $$ begin raise integrity_constraint_violation; end $$;
create constraint trigger refuse after insert on audit_event
    deferrable initially deferred for each row execute function refuse();
"""


async def test_a_commit_that_fails_is_never_a_200(real: AsyncEngine, cluster: sa.URL) -> None:
    town = await Town(real).build()
    run(cluster.set(database=real.url.database), REFUSE_AT_COMMIT)

    async with web(real) as client:
        answer = await client.post("/organisations", json=GOOD, headers=signed(town.administrator))

    async with town.work(town.administrator) as session:
        assert (await session.scalar(sa.select(sa.func.count()).select_from(Organisation))) == 2
    assert answer.status_code == 409


async def test_a_defect_of_ours_shows_and_logs_nothing_of_what_was_sent(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(NAME)

    monkeypatch.setattr("app.organisations.actions.add_organisation", broken)
    with caplog.at_level(logging.INFO):
        answer = await client.post(
            f"/organisations?{NAME}={NAME}", json=GOOD | {"name": NAME}, headers=signed(town.administrator)
        )

    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("dayaq")]
    assert any("RuntimeError" in line for line in ours)
    assert any("POST /api/v1/organisations 500" in line for line in ours)
    assert NAME not in answer.text + "".join(ours)


async def test_every_answer_is_dressed_for_browsers(client: AsyncClient, town: Town) -> None:
    answer = await client.get("/organisations", headers=signed(town.administrator))

    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


async def test_nobody_is_told_to_sign_in_and_how(client: AsyncClient) -> None:
    for headers in (
        {},
        {"authorization": "Bearer x"},
        {"authorization": "Basic eDp4"},
        {"authorization": "Bearer"},
    ):
        answer = await client.get("/organisations", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("said", ["one-of-mine", ""])
async def test_a_membership_that_is_no_id_is_refused_and_not_repeated(
    client: AsyncClient, town: Town, said: str
) -> None:
    headers = signed(town.caseworker) | {"x-membership": said}

    answer = await client.get("/organisations", headers=headers)

    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/x-membership", "uuid_parsing")]
    assert "one-of-mine" not in answer.text


@pytest.mark.parametrize("name", ["x-membership", "idempotency-key", "if-match"])
@pytest.mark.parametrize(("said", "code"), [(["\u00e9"], None), (["'"], None), (["", ""], "repeated")])
async def test_a_line_of_the_head_that_is_no_such_thing_is_named_and_nothing_changes(
    client: AsyncClient, town: Town, name: str, said: list[str], code: str | None
) -> None:
    path, who = f"/organisations/{town.agency.id}", signed(town.administrator)
    lines = {"if-match": '"1"'} | who
    lines.pop(name, None)
    head = [
        (key.encode(), value.encode("latin-1")) for key, value in (*lines.items(), *((name, s) for s in said))
    ]

    answer = await client.patch(path, json={"name": "B"}, headers=head)

    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    expected = code or ("string_pattern_mismatch" if name == "if-match" else "uuid_parsing")
    assert (fault["pointer"], fault["code"]) == (f"/{name}", expected)
    assert (await client.get(path, headers=who)).json()["version"] == 1


async def test_a_membership_of_somebody_else_gives_no_rights(client: AsyncClient, town: Town) -> None:
    stolen = signed(town.caseworker) | {"x-membership": str(town.coordinator.membership_id)}
    made_up = signed(town.caseworker) | {"x-membership": str(new_id())}

    answers = [await client.get("/organisations", headers=headers) for headers in (stolen, made_up)]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(403, "membership-needed")] * 2

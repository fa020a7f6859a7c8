"""What people do with their own account: sessions, language, password."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import refresh
from tests.accounts.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Clock,
    at_gate,
    bearer,
    browser,
    code,
    give_password,
    make_cheap,
    sign_in,
    told,
    trail,
)
from tests.factories import Town, signed


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_cheap(monkeypatch)


@pytest.fixture
async def web(connection: AsyncConnection) -> AsyncIterator[AsyncClient]:
    async with browser(connection) as client:
        yield client


@pytest.fixture
async def name(connection: AsyncConnection, town: Town) -> str:
    """The user name of the caseworker, who has a password."""
    return await give_password(connection, town.caseworker)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_a_person_sees_and_ends_their_own_sessions_only(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    mine = bearer(await sign_in(web, name))
    async with browser(connection, device="Telefon\x00\x1b[31m") as telephone:
        other = bearer(await sign_in(telephone, name))
        listed = (await web.get("/auth/sessions", headers=mine)).json()["items"]
        theirs = await web.delete(f"/auth/sessions/{town.colleague.session_id}", headers=mine)
        nobodys = await web.delete(f"/auth/sessions/{town.agency.id}", headers=mine)
        ended = await web.delete(f"/auth/sessions/{listed[0]['id']}", headers=mine)

        assert [each["is_this_one"] for each in listed] == [False, True, False]
        assert listed[0]["device"] == "Telefon[31m"
        assert theirs.status_code == nobodys.status_code == 404
        assert ended.status_code == 204
        assert (await telephone.get("/auth/me", headers=other)).status_code == 401
    assert (await web.get("/auth/me", headers=mine)).status_code == 200
    assert (await web.get("/auth/me", headers=signed(town.colleague))).status_code == 200


async def test_ending_all_other_sessions_leaves_this_one(web: AsyncClient, name: str, town: Town) -> None:
    mine = bearer(await sign_in(web, name))

    assert (await web.delete("/auth/sessions", headers=mine)).status_code == 204

    assert (await web.get("/auth/me", headers=mine)).status_code == 200
    assert (await web.get("/auth/me", headers=signed(town.caseworker))).status_code == 401
    assert (await web.get("/auth/me", headers=signed(town.colleague))).status_code == 200


async def test_the_language_is_changed_on_the_version_that_was_read(web: AsyncClient, name: str) -> None:
    mine = bearer(await sign_in(web, name))
    tag = (await web.get("/auth/me", headers=mine)).headers["etag"]

    missing = await web.patch("/auth/me", headers=mine, json={"language": "az"})
    good = await web.patch("/auth/me", headers=mine | {"if-match": tag}, json={"language": "az"})
    stale = await web.patch("/auth/me", headers=mine | {"if-match": tag}, json={"language": "ru"})
    wrong = await web.patch("/auth/me", headers=mine | {"if-match": '"2"'}, json={"language": "fr"})
    more = await web.patch(
        "/auth/me", headers=mine | {"if-match": '"2"'}, json={"language": "ru", "username": "root"}
    )

    assert [missing.status_code, good.status_code, stale.status_code] == [428, 200, 412]
    assert (wrong.status_code, more.status_code) == (422, 422)
    assert stale.json()["current"]["version"] == 2
    assert (await web.get("/auth/me", headers=mine)).json()["language"] == "az"


async def test_a_password_is_changed_by_who_knows_the_present_one_and_signs_out_the_others(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    mine = bearer(await sign_in(web, name))
    change = {"present": PASSWORD, "password": OTHER_PASSWORD}

    wrong = await web.post("/auth/password", headers=mine, json=change | {"present": "wrong"})
    weak = await web.post("/auth/password", headers=mine, json=change | {"password": "passwordpassword"})
    named = await web.post(
        "/auth/password", headers=mine, json=change | {"password": f"xk9 {name} w7q pl 71"}
    )
    good = await web.post("/auth/password", headers=mine, json=change)

    assert code(wrong) == (403, "proof-refused")
    assert (code(weak), weak.json()["reasons"]) == ((422, "password-refused"), ["too_common"])
    assert named.json()["reasons"] == ["holds_name"]
    assert "xk9" not in named.text
    assert good.status_code == 204
    assert (await web.get("/auth/me", headers=mine)).status_code == 200
    assert (await web.get("/auth/me", headers=signed(town.caseworker))).status_code == 401
    assert (await sign_in(web, name)).status_code == 401
    assert (await sign_in(web, name, OTHER_PASSWORD)).status_code == 200
    assert await told(connection, town.caseworker) == ["password.change"]
    assert [event.allowed for event in await trail(connection, "password.refuse", "password.change")] == [
        False,
        True,
    ]


async def test_a_stolen_session_cannot_guess_the_password_without_waiting(
    web: AsyncClient, name: str
) -> None:
    mine = bearer(await sign_in(web, name))
    guess = {"present": "wrong", "password": OTHER_PASSWORD}

    answers = [await web.post("/auth/password", headers=mine, json=guess) for _ in range(6)]

    assert [code(answer) for answer in answers] == [(403, "proof-refused")] * 5 + [(429, "slow-down")]


async def test_refresh_tokens_are_stored_by_their_hash_alone(
    web: AsyncClient, name: str, connection: AsyncConnection
) -> None:
    await sign_in(web, name)
    token = web.cookies["__Host-rt"]

    stored = await at_gate(connection, "select token_hash from refresh_token")

    assert [row["token_hash"] for row in stored] == [refresh.fingerprint(token)]
    assert token not in str(await at_gate(connection, "select r::text from refresh_token r"))

"""Signing in and staying signed in: each rule by an attempt to break it."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.accounts.people import (
    Clock,
    at_gate,
    bearer,
    browser,
    code,
    enrol,
    give_password,
    make_cheap,
    now_code,
    renew,
    sign_in,
    trail,
)
from tests.factories import Town


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


async def test_the_right_password_opens_a_session(web: AsyncClient, name: str, town: Town) -> None:
    answer = await sign_in(web, name)
    me = await web.get("/auth/me", headers=bearer(answer))

    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "second_factor_needed"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 600)
    assert me.json()["id"] == str(town.caseworker.user_id)
    assert me.json()["permissions"]["case:read"] == "own"
    assert "user:manage" not in me.json()["permissions"]
    assert me.json()["acting_membership_id"] == str(town.caseworker.membership_id)


async def test_a_user_name_may_be_typed_in_capitals(web: AsyncClient, name: str) -> None:
    assert (await sign_in(web, f" {name.upper()} ")).status_code == 200


async def test_the_refresh_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts(
    web: AsyncClient, name: str
) -> None:
    answer = await sign_in(web, name)
    cookie = answer.headers["set-cookie"]

    assert cookie.startswith("__Host-rt=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly", "path=/", "samesite=strict", "secure",
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"


async def test_on_this_very_machine_without_tls_the_cookie_does_without_too(
    connection: AsyncConnection, name: str
) -> None:
    for base, expected in {
        "http://127.0.0.1:8000": "rt=",
        "http://localhost:8000": "rt=",
        "http://[::1]:8000": "rt=",
        "http://192.168.1.5:8000": "__Host-rt=",
        "http://localhost.evil.org": "__Host-rt=",
        "https://127.0.0.1": "__Host-rt=",
    }.items():
        async with browser(connection) as client:
            client.base_url = base + "/api/v1"
            cookie = (await sign_in(client, name)).headers["set-cookie"]
            assert cookie.startswith(expected), base
            assert ("secure" in cookie.lower()) == (expected != "rt=")
            renewed = await renew(client)
            assert renewed.status_code == (401 if base.startswith("http://") and expected != "rt=" else 200)


async def test_wrong_password_unknown_name_disabled_and_invited_get_the_same_answer(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    disabled = await give_password(connection, town.colleague)
    invited = await give_password(connection, town.outsider)
    await at_gate(connection, "update user_account set standing='disabled' where username=:n", n=disabled)
    await at_gate(connection, "update user_account set standing='invited' where username=:n", n=invited)

    answers = [
        await sign_in(web, name, "wrong"),
        await sign_in(web, "nobody.of.this.name"),
        await sign_in(web, disabled),
        await sign_in(web, invited),
        await sign_in(web, name, "x" * 500),
    ]

    assert {code(answer) for answer in answers} == {(401, "sign-in-refused")}
    assert len({str(answer.json() | {"request_id": ""}) for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_attempts_are_written_down_without_what_was_typed(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    await sign_in(web, name, "geheimnis")
    await sign_in(web, "fremder.name", "geheimnis")
    await sign_in(web, name)

    events = await trail(connection, "session.refuse", "session.begin")

    assert [(event.action, event.allowed) for event in events] == [
        ("session.refuse", False),
        ("session.refuse", False),
        ("session.begin", True),
    ]
    assert [event.object_ids for event in events[:2]] == [[town.caseworker.user_id], []]
    assert events[2].user_id == town.caseworker.user_id
    whole = str([event.model_dump() for event in events])
    assert "geheimnis" not in whole
    assert "fremder" not in whole
    assert name not in whole


async def test_after_five_failures_each_attempt_waits_twice_as_long_up_to_fifteen_minutes(
    web: AsyncClient, name: str, hands: Clock
) -> None:
    waits: list[int] = []
    for _ in range(4):
        await sign_in(web, name, "wrong")
    for _ in range(12):
        hands.later(seconds=sum(waits))
        assert code(await sign_in(web, name, "wrong")) == (401, "sign-in-refused")
        waits.append(int((await sign_in(web, name, "wrong")).headers["retry-after"]))

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


async def test_the_right_password_waits_too_and_then_opens_so_nobody_is_locked_out(
    web: AsyncClient, name: str, hands: Clock
) -> None:
    for _ in range(5):
        await sign_in(web, name, "wrong")

    early = await sign_in(web, name)
    hands.later(seconds=3)
    late = await sign_in(web, name)

    assert code(early) == (429, "slow-down")
    assert 1 <= int(early.headers["retry-after"]) <= 2
    assert late.status_code == 200


async def test_a_name_that_does_not_exist_waits_like_one_that_does(web: AsyncClient, name: str) -> None:
    for _ in range(5):
        await sign_in(web, "nobody.of.this.name")

    assert code(await sign_in(web, "nobody.of.this.name")) == (429, "slow-down")
    assert (await sign_in(web, name)).status_code == 200


async def test_signing_in_forgives_what_went_before(web: AsyncClient, name: str) -> None:
    for _ in range(4):
        await sign_in(web, name, "wrong")
    await sign_in(web, name)
    for _ in range(4):
        await sign_in(web, name, "wrong")

    assert (await sign_in(web, name)).status_code == 200


async def test_attempts_that_have_to_wait_do_not_make_the_wait_longer(
    web: AsyncClient, name: str, hands: Clock
) -> None:
    for _ in range(30):
        await sign_in(web, name, "wrong")

    hands.later(seconds=3)
    assert (await sign_in(web, name)).status_code == 200


async def test_failures_of_yesterday_are_forgotten(web: AsyncClient, name: str, hands: Clock) -> None:
    for _ in range(5):
        await sign_in(web, name, "wrong")

    hands.later(hours=25)
    for _ in range(4):
        assert code(await sign_in(web, name, "wrong")) == (401, "sign-in-refused")


async def test_one_address_trying_many_names_has_to_wait_and_another_address_does_not(
    web: AsyncClient, name: str, connection: AsyncConnection
) -> None:
    for turn in range(20):
        assert code(await sign_in(web, f"name{turn}")) == (401, "sign-in-refused")

    async with browser(connection, address="10.0.0.2") as elsewhere:
        assert code(await sign_in(web, "yet-another")) == (429, "slow-down")
        assert code(await sign_in(web, name)) == (429, "slow-down")
        assert (await sign_in(elsewhere, name)).status_code == 200


async def test_success_from_an_address_does_not_wipe_its_failures(web: AsyncClient, name: str) -> None:
    """Else whoever has one account may guess at all others without end."""
    for turn in range(19):
        await sign_in(web, f"name{turn}")
    assert (await sign_in(web, name)).status_code == 200
    await sign_in(web, "name19")

    assert code(await sign_in(web, "name20")) == (429, "slow-down")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "a"},
        {"password": "a"},
        {"username": "", "password": "a"},
        {"username": "a", "password": ""},
        {"username": "a" * 201, "password": "a"},
        {"username": "a", "password": "a" * 513},
        {"username": "a", "password": "a", "otp": "1"},
        {"username": "a", "password": "a", "grant_type": "client_credentials"},
        {"username": "a", "password": "a", "role": "administrator"},
    ],
)
async def test_a_form_that_is_not_ours_is_refused_by_field(web: AsyncClient, form: dict[str, str]) -> None:
    answer = await web.post("/auth/token", data=form)

    assert code(answer) == (422, "invalid")
    assert "administrator" not in answer.text


async def test_odd_characters_in_a_name_are_an_unknown_name_and_no_defect(web: AsyncClient) -> None:
    for odd in ("\x00", "a\x00b", "'; drop table user_account --", "\ufffe", "👩‍🦽", "%00", "İ" * 200):
        assert (await sign_in(web, odd)).status_code in (401, 422), odd


async def test_without_a_good_token_nobody_is_known(web: AsyncClient, name: str) -> None:
    good = bearer(await sign_in(web, name))["authorization"]

    for header in (
        {},
        {"authorization": "Bearer x"},
        {"authorization": good[:-2]},
        {"authorization": "Basic eDp5"},
    ):
        answer = await web.get("/auth/me", headers=header)
        assert code(answer) == (401, "unknown-caller")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_waits_are_stored_without_names_or_addresses(
    web: AsyncClient, name: str, connection: AsyncConnection
) -> None:
    await sign_in(web, name, "wrong")

    stored = str(await at_gate(connection, "select d::text from login_delay d"))

    assert name not in stored
    assert "10.0.0.1" not in stored


async def test_a_second_factor_of_somebody_else_does_not_open(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    await enrol(connection, town.caseworker)
    theirs, codes = await enrol(connection, town.colleague, codes=1)

    assert (await sign_in(web, name, otp=now_code(theirs))).status_code == 401
    assert (await sign_in(web, name, otp=codes[0])).status_code == 401

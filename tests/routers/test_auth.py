"""Signing in and staying signed in: each rule by an attempt to break it."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import refresh
from app.core.config import settings
from tests.accounts.people import (
    OTHER_PASSWORD,
    PAGES,
    PASSWORD,
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


async def test_a_refresh_token_is_exchanged_for_the_next(web: AsyncClient, name: str) -> None:
    await sign_in(web, name)
    first = web.cookies["__Host-rt"]

    renewed = await renew(web)

    assert (await web.get("/auth/me", headers=bearer(renewed))).status_code == 200
    assert web.cookies["__Host-rt"] != first
    assert (await renew(web)).status_code == 200


async def test_a_lost_answer_is_given_again_for_thirty_seconds_and_never_branches(
    web: AsyncClient, name: str, hands: Clock
) -> None:
    await sign_in(web, name)
    first = web.cookies["__Host-rt"]
    hands.later(seconds=1)
    await renew(web)
    second = web.cookies["__Host-rt"]

    hands.later(seconds=30)
    again = await present(web, first)

    assert again.status_code == 200
    assert web.cookies["__Host-rt"] == second
    assert (await renew(web)).status_code == 200


async def present(client: AsyncClient, token: str) -> Response:
    """Ask to renew with this token, and none of the browser's own."""
    client.cookies.clear()
    return await client.post("/auth/refresh", headers=PAGES | {"cookie": f"__Host-rt={token}"})


async def test_a_used_token_that_comes_again_later_ends_the_whole_session_and_is_told(
    web: AsyncClient, name: str, hands: Clock, town: Town, connection: AsyncConnection
) -> None:
    access = bearer(await sign_in(web, name))
    stolen = web.cookies["__Host-rt"]
    await renew(web)
    good = web.cookies["__Host-rt"]

    hands.later(seconds=40)
    thief = await present(web, stolen)
    owner = await present(web, good)

    assert code(thief) == code(owner) == (401, "unknown-caller")
    assert code(await web.get("/auth/me", headers=access)) == (401, "unknown-caller")
    assert [event.allowed for event in await trail(connection, "session.reuse")] == [False]
    assert await told(connection, town.caseworker) == ["session.reuse"]


async def test_a_used_token_from_another_device_is_theft_even_within_the_grace(
    web: AsyncClient, name: str, connection: AsyncConnection
) -> None:
    await sign_in(web, name)
    stolen = web.cookies["__Host-rt"]
    await renew(web)

    async with browser(connection, device="curl") as thief:
        assert (await present(thief, stolen)).status_code == 401
    assert (await renew(web)).status_code == 401


async def test_a_used_token_is_theft_once_its_successor_was_used(web: AsyncClient, name: str) -> None:
    """Whoever used the successor had the answer, so it was not lost."""
    await sign_in(web, name)
    first = web.cookies["__Host-rt"]
    await renew(web)
    second = web.cookies["__Host-rt"]
    await renew(web)

    assert (await present(web, first)).status_code == 401
    assert (await present(web, second)).status_code == 401, "the session is over"


async def test_a_refresh_token_idles_out_after_half_an_hour(
    web: AsyncClient, name: str, hands: Clock
) -> None:
    await sign_in(web, name)

    hands.later(minutes=29)
    assert (await renew(web)).status_code == 200
    hands.later(minutes=29 + 31)
    assert (await renew(web)).status_code == 401


async def test_a_session_ends_after_twelve_hours_however_busy(
    web: AsyncClient, name: str, hands: Clock
) -> None:
    await sign_in(web, name)

    for turn in range(1, 36):
        hands.later(minutes=20 * turn)
        assert (await renew(web)).status_code == 200
    hands.later(hours=12, seconds=1)

    assert (await renew(web)).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 4000, "é", "..", "null"])
async def test_a_token_that_is_not_ours_renews_nothing(web: AsyncClient, town: Town, cookie: str) -> None:
    headers = [(b"x-requested-with", b"dayaq"), (b"cookie", f"__Host-rt={cookie}".encode())]
    answer = await web.post("/auth/refresh", headers=headers)

    assert code(answer) == (401, "unknown-caller")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-requested-with": "XMLHttpRequest"},
        PAGES | {"origin": "https://evil.org"},
        PAGES | {"origin": "null"},
        PAGES | {"origin": "https://house.evil.org"},
        PAGES | {"origin": "https://house:444"},
        PAGES | {"sec-fetch-site": "cross-site"},
        PAGES | {"sec-fetch-site": "same-site"},
        PAGES | {"sec-fetch-site": "cross-site", "origin": "https://house"},
    ],
)
async def test_another_site_can_neither_renew_nor_end_a_session(
    web: AsyncClient, name: str, headers: dict[str, str]
) -> None:
    access = bearer(await sign_in(web, name))

    for path in ("/auth/refresh", "/auth/logout"):
        assert code(await web.post(path, headers=headers)) == (403, "cross-site")
    assert (await web.get("/auth/me", headers=access)).status_code == 200


async def test_our_own_pages_may_renew(web: AsyncClient, name: str) -> None:
    await sign_in(web, name)

    for more in ({"origin": "https://house"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}):
        assert (await web.post("/auth/refresh", headers=PAGES | more)).status_code == 200


async def test_behind_a_proxy_the_public_address_decides_what_is_ours(
    web: AsyncClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "public_url", "https://dayaq.az")
    await sign_in(web, name)

    for origin, status in {
        "https://dayaq.az": 200,
        "http://dayaq.az": 403,
        "https://house": 403,
        "https://dayaq.az.evil.org": 403,
        "https://dayaq.az@evil.org": 403,
    }.items():
        assert (await web.post("/auth/refresh", headers=PAGES | {"origin": origin})).status_code == status


async def test_signing_out_takes_effect_on_the_next_request(
    web: AsyncClient, name: str, connection: AsyncConnection
) -> None:
    access = bearer(await sign_in(web, name))
    kept = web.cookies["__Host-rt"]

    out = await web.post("/auth/logout", headers=PAGES)

    assert out.status_code == 204
    assert out.headers["clear-site-data"] == '"cache", "cookies"'
    assert "__Host-rt" not in web.cookies
    assert code(await web.get("/auth/me", headers=access)) == (401, "unknown-caller")
    assert (await present(web, kept)).status_code == 401
    assert len(await trail(connection, "session.end")) == 1


async def test_signing_out_works_with_the_access_token_alone_and_may_be_repeated(
    web: AsyncClient, name: str
) -> None:
    access = bearer(await sign_in(web, name))
    web.cookies.clear()

    for _ in range(2):
        out = await web.post("/auth/logout?wipe=true", headers=PAGES | access)
        assert out.status_code == 204
    assert out.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert (await web.get("/auth/me", headers=access)).status_code == 401


async def test_a_disabled_person_is_out_on_the_next_request(
    web: AsyncClient, name: str, connection: AsyncConnection
) -> None:
    access = bearer(await sign_in(web, name))

    await at_gate(connection, "update user_account set standing='disabled' where username=:n", n=name)

    assert code(await web.get("/auth/me", headers=access)) == (401, "unknown-caller")
    assert (await renew(web)).status_code == 401


async def test_an_ended_membership_gives_nothing_on_the_next_request(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    access = bearer(await sign_in(web, name))
    assert (await web.get("/organisations", headers=access)).status_code == 200

    await at_gate(
        connection, "update membership set ended_at=now() where id=:i", i=town.caseworker.membership_id
    )

    assert code(await web.get("/organisations", headers=access)) == (403, "membership-needed")
    assert (await web.get("/auth/me", headers=access)).json()["permissions"] == {}


async def test_nobody_acts_under_the_membership_of_somebody_else(
    web: AsyncClient, name: str, town: Town
) -> None:
    access = bearer(await sign_in(web, name))

    answer = await web.get(
        "/organisations", headers=access | {"x-membership": str(town.administrator.membership_id)}
    )

    assert code(answer) == (403, "membership-needed")


async def test_an_administrators_token_is_good_for_five_minutes(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    administrator = await give_password(connection, town.administrator)

    assert (await sign_in(web, administrator)).json()["expires_in"] == 300


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

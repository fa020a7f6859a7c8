"""Staying signed in, and not: renewing, theft, other sites, signing out."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.config import settings
from tests.accounts.people import (
    PAGES,
    Clock,
    at_gate,
    bearer,
    browser,
    code,
    give_password,
    make_cheap,
    renew,
    sign_in,
    told,
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

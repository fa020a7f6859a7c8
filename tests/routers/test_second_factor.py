"""The second factor: required where the programme says so, and no code of it serves twice."""

from collections.abc import AsyncIterator

import pyotp
import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.config import settings
from tests.accounts.people import (
    OTHER_PASSWORD,
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
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    """A programme that requires a second factor of everybody."""
    monkeypatch.setattr(settings(), "mfa_required", True)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def begin(web: AsyncClient, mine: dict[str, str]) -> pyotp.TOTP:
    return pyotp.TOTP((await web.post("/auth/mfa/totp", headers=mine)).json()["secret"])


async def test_a_session_without_its_required_second_factor_may_only_enrol(
    web: AsyncClient, name: str, required: None
) -> None:
    answer = await sign_in(web, name)
    mine = bearer(answer)

    assert answer.json()["second_factor_needed"] is True
    for method, path, body in [
        ("GET", "/organisations", None),
        ("GET", "/notifications", None),
        ("GET", "/users", None),
        ("GET", "/auth/sessions", None),
        ("DELETE", "/auth/sessions", None),
        ("POST", "/auth/password", {"present": PASSWORD, "password": OTHER_PASSWORD}),
        ("POST", "/auth/step-up", {"password": PASSWORD}),
        ("POST", "/auth/mfa/totp/remove", {"code": "123456"}),
        ("POST", "/auth/mfa/recovery-codes", {"code": "123456"}),
    ]:
        refused = await web.request(method, path, headers=mine, json=body)
        assert code(refused) == (403, "second-factor-needed"), path
    me = (await web.get("/auth/me", headers=mine)).json()
    assert me["second_factor"] == {
        "required": True,
        "enrolled": False,
        "shown": False,
        "recovery_codes_left": 0,
    }


async def test_enrolling_opens_the_door_at_once_and_asks_for_a_code_from_then_on(
    web: AsyncClient, name: str, required: None, hands: Clock, town: Town, connection: AsyncConnection
) -> None:
    mine = bearer(await sign_in(web, name))
    app = await begin(web, mine)

    confirmed = await web.post("/auth/mfa/totp/confirm", headers=mine, json={"code": now_code(app)})

    assert len(set(confirmed.json()["recovery_codes"])) == 10
    assert (await web.get("/organisations", headers=mine)).status_code == 200
    assert code(await sign_in(web, name)) == (401, "code-needed")
    hands.later(seconds=30)
    again = await sign_in(web, name, otp=now_code(app))
    assert again.json()["second_factor_needed"] is False
    assert (await web.get("/organisations", headers=bearer(again))).status_code == 200
    assert await told(connection, town.caseworker) == ["factor.confirm"]


async def test_an_enrolled_factor_is_asked_for_even_where_none_is_required(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    await enrol(connection, town.caseworker)

    assert code(await sign_in(web, name)) == (401, "code-needed")


async def test_a_secret_that_was_not_confirmed_asks_for_nothing_and_opens_nothing(
    web: AsyncClient, name: str, required: None
) -> None:
    mine = bearer(await sign_in(web, name))
    app = await begin(web, mine)

    answer = await sign_in(web, name, otp=now_code(app))

    assert answer.json()["second_factor_needed"] is True
    assert code(await web.get("/organisations", headers=mine)) == (403, "second-factor-needed")


async def test_beginning_again_replaces_the_secret_until_it_is_confirmed(web: AsyncClient, name: str) -> None:
    mine = bearer(await sign_in(web, name))
    first, second = await begin(web, mine), await begin(web, mine)

    old = await web.post("/auth/mfa/totp/confirm", headers=mine, json={"code": now_code(first)})
    new = await web.post("/auth/mfa/totp/confirm", headers=mine, json={"code": now_code(second)})
    third = await web.post("/auth/mfa/totp", headers=mine)
    again = await web.post("/auth/mfa/totp/confirm", headers=mine, json={"code": now_code(second, 1)})

    assert code(old) == (403, "proof-refused")
    assert new.status_code == 200
    assert code(third) == code(again) == (409, "factor-present")


async def test_nothing_is_confirmed_that_was_not_begun(web: AsyncClient, name: str) -> None:
    mine = bearer(await sign_in(web, name))

    for path in ("totp/confirm", "totp/remove", "recovery-codes"):
        answer = await web.post(f"/auth/mfa/{path}", headers=mine, json={"code": "123456"})
        assert code(answer) == (409, "factor-absent")


async def test_the_password_is_asked_first_so_a_code_alone_tells_nothing(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    app, _ = await enrol(connection, town.caseworker)

    without = await sign_in(web, name, "wrong")
    beside = await sign_in(web, name, "wrong", otp=now_code(app))

    assert code(without) == code(beside) == (401, "sign-in-refused")


async def test_a_code_serves_once(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection, hands: Clock
) -> None:
    app, _ = await enrol(connection, town.caseworker)
    used = now_code(app)

    first = await sign_in(web, name, otp=used)
    again = await sign_in(web, name, otp=used)
    before = await sign_in(web, name, otp=now_code(app, -1))
    hands.later(seconds=30)
    following = await sign_in(web, name, otp=now_code(app))

    assert [each.status_code for each in (first, again, before, following)] == [200, 401, 401, 200]


async def test_a_code_used_to_confirm_does_not_sign_in(web: AsyncClient, name: str, hands: Clock) -> None:
    mine = bearer(await sign_in(web, name))
    app = await begin(web, mine)
    used = now_code(app)
    await web.post("/auth/mfa/totp/confirm", headers=mine, json={"code": used})

    assert code(await sign_in(web, name, otp=used)) == (401, "sign-in-refused")


async def test_codes_cannot_be_tried_without_end(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection, hands: Clock
) -> None:
    app, _ = await enrol(connection, town.caseworker)
    wrong = "000000" if now_code(app) != "000000" else "000001"

    answers = []
    for _ in range(5):
        answers.append(code(await sign_in(web, name, otp=wrong)))
        await sign_in(web, name)  # the right password between them does not wipe the count

    assert answers == [(401, "sign-in-refused")] * 5
    assert code(await sign_in(web, name, otp=now_code(app))) == (429, "slow-down")


async def test_codes_of_a_stolen_session_cannot_be_tried_without_end(
    web: AsyncClient, name: str, hands: Clock
) -> None:
    mine = bearer(await sign_in(web, name))
    app = await begin(web, mine)
    wrong = {"code": "000000" if now_code(app) != "000000" else "000001"}

    answers = [await web.post("/auth/mfa/totp/confirm", headers=mine, json=wrong) for _ in range(6)]

    assert [code(each) for each in answers] == [(403, "proof-refused")] * 5 + [(429, "slow-down")]


async def test_a_recovery_code_opens_once(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection, required: None
) -> None:
    _, codes = await enrol(connection, town.caseworker, codes=3)

    first = await sign_in(web, name, otp=codes[1].lower().replace("-", " "))
    again = await sign_in(web, name, otp=codes[1])
    me = (await web.get("/auth/me", headers=bearer(first))).json()["second_factor"]

    assert (first.status_code, again.status_code) == (200, 401)
    assert me == {"required": True, "enrolled": True, "shown": True, "recovery_codes_left": 2}


async def test_new_recovery_codes_make_the_old_ones_void(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    app, old = await enrol(connection, town.caseworker, codes=3)
    mine = bearer(await sign_in(web, name, otp=old[0]))

    renewed = await web.post("/auth/mfa/recovery-codes", headers=mine, json={"code": now_code(app)})

    assert len(renewed.json()["recovery_codes"]) == 10
    assert (await sign_in(web, name, otp=old[1])).status_code == 401
    assert (await sign_in(web, name, otp=renewed.json()["recovery_codes"][9])).status_code == 200


async def test_removing_the_factor_needs_a_code_of_it_and_signs_out_the_other_devices(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    app, codes = await enrol(connection, town.caseworker, codes=1)
    mine = bearer(await sign_in(web, name, otp=codes[0]))

    wrong = await web.post("/auth/mfa/totp/remove", headers=mine, json={"code": codes[0]})
    right = await web.post("/auth/mfa/totp/remove", headers=mine, json={"code": now_code(app)})

    assert code(wrong) == (403, "proof-refused")
    assert right.status_code == 204
    assert (await sign_in(web, name)).status_code == 200
    assert (await web.get("/auth/me", headers=signed(town.caseworker))).status_code == 401
    assert await told(connection, town.caseworker) == ["factor.remove"]
    assert [event.action for event in await trail(connection, "factor.refuse", "factor.remove")] == [
        "factor.refuse",
        "factor.remove",
    ]


async def test_where_a_factor_is_required_removing_it_leaves_only_enrolling(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection, required: None
) -> None:
    app, codes = await enrol(connection, town.caseworker, codes=1)
    mine = bearer(await sign_in(web, name, otp=codes[0]))

    await web.post("/auth/mfa/totp/remove", headers=mine, json={"code": now_code(app)})

    assert code(await web.get("/organisations", headers=mine)) == (403, "second-factor-needed")
    assert (await web.post("/auth/mfa/totp", headers=mine)).status_code == 200


async def test_confirming_signs_out_devices_that_never_showed_the_factor(
    web: AsyncClient, name: str, town: Town
) -> None:
    mine = bearer(await sign_in(web, name))
    app = await begin(web, mine)

    await web.post("/auth/mfa/totp/confirm", headers=mine, json={"code": now_code(app)})

    assert (await web.get("/auth/me", headers=mine)).status_code == 200
    assert (await web.get("/auth/me", headers=signed(town.caseworker))).status_code == 401


async def test_secrets_and_codes_are_not_in_the_database_as_they_are(
    web: AsyncClient, name: str, connection: AsyncConnection
) -> None:
    mine = bearer(await sign_in(web, name))
    app = await begin(web, mine)
    codes = (await web.post("/auth/mfa/totp/confirm", headers=mine, json={"code": now_code(app)})).json()

    stored = str(await at_gate(connection, "select f::text, encode(f.secret, 'escape') from factor f"))
    events = await trail(connection, "factor.begin", "factor.confirm")

    assert app.secret not in stored
    assert not any(each in stored or each.replace("-", "") in stored for each in codes["recovery_codes"])
    assert app.secret not in str([event.model_dump() for event in events])
    assert len(events) == 2


async def test_a_secret_moved_to_another_person_opens_nothing(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection
) -> None:
    mine, _ = await enrol(connection, town.caseworker)
    await enrol(connection, town.colleague)
    colleague = await give_password(connection, town.colleague)
    await at_gate(
        connection,
        "update factor set secret = (select secret from factor where user_id = :me) where user_id = :them",
        me=town.caseworker.user_id,
        them=town.colleague.user_id,
    )

    assert (await sign_in(web, colleague, otp=now_code(mine))).status_code == 500


async def test_a_fresh_proof_takes_the_password_and_the_code(
    web: AsyncClient, name: str, town: Town, connection: AsyncConnection, hands: Clock
) -> None:
    app, codes = await enrol(connection, town.caseworker, codes=1)
    mine = bearer(await sign_in(web, name, otp=codes[0]))
    proved = (await web.get("/auth/me", headers=mine)).json()["auth_at"]
    hands.later(minutes=6)

    for wrong in (
        {"password": "wrong", "otp": now_code(app)},
        {"password": PASSWORD},
        {"password": PASSWORD, "otp": codes[0]},
    ):
        assert code(await web.post("/auth/step-up", headers=mine, json=wrong)) == (403, "proof-refused")
    assert (await web.get("/auth/me", headers=mine)).json()["auth_at"] == proved
    right = await web.post("/auth/step-up", headers=mine, json={"password": PASSWORD, "otp": now_code(app)})

    assert right.status_code == 204
    assert (await web.get("/auth/me", headers=mine)).json()["auth_at"] > proved

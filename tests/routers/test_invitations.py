"""Invitations: one way in, once, for a week."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.ids import new_id
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
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def newcomer(town: Town, **changes: Any) -> dict[str, Any]:
    place = {"role": "caseworker", "organisation_id": str(town.agency.id), "team_id": str(town.north.id)}
    whole = {
        "username": "Leyla@Clinic.az",
        "display_name": "Leyla Ə.",
        "language": "az",
        "memberships": [place],
    }
    return whole | changes


async def invite(web: AsyncClient, town: Town, **changes: Any) -> Response:
    return await web.post("/users", headers=signed(town.administrator), json=newcomer(town, **changes))


def user(town: Town, who: str = "colleague") -> str:
    return f"/users/{getattr(town, who).user_id}"


async def test_an_invited_person_sets_a_password_and_signs_in(web: AsyncClient, town: Town) -> None:
    invited = await invite(web, town)
    token = invited.json()["token"]
    early = await sign_in(web, "leyla@clinic.az", OTHER_PASSWORD)

    accepted = await web.post("/auth/invitations/accept", json={"token": token, "password": OTHER_PASSWORD})
    mine = bearer(await sign_in(web, "leyla@clinic.az", OTHER_PASSWORD))
    me = (await web.get("/auth/me", headers=mine)).json()

    assert (invited.status_code, early.status_code, accepted.status_code) == (201, 401, 204)
    assert invited.json()["user"]["standing"] == "invited"
    assert (me["username"], me["language"]) == ("leyla@clinic.az", "az")
    assert [each["role"] for each in me["memberships"]] == ["caseworker"]


async def test_the_token_is_shown_once_and_kept_only_as_a_hash(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    invited = (await invite(web, town)).json()

    shown = await web.get(f"/users/{invited['user']['id']}", headers=signed(town.administrator))

    assert len(invited["token"]) == 43
    assert invited["token"] not in shown.text
    assert invited["token"] not in str(await at_gate(connection, "select i::text from invitation i"))


async def test_an_invitation_serves_once(web: AsyncClient, town: Town) -> None:
    body = {"token": (await invite(web, town)).json()["token"], "password": OTHER_PASSWORD}
    await web.post("/auth/invitations/accept", json=body)

    again = await web.post("/auth/invitations/accept", json=body | {"password": PASSWORD})

    assert code(again) == (409, "invitation-void")
    assert (await sign_in(web, "leyla@clinic.az", OTHER_PASSWORD)).status_code == 200


async def test_a_refused_password_does_not_spend_the_invitation(web: AsyncClient, town: Town) -> None:
    token = (await invite(web, town)).json()["token"]

    weak = await web.post("/auth/invitations/accept", json={"token": token, "password": "passwordpassword"})
    short = await web.post("/auth/invitations/accept", json={"token": token, "password": "x7#kP!vQ2zR9"})
    good = await web.post("/auth/invitations/accept", json={"token": token, "password": OTHER_PASSWORD})

    assert code(weak) == code(short) == (422, "password-refused")
    assert (short.json()["reasons"], short.json()["least"]) == (["too_short"], 15)
    assert good.status_code == 204


async def test_an_invitation_runs_out_after_a_week(web: AsyncClient, town: Town, hands: Clock) -> None:
    token = (await invite(web, town)).json()["token"]

    hands.later(days=7, seconds=1)
    late = await web.post("/auth/invitations/accept", json={"token": token, "password": OTHER_PASSWORD})

    assert code(late) == (409, "invitation-void")


async def test_tokens_of_invitations_cannot_be_tried_without_end(web: AsyncClient, town: Town) -> None:
    answers = [
        await web.post("/auth/invitations/accept", json={"token": "A" * 43, "password": OTHER_PASSWORD})
        for _ in range(21)
    ]

    assert [code(each) for each in answers] == [(409, "invitation-void")] * 20 + [(429, "slow-down")]


async def test_a_new_invitation_makes_the_old_one_void_and_signs_out_once_it_is_used(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    name = await give_password(connection, town.colleague)
    mine = bearer(await sign_in(web, name))
    first = await web.post(f"{user(town)}/invite", headers=signed(town.administrator, 1))
    second = await web.post(f"{user(town)}/invite", headers=signed(town.administrator, 2))

    void = await web.post(
        "/auth/invitations/accept", json={"token": first.json()["token"], "password": OTHER_PASSWORD}
    )
    still = await web.get("/auth/me", headers=mine)
    good = await web.post(
        "/auth/invitations/accept", json={"token": second.json()["token"], "password": OTHER_PASSWORD}
    )

    assert (code(void), still.status_code, good.status_code) == ((409, "invitation-void"), 200, 204)
    assert (await web.get("/auth/me", headers=mine)).status_code == 401
    assert (await sign_in(web, name)).status_code == 401
    assert (await sign_in(web, name, OTHER_PASSWORD)).status_code == 200
    assert await told(connection, town.colleague) == ["user.invite_again"] * 2


async def test_a_name_belongs_to_one_person_however_it_is_written(web: AsyncClient, town: Town) -> None:
    await invite(web, town)

    for same in ("leyla@clinic.az", "LEYLA@clinic.az", "ｌｅｙｌａ@clinic.az"):
        assert code(await invite(web, town, username=same)) == (409, "clash"), same


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "a b"},
        {"username": "x"},
        {"username": "a" * 101},
        {"username": "a\n"},
        {"username": "<script>"},
        {"display_name": ""},
        {"display_name": "\u202e"},
        {"display_name": "a" * 201},
        {"language": "fr"},
        {"memberships": []},
        {"memberships": [{"role": "root", "organisation_id": str(new_id())}]},
        {"standing": "active"},
        {"password": PASSWORD},
    ],
)
async def test_a_newcomer_that_does_not_fit_is_refused_by_field(
    web: AsyncClient, town: Town, changes: dict[str, Any]
) -> None:
    assert code(await invite(web, town, **changes)) == (422, "invalid")


async def test_a_retried_invitation_makes_one_person_and_shows_the_same_token(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    headers = signed(town.administrator) | {"idempotency-key": str(new_id())}

    first = await web.post("/users", headers=headers, json=newcomer(town))
    again = await web.post("/users", headers=headers, json=newcomer(town))

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(await trail(connection, "user.invite")) == 1
    kept = await at_gate(connection, "select encode(body, 'escape') as body from first_answer")
    assert first.json()["token"] not in str(kept)

"""The gate under many hands at once, against a clock, and before anybody is let in at all."""

import asyncio
import statistics
import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col, select

from app.access.table import Role
from app.accounts import actions, gate, rules
from app.accounts.errors import AdministratorPresent, LastAdministrator, PasswordRefused
from app.accounts.models import Factor, Membership
from app.core.db import GATE, unit_of_work
from app.core.errors import Problem
from tests.accounts.people import (
    PASSWORD,
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
from tests.factories import Town, signed


async def test_an_unknown_name_takes_as_long_as_a_known_one(connection: AsyncConnection, town: Town) -> None:
    """With the real cost of Argon2id, interleaved, so that the machine's own unrest hits both alike."""
    name = await give_password(connection, town.caseworker)
    times: dict[bool, list[float]] = {True: [], False: []}
    async with browser(connection) as web:
        for turn in range(16):
            is_known = turn % 2 == 0
            await at_gate(connection, "delete from login_delay")
            began = time.perf_counter()
            answer = await sign_in(web, name if is_known else "nobody.of.this.name", "wrong")
            times[is_known].append(time.perf_counter() - began)
            assert answer.status_code == 401

    known, unknown = statistics.median(times[True]), statistics.median(times[False])
    assert 0.6 < unknown / known < 1.7, times
    assert unknown > 0.03, "the dummy was verified"


async def test_guesses_at_once_are_no_way_round_the_wait(
    real: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    town = await Town(real).build()
    name = await give_password(real, town.caseworker)
    async with browser(real) as web:
        answers = await asyncio.gather(*(sign_in(web, name, f"guess {turn}") for turn in range(12)))

    looked_at = [answer for answer in answers if code(answer) == (401, "sign-in-refused")]
    assert len(looked_at) == 5
    assert {answer.status_code for answer in answers} <= {401, 409, 429, 503}


async def test_a_code_shown_twice_at_once_opens_once(
    real: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    town = await Town(real).build()
    name = await give_password(real, town.caseworker)
    app, codes = await enrol(real, town.caseworker, codes=1)
    async with browser(real) as one, browser(real, address="10.0.0.2") as other:
        for otp in (now_code(app), codes[0]):
            answers = await asyncio.gather(sign_in(one, name, otp=otp), sign_in(other, name, otp=otp))
            assert sorted(answer.status_code for answer in answers) == [200, 401], otp


async def test_of_two_that_read_the_same_factor_one_spends_the_code(
    real: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else makes sign-ins wait for each other: the statement that spends a code decides."""
    make_cheap(monkeypatch)
    town = await Town(real).build()
    await give_password(real, town.caseworker)
    app, _ = await enrol(real, town.caseworker, codes=1)
    otp, both = now_code(app), asyncio.Barrier(2)

    async def spend() -> str:
        async with unit_of_work(real, GATE) as session:
            hers = col(Factor.user_id) == town.caseworker.user_id
            factor = (await session.exec(select(Factor).where(hers))).one()
            await both.wait()
            return await gate.prove(session, factor, otp) or "refused"

    assert sorted(await asyncio.gather(spend(), spend())) == ["otp", "refused"]


async def test_a_token_renewed_twice_at_once_stays_one_chain(
    real: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    town = await Town(real).build()
    name = await give_password(real, town.caseworker)
    async with browser(real) as web:
        await sign_in(web, name)
        token = web.cookies["__Host-rt"]
        headers = {"x-requested-with": "dayaq", "cookie": f"__Host-rt={token}"}
        web.cookies.clear()
        tabs = await asyncio.gather(*(web.post("/auth/refresh", headers=headers) for _ in range(4)))
        assert [tab.status_code for tab in tabs] == [200] * 4
        assert len({tab.headers["set-cookie"] for tab in tabs}) == 1
        assert (await renew(web)).status_code == 200
    assert len(await at_gate(real, "select 1 from refresh_token")) == 3


async def test_an_invitation_accepted_twice_at_once_sets_one_password(
    real: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    town = await Town(real).build()
    async with browser(real) as web:
        invited = await web.post(
            f"/users/{town.colleague.user_id}/invite", headers=signed(town.administrator, 1)
        )
        body = {"token": invited.json()["token"]}
        passwords = ["qatar bulud zəncir 92 balıq", "dəniz kəpənək 17 çıraq saat"]
        answers = await asyncio.gather(
            *(web.post("/auth/invitations/accept", json=body | {"password": each}) for each in passwords)
        )
        opened = [await sign_in(web, town.users[1].username, each) for each in passwords]

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert [answer.status_code == 204 for answer in answers] == [each.status_code == 200 for each in opened]


async def test_two_administrators_who_shut_each_other_out_at_once_leave_one(real: AsyncEngine) -> None:
    town = await Town(real).build()
    one, other = town.administrator, town.coordinator
    async with unit_of_work(real, GATE) as session:
        place = Membership(user_id=other.user_id, role=Role.ADMINISTRATOR, organisation_id=town.agency.id)
        session.add(place)
    other = replace(other, role=Role.ADMINISTRATOR, membership_id=place.id)

    async def shut_each_other_out() -> None:
        async with unit_of_work(real, other.limits) as late:
            await late.connection()
            async with unit_of_work(real, one.limits) as early:
                await actions.disable(early, one, other.user_id, 1)
                blow_back = asyncio.ensure_future(actions.disable(late, other, one.user_id, 1))
                await asyncio.sleep(0.2)
                assert not blow_back.done(), "it waits for the first to end"
            await blow_back

    with pytest.raises(LastAdministrator):
        await shut_each_other_out()

    standing = await at_gate(
        real,
        "select standing from user_account where id in (:one, :other) order by standing",
        one=one.user_id,
        other=other.user_id,
    )
    assert [row["standing"] for row in standing] == ["active", "disabled"]


async def test_who_is_told_to_come_back_later_is_not_counted_as_wrong(
    connection: AsyncConnection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    name = await give_password(connection, town.caseworker)
    full = threading.BoundedSemaphore(1)
    full.acquire()
    async with browser(connection) as web:
        with monkeypatch.context() as patch:
            patch.setattr("app.accounts.passwords._places", full)
            answers = [await sign_in(web, name) for _ in range(7)]
        assert {code(answer) for answer in answers} == {(429, "too-busy")}
        assert {answer.headers["retry-after"] for answer in answers} == {"2"}
        assert (await sign_in(web, name)).status_code == 200


async def test_nothing_is_left_of_a_sign_in_whose_commit_fails(
    connection: AsyncConnection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    name = await give_password(connection, town.caseworker)
    before = await at_gate(connection, "select id from login_session")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("defect")

    async with browser(connection) as web:
        with monkeypatch.context() as patch:
            patch.setattr("app.accounts.tokens.issue", fail)
            assert (await sign_in(web, name)).status_code == 500

    assert await at_gate(connection, "select id from login_session") == before
    assert await trail(connection, "session.begin") == []


async def first(bind: AsyncEngine, username: str = "Root", password: str = PASSWORD) -> Problem | None:
    try:
        await actions.create_first_admin(bind, username, "Root R.", "Agency", password)
    except Problem as refused:
        return refused
    return None


async def test_the_first_administrator_is_made_once_and_can_sign_in(real: AsyncEngine) -> None:
    made, again = await first(real), await first(real, "other")
    async with browser(real) as web:
        mine = bearer(await sign_in(web, "root"))
        me = (await web.get("/auth/me", headers=mine)).json()
        users = (await web.get("/users", headers=mine)).json()["items"]

    assert made is None
    assert isinstance(again, AdministratorPresent)
    assert me["permissions"]["user:manage"] == "all"
    assert "case:read" not in me["permissions"]
    assert [user["username"] for user in users] == ["root"]
    events = await trail(real, "organisation.add", "user.create_first")
    assert [event.action for event in events] == ["organisation.add", "user.create_first"]


async def test_of_two_who_make_the_first_administrator_at_once_one_succeeds(real: AsyncEngine) -> None:
    outcomes = await asyncio.gather(first(real, "one"), first(real, "two"))

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AdministratorPresent) for outcome in outcomes) == 1


async def test_the_first_administrator_needs_a_good_password_and_leaves_nothing_without(
    real: AsyncEngine,
) -> None:
    for bad in ("passwordpassword", "short", "root root root root 7"):
        assert isinstance(await first(real, password=bad), PasswordRefused)

    assert await at_gate(real, "select 1 from user_account") == []
    assert await at_gate(real, "select 1 from organisation") == []


def test_waits_double_from_two_seconds_up_to_fifteen_minutes() -> None:
    waits = [rules.wait_after(failures, free=5).total_seconds() for failures in range(17)]

    assert waits == [0] * 5 + [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert rules.wait_after(10**9, free=5).total_seconds() == 900


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("::1", "::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_whoever_holds_a_network_is_one_address(address: str | None, counted: str) -> None:
    assert rules.network(address) == counted


def test_administrators_get_shorter_tokens() -> None:
    assert rules.access_minutes({Role.ADMINISTRATOR, Role.AUDITOR}, 10) == 5
    assert rules.access_minutes({Role.AUDITOR}, 10) == 10
    assert rules.access_minutes({Role.ADMINISTRATOR}, 3) == 3

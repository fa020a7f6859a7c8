"""What is thrown away, and what is not."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import jobs
from app.core.db import GATE, unit_of_work
from tests.accounts.people import Clock, at_gate, browser, code, give_password, make_cheap, sign_in
from tests.factories import Town, signed


async def test_what_opens_nothing_any_more_is_thrown_away_and_the_rest_stays(
    connection: AsyncConnection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    hands = Clock(monkeypatch)
    name = await give_password(connection, town.caseworker)
    tables = ("login_delay", "refresh_token", "login_session", "invitation")

    async def counts() -> list[int]:
        return [(await at_gate(connection, f"select count(*) from {table}"))[0]["count"] for table in tables]

    async def tidy() -> int:
        async with unit_of_work(connection, GATE) as session:
            return await jobs.tidy(session)

    async with browser(connection) as web:
        for _ in range(5):
            await sign_in(web, name, "wrong")
        await web.post(f"/users/{town.colleague.user_id}/invite", headers=signed(town.administrator, 1))
        assert await tidy() == 0
        assert code(await sign_in(web, name)) == (429, "slow-down"), "the wait is still on"
        hands.later(seconds=10)
        assert (await sign_in(web, name)).status_code == 200
        before = await counts()
        hands.later(days=29)
        await tidy()
        month = await counts()
        hands.later(days=40)
        await tidy()

    assert before == [1, 1, len(town.sessions) + 1, 1]
    assert month == [0, *before[1:]]
    assert await counts() == [0, 0, 0, 0]

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.factories import Town, signed


async def test_before_the_first_release_there_is_nothing_to_ask(
    client: AsyncClient, connection: AsyncConnection
) -> None:
    town = await Town(connection).build()
    headers = signed(town.analyst)

    query = await client.post("/statistics/query", json={}, headers=headers)
    releases = await client.get("/statistics/releases", headers=headers)

    assert query.status_code == 409
    assert query.json()["type"] == "/problems/nothing-released"
    assert releases.json() == []

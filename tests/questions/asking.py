"""A question walked along its states over HTTP, as the people do it."""

from typing import Any

from httpx import AsyncClient, Response

from app.access.actor import Actor
from tests.factories import Town, signed

BASE = "/statistics/questions"
SEX_BY_KIND: dict[str, Any] = {
    "purpose_code": "planning",
    "legal_basis_code": "public_interest",
    "purpose": "Places in rehabilitation for the year after next",
    "dimensions": ["victim_type", "sex"],
    "last_day": "2025-12-31",
}


async def ask(service: AsyncClient, who: Actor, **changes: Any) -> Response:
    return await service.post(BASE, json=SEX_BY_KIND | changes, headers=signed(who))


async def act(service: AsyncClient, who: Actor, one: dict[str, Any], action: str, **body: Any) -> Response:
    path = f"{BASE}/{one['id']}/{action}"
    return await service.post(path, json=body, headers=signed(who, one["version"]))


async def approved(service: AsyncClient, town: Town, **changes: Any) -> dict[str, Any]:
    """A question of the analyst's that both have approved."""
    one = (await ask(service, town.analyst, **changes)).json()
    one = (await act(service, town.coordinator, one, "review")).json()
    answer = await act(service, town.auditor, one, "approve")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def seen(service: AsyncClient, who: Actor, one: dict[str, Any]) -> dict[str, Any]:
    answer = await service.get(f"{BASE}/{one['id']}", headers=signed(who))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found

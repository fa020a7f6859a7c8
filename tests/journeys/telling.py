"""How a journey of one person is told over HTTP: each step by who does it, the timeline at the end."""

import logging
from typing import Any

from httpx import AsyncClient

from app.access.actor import Actor
from tests.factories import Town, signed
from tests.journeys.payloads import Body

TOLD = ("kind", "what", "status")
log = logging.getLogger("journey")


class Telling:
    """What is done about one person."""

    def __init__(self, client: AsyncClient, town: Town) -> None:
        self.client, self.town = client, town

    async def post(self, path: str, body: Body, who: Actor, version: int | None = None) -> Any:
        answer = await self.client.post(path, json=body, headers=signed(who, version))
        assert answer.status_code in (200, 201), (path, answer.text)
        return answer.json()

    async def replace(self, path: str, body: Body, who: Actor, version: int) -> Any:
        answer = await self.client.put(path, json=body, headers=signed(who, version))
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def get(self, path: str, who: Actor) -> Any:
        answer = await self.client.get(path, headers=signed(who))
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def refused(
        self, path: str, body: Body | None, who: Actor, version: int | None = None, verb: str = "post"
    ) -> tuple[int, str]:
        """Which status, and which problem, an attempt is answered; nothing is to be changed by it."""
        answer = await self.client.request(verb, path, headers=signed(who, version), json=body)
        assert 400 <= answer.status_code < 500, (path, answer.text)
        return answer.status_code, str(answer.json()["code"])

    async def timeline(self, case: str) -> list[Any]:
        """What a supervisor reads of the whole way, told to the log from the beginning."""
        shown: list[Any] = (await self.get(f"{case}/timeline?limit=200", self.town.supervisor))["items"]
        for entry in reversed(shown):
            log.info("%s %s %s %s", entry["on"] or entry["at"][:10], *(entry[name] for name in TOLD))
        return shown


def reached(shown: list[Any]) -> set[str]:
    """The milestones that a timeline says were reached."""
    return {one["what"] for one in shown if one["kind"] == "milestone" and one["status"] == "achieved"}

"""People of a journey: signed in, asking over HTTP, each answer judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.core.ids import new_id

Say = Callable[[str], object]


@dataclass
class Person:
    """Somebody signed in, and what they do."""

    name: str
    client: httpx.AsyncClient
    token: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, password: str) -> None:
        """By name and password, as the OAuth2 password form has it."""
        answer = await self.client.post("/auth/token", data={"username": self.name, "password": password})
        assert answer.status_code == 200, (self.name, answer.status_code, answer.text)
        self.token = answer.json()["access_token"]

    async def ask(self, verb: str, path: str, expect: int = 200, **more: Any) -> Any:
        """One request; remembers the version of what comes back, and names it at the next change."""
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": str(new_id())}
        if version := more.pop("version", None):
            headers["if-match"] = f'"{version}"'
        answer = await self.client.request(verb, path, headers=headers, **more)
        assert answer.status_code == expect, (self.name, verb, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def get(self, path: str, expect: int = 200) -> Any:
        """Read."""
        return await self.ask("GET", path, expect)

    async def post(self, path: str, body: Any = None, expect: int = 201, version: int | None = None) -> Any:
        """Make or do something."""
        return await self.ask("POST", path, expect, json=body or {}, version=version)

    async def move(self, record: Mapping[str, Any], path: str, body: Any = None) -> Any:
        """Move a record on, from the version in hand."""
        return await self.ask("POST", path, 200, json=body or {}, version=record["version"])


async def facility_of(person: Person) -> str:
    """Where somebody works."""
    me = await person.get("/auth/me")
    return str(next(m["facility_id"] for m in me["memberships"] if m["id"] == me["acting_membership_id"]))

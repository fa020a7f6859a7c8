"""What is measured: the same work asked of the floor and of the service, and what it may cost."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bench.people import Worker, sign_in

WAITING = sa.text(
    "select r.id, r.version, m.user_id from referral r join membership m on m.facility_id = r.to_facility_id"
    " and m.role = 'provider' and m.ended_at is null where r.status = 'sent' and m.user_id = any(:users)"
    " order by r.id limit :many"
)
FILES = sa.text(
    "select c.id, c.survivor_id, c.owner_id from case_file c where c.owner_id = any(:users)"
    " and c.status = 'implementation' order by c.id limit :many"
)
Requests = list[bytes]


@dataclass(frozen=True)
class Path:
    """One path: its requests to the floor and to the service, and its budget (performance.md)."""

    name: str
    floor: Callable[[int], Requests]
    service: Callable[[int], Requests]
    most: float  # ratio of processor time
    least: float  # share of the floor's requests per second
    many: int = 600


def http(verb: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{verb} {path} HTTP/1.1", "host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    if body or verb == "POST":
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def by_floor(worker: Worker, path: str) -> bytes:
    """A request to the floor."""
    return http("GET", path, {"authorization": str(worker.session_id)})


class Programme:
    """The bench's programme: who works in it, and what waits for them."""

    def __init__(self, owner: sa.Engine) -> None:
        self.owner = owner
        self.workers = sign_in(owner, "caseworker", 100)
        self.providers = sign_in(owner, "provider", 50)
        self.tokens = {w.user_id: w.token() for w in [*self.workers, *self.providers]}
        self.sent = self._waiting()

    def paths(self) -> list[Path]:
        """Everything that is measured."""
        caseload, inbox = (
            "/api/v1/cases?limit=20&status=implementation",
            "/api/v1/referrals?box=inbox&status=sent&limit=20",
        )
        return [
            Path(
                "caseload page of 20",
                self.ask(self.workers, "/caseload"),
                self.get(self.workers, caseload),
                2.0,
                0.5,
            ),
            Path(
                "inbox page of 20",
                self.ask(self.providers, "/inbox"),
                self.get(self.providers, inbox),
                2.0,
                0.5,
            ),
            Path("referral accept", self.accept_floor, self.accept, 2.5, 0.4, 300),
        ]

    def ask(self, workers: list[Worker], path: str) -> Callable[[int], Requests]:
        """The same of the floor, by these people in turn."""
        return lambda many: [by_floor(w, path) for w in itertools.islice(itertools.cycle(workers), many)]

    def get(self, workers: list[Worker], path: str) -> Callable[[int], Requests]:
        """The same of the service, by these people in turn."""
        return lambda many: [
            http("GET", path, self.headers(w.user_id))
            for w in itertools.islice(itertools.cycle(workers), many)
        ]

    def headers(self, user_id: UUID) -> dict[str, str]:
        """Who asks the service."""
        return {"authorization": f"Bearer {self.tokens[user_id]}"}

    def _waiting(self) -> Iterator[Any]:
        with self.owner.connect() as connection:
            users = [w.user_id for w in self.providers]
            rows = connection.execute(WAITING, {"users": users, "many": 20_000}).all()
        once = {row.id: row for row in rows}
        return iter(once.values())

    def accept_floor(self, many: int) -> Requests:
        """Referrals accepted by the floor, each once."""
        session = {w.user_id: w for w in self.providers}
        return [
            by_floor(session[row.user_id], f"/accept/{row.id}/{row.version}")
            for row in itertools.islice(self.sent, many)
        ]

    def accept(self, many: int) -> Requests:
        """Referrals accepted by the service, each once."""
        return [
            http(
                "POST",
                f"/api/v1/referrals/{row.id}/accept",
                self.headers(row.user_id) | {"if-match": f'"{row.version}"'},
                json.dumps({}).encode(),
            )
            for row in itertools.islice(self.sent, many)
        ]

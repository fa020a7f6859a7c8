"""What is measured: the same work asked of the floor and of the service, and what it may cost."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bench.floor import MISSPELT
from bench.people import Worker, sign_in
from bench.sport import Club, body

WAITING = sa.text(
    "select r.id, r.version, m.user_id from referral r join membership m on m.facility_id = r.to_facility_id"
    " and m.role = 'provider' and m.ended_at is null where r.status = 'sent' and m.user_id = any(:users)"
    " order by r.id limit :many"
)
PUT_BACK = sa.text(
    "update referral set status = 'sent', answered_at = null, version = version + 1"
    " where status = 'accepted' and to_facility_id in"
    " (select facility_id from membership where user_id = any(:users))"
)
FILES = sa.text(
    "select c.id, c.version, c.owner_id user_id from case_file c where c.owner_id = any(:users)"
    " and c.status = 'implementation' order by c.id limit :many"
)
PLACES = sa.text(
    "select user_id, facility_id from membership where user_id = any(:users) and ended_at is null"
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
        self.analysts = sign_in(owner, "analyst", 10)
        self.coaches = sign_in(owner, "sports_coordinator", 10)
        everybody = [*self.workers, *self.providers, *self.analysts, *self.coaches]
        self.tokens = {w.user_id: w.token() for w in everybody}
        self.club = Club.of(owner, [w.user_id for w in self.coaches])
        self.places = self._places()
        self.sent = self._waiting()
        self.files = self._files()
        self.turns = iter(self.files)

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
            Path("queue page of 20", self.ask(self.providers, "/queue"), self.queues, 2.0, 0.5),
            Path("referral accept", self.accept_floor, self.accept, 2.5, 0.4, 300),
            Path(
                "file, 30 timeline entries",
                self.of_files("timeline"),
                self.get_files("/api/v1/cases/{}/timeline"),
                2.5,
                0.45,
            ),
            Path(
                "today", self.ask(self.workers, "/today"), self.get(self.workers, "/api/v1/today"), 2.5, 0.45
            ),
            Path(
                "name search, misspelt",
                self.ask(self.workers, "/search"),
                self.post(self.workers, "/api/v1/survivors/search", {"name": MISSPELT}),
                2.5,
                0.4,
                200,
            ),
            Path(
                "statistics query",
                self.ask(self.analysts, "/figures"),
                self.post(self.analysts, "/api/v1/statistics/query", {"dimensions": ["region", "sex"]}),
                2.0,
                0.5,
            ),
            *self.of_sport(),
            Path("any other: amend a case", self.of_files("amend", self.turns), self.amend, 8.0, 0.15, 200),
        ]

    def of_sport(self) -> list[Path]:
        """The attendance of sixty, and a page of the programme that they are of."""
        page = f"/members/{self.club.programme_id}"
        listed = f"/api/v1/programmes/{self.club.programme_id}/enrolments"
        return [
            Path("attendance of 60", self.attend_floor, self.attend, 2.5, 0.4, 200),
            Path(
                "programme page of 50",
                self.ask(self.coaches, page),
                self.get(self.coaches, listed),
                2.5,
                0.4,
                300,
            ),
        ]

    def attend_floor(self, many: int) -> Requests:
        """Sessions noted by the floor, each once."""
        headers = {"authorization": str(self.coaches[0].session_id)}
        return [
            http("PUT", f"/attend/{session_id}", headers, body(group))
            for session_id, group in self.club.next(many)
        ]

    def attend(self, many: int) -> Requests:
        """Sessions noted by the service, each once."""
        headers = self.headers(self.coaches[0].user_id) | {"if-match": '"1"'}
        return [
            http("PUT", f"/api/v1/sessions/{session_id}/attendance", headers, body(group))
            for session_id, group in self.club.next(many)
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

    def queues(self, many: int) -> Requests:
        """The queue of the own facility, asked of the service by the providers in turn."""
        return [
            http(
                "GET", f"/api/v1/facilities/{self.places[w.user_id]}/queue?limit=20", self.headers(w.user_id)
            )
            for w in itertools.islice(itertools.cycle(self.providers), many)
        ]

    def post(self, workers: list[Worker], path: str, body: Any) -> Callable[[int], Requests]:
        """A question with a body, by these people in turn."""
        return lambda many: [
            http("POST", path, self.headers(w.user_id), json.dumps(body).encode())
            for w in itertools.islice(itertools.cycle(workers), many)
        ]

    def of_files(self, what: str, files: Iterator[Any] | None = None) -> Callable[[int], Requests]:
        """The same of the floor about files, each by its caseworker; `files`: where each serves once."""
        session = {w.user_id: w for w in self.workers}
        return lambda many: [
            by_floor(session[row.user_id], f"/{what}/{row.id}/{row.version}")
            for row in itertools.islice(files or itertools.cycle(self.files), many)
        ]

    def get_files(self, path: str) -> Callable[[int], Requests]:
        """Files read at the service, each by its caseworker."""
        return lambda many: [
            http("GET", path.format(row.id), self.headers(row.user_id))
            for row in itertools.islice(itertools.cycle(self.files), many)
        ]

    def amend(self, many: int) -> Requests:
        """Cases changed at the service, each once."""
        return [
            http(
                "PATCH",
                f"/api/v1/cases/{row.id}",
                self.headers(row.user_id) | {"if-match": f'"{row.version}"'},
                b'{"priority_code": "high"}',
            )
            for row in itertools.islice(self.turns, many)
        ]

    def _files(self) -> list[Any]:
        with self.owner.connect() as connection:
            users = [w.user_id for w in self.workers]
            return list(connection.execute(FILES, {"users": users, "many": 20_000}).all())

    def _places(self) -> dict[UUID, UUID]:
        with self.owner.connect() as connection:
            rows = connection.execute(PLACES, {"users": [w.user_id for w in self.providers]}).all()
        return {row.user_id: row.facility_id for row in rows}

    def headers(self, user_id: UUID) -> dict[str, str]:
        """Who asks the service."""
        return {"authorization": f"Bearer {self.tokens[user_id]}"}

    def _waiting(self) -> Iterator[Any]:
        """What waits for an answer, with what an earlier run has accepted."""
        with self.owner.begin() as connection:
            users = [w.user_id for w in self.providers]
            connection.execute(PUT_BACK, {"users": users})
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

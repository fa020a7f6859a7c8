"""Nothing acknowledged is lost, nothing is done twice, whatever is killed while people write and file."""

import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.ids import new_id
from tests.documents.factories import document
from tests.drills.serving import Server, sign_in

WRITERS = 6
FILED = 0.03  # of what is written: documents, which take longer; and one person may file 400 a day
KEPT = "select id from note union all select document_id from document_file where length(content) > 600"


class Writers:
    """Caseworkers who write notes and file documents, each with its own id and key, and remember which."""

    def __init__(self, server: Server, enough: int) -> None:
        self.server, self.enough = server, enough
        self.acknowledged: list[UUID] = []
        self.unanswered = 0
        self.lock = threading.Lock()
        self.token = sign_in(server.url, "caseworker")
        cases = self._ask("GET", "/cases?limit=50").json()["items"]
        self.cases = [case["id"] for case in cases if case["status"] not in {"closed", "transferred"}]
        assert self.cases

    def run(self) -> None:
        """Start writing."""
        hands = ThreadPoolExecutor(WRITERS)
        self.writing = [hands.submit(self._write) for _ in range(WRITERS)]
        hands.shutdown(wait=False)

    def done(self) -> None:
        """Wait until enough was acknowledged; fails with what a writer failed with."""
        for one in self.writing:
            one.result(timeout=300)

    def _ask(self, verb: str, path: str, key: str = "", **sent: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} | ({"idempotency-key": key} if key else {})
        url = f"{self.server.url}/api/v1{path}"
        return httpx.request(verb, url, headers=headers, timeout=10, **sent)

    def _write(self) -> None:
        while len(self.acknowledged) < self.enough:
            self._one(new_id(), files=random.random() < FILED)

    def _one(self, record: UUID, *, files: bool) -> None:
        """One note or document, sent again until it is acknowledged."""
        key, under = str(new_id()), "documents" if files else "notes"
        note: Any = {"json": {"id": str(record), "text": "A call; all is well."}}
        case, until = random.choice(self.cases), time.monotonic() + 120
        while time.monotonic() < until:
            sent = document(id=str(record)) if files else note
            try:
                answer = self._ask("POST", f"/cases/{case}/{under}", key, **sent)
            except httpx.HTTPError:
                status = 0
            else:
                status = answer.status_code
            if status in {200, 201}:
                with self.lock:
                    self.acknowledged.append(record)
                return
            if status == 409 and answer.json()["code"] == "consent-missing":  # of this person nothing is kept
                case = random.choice(self.cases)
                continue
            assert status in {0, 429, 503} or answer.json()["code"] == "busy", answer.text
            with self.lock:
                self.unanswered += 1
            time.sleep(0.1)
        raise AssertionError("never acknowledged")


def faults(server: Server, acknowledged: list[UUID]) -> dict[str, set[UUID]]:
    """What is wrong with what was acknowledged: not there, there twice, or without its one audit event."""
    with server.database() as connection:
        notes = Counter(row[0] for row in connection.execute(KEPT))
        events = Counter(
            row[0]
            for row in connection.execute(
                "select unnest(object_ids) from audit_event where action in ('note.write', 'document.add')"
            )
        )
    wanted = set(acknowledged)
    return {
        "lost": wanted - set(notes),
        "doubled": {note for note in wanted if notes[note] > 1 or acknowledged.count(note) > 1},
        "without its event": {note for note in wanted if events[note] != 1},
    }


def rounds(server: Server, many: int, enough: int) -> int:
    """Write and kill in turn, look after each; prints and gives how many writes were acknowledged."""
    total = unanswered = 0
    begun = time.monotonic()
    for turn in range(many):
        writers = Writers(server, enough)
        writers.run()
        while len(writers.acknowledged) < enough // 4:
            time.sleep(0.01)
        time.sleep(random.random() / 4)
        (server.kill_postgres if turn % 2 else server.kill)()
        writers.done()
        found = faults(server, writers.acknowledged)
        assert not any(found.values()), found
        total += len(writers.acknowledged)
        unanswered += writers.unanswered
    sys.stdout.write(
        f"{many} kills, service and database in turn: {total} writes acknowledged, {unanswered} sent again,"
        f" none lost, none doubled, each with its audit event; {time.monotonic() - begun:.0f} s\n"
    )
    return total


def test_what_was_acknowledged_outlives_a_kill_of_service_and_database(server: Server) -> None:
    assert rounds(server, many=2, enough=60) >= 120


@pytest.mark.drill
def test_twenty_kills_during_five_hundred_writes_each(server: Server) -> None:
    assert rounds(server, many=20, enough=500) >= 10_000


def test_the_checker_finds_a_planted_loss_a_double_and_a_missing_event(server: Server) -> None:
    writers = Writers(server, 3)
    writers.run()
    writers.done()
    lost, silent, *_ = writers.acknowledged
    with server.database() as connection:
        connection.execute("delete from note where id = %s", [lost])
        connection.execute("alter table audit_event disable trigger only_grows")
        connection.execute("delete from audit_event where object_ids @> array[%s]", [silent])
        connection.execute("alter table audit_event enable trigger only_grows")

    found = faults(server, [*writers.acknowledged, writers.acknowledged[-1]])

    assert found["lost"] == {lost}
    assert silent in found["without its event"]
    assert found["doubled"] == {writers.acknowledged[-1]}

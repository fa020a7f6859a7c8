"""Who was to be told is told at least once, and knows a double, whatever is killed in between."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from aiosmtpd.controller import Controller

from app.cli import database
from app.core import clock, embedded
from app.core.ids import new_id
from app.couriers import signing
from app.couriers.signing import Verdict
from app.referrals.states import LIVE
from tests.couriers.factories import URL
from tests.drills.serving import ROOT, Server, free_port, sign_in

PATIENCE = 120  # seconds


class Inbox:
    """A real mail server and a real receiver of webhooks, which keep what they are sent."""

    def __init__(self) -> None:
        self.letters: Counter[str] = Counter()
        self.hooks: Counter[str] = Counter()
        self.verdicts: Counter[Verdict] = Counter()
        self.keys: dict[str, str] = {}
        self.seen: set[str] = set()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """A letter, by its Message-ID."""
        lines = envelope.content.decode().splitlines()
        line = next(line for line in lines if line.lower().startswith("message-id:"))
        self.letters[line.partition("<")[2].partition("@")[0]] += 1
        return "250 OK"

    def take(self, header: str, body: bytes) -> None:
        """A webhook, by the id in it."""
        self.verdicts[signing.judge(self.keys, header, body, clock.now(), self.seen)] += 1
        self.hooks[json.loads(body)["id"]] += 1


def _receiver(inbox: Inbox) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # the courier died in the middle of it: nothing was said
                return
            inbox.take(self.headers[signing.HEADER], body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Post:
    """A caseworker who writes about a referral, the provider who is told of it, and two couriers."""

    def __init__(self, server: Server, mail: int, hooks: int, inbox: Inbox) -> None:
        self.server, self.inbox = server, inbox
        with embedded.cluster(server.folder / "postgres") as owner:
            self.address = database.login_address(owner)
        self.settings = {"DAYAQ_VAR": str(server.folder), "DAYAQ_SMTP_HOST": "127.0.0.1"}
        self.settings |= {"DAYAQ_SMTP_PORT": str(mail), "DAYAQ_SMTP_TLS": "false"}
        self.settings["DAYAQ_WEBHOOK_HOSTS"] = json.dumps(["hooks.example.org"])
        self.receiver = f"http://127.0.0.1:{hooks}/"
        self.couriers = [self._courier() for _ in range(2)]
        provider, self.referral = self._pair()
        self.facility = self.ask("GET", "/auth/me", token=provider)["memberships"][0]["facility_id"]
        wish = {"email": "provider@example.org", "email_kinds": ["referral_message"]}
        now = self.ask("GET", "/notifications/preference", token=provider)["version"]
        self.ask("PUT", "/notifications/preference", wish, {"if-match": f'"{now}"'}, provider)
        keeper = sign_in(server.url, "administrator")
        for old in self.ask("GET", "/webhooks", token=keeper)["items"]:
            if old["stopped_at"] is None:
                lines = {"if-match": f'"{old["version"]}"'}
                self.ask("POST", f"/webhooks/{old['id']}/stop", headers=lines, token=keeper)
        body = {"facility_id": self.facility, "url": URL, "kinds": ["referral_message"]}
        made = self.ask("POST", "/webhooks", body, token=keeper)
        inbox.keys[made["key_id"]] = made["key"]
        self.written: list[UUID] = []
        self.again = 0

    def ask(self, verb: str, path: str, body: Any = None, headers: Any = None, token: str = "") -> Any:
        """What the service answers, which must be well."""
        lines = {"authorization": f"Bearer {token or self.token}"} | (headers or {})
        answer = httpx.request(verb, f"{self.server.url}/api/v1{path}", json=body, headers=lines, timeout=10)
        assert answer.status_code < 300, (path, answer.status_code, answer.text)
        return answer.json()

    def _pair(self) -> tuple[str, str]:
        """Somebody who refers, somebody who answers, and a referral that both can write about.

        Who these are depends on the demo, and the demo on the day.
        """
        for self.writer in ("caseworker", "caseworker2", "caseworker3"):
            self.token = sign_in(self.server.url, self.writer)
            for other in ("provider.baku", "provider.ganja"):
                provider = sign_in(self.server.url, other)
                if referral := self._referral(provider):
                    return provider, referral
        raise AssertionError("the demo has no such referral")

    def _referral(self, provider: str) -> str | None:
        """One that both sides can write about, if there is one."""
        inbox = {
            row["id"] for row in self.ask("GET", "/referrals?box=inbox&limit=200", token=provider)["items"]
        }
        cursor = ""
        while True:
            page = self.ask("GET", f"/referrals?box=outbox&limit=200{cursor}")
            live = [row for row in page["items"] if row["id"] in inbox and row["status"] in LIVE]
            for row in live:
                shown = httpx.get(
                    f"{self.server.url}/api/v1/referrals/{row['id']}/messages",
                    headers={"authorization": f"Bearer {provider}"},
                    timeout=10,
                )
                if shown.status_code == 200:
                    return str(row["id"])
            if not page["next_cursor"]:
                return None
            cursor = f"&cursor={page['next_cursor']}"

    def _courier(self) -> subprocess.Popen[bytes]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("DAYAQ_")}
        command = [sys.executable, "-m", "tests.drills.courier", self.address, self.receiver]
        return subprocess.Popen(command, cwd=ROOT, env=inherited | self.settings)

    def kill_courier(self) -> None:
        """kill -9 one of the two; another takes its place."""
        one = self.couriers.pop(0)
        one.kill()
        one.wait()
        self.couriers.append(self._courier())

    def stop(self) -> None:
        """Both go home."""
        for one in self.couriers:
            one.kill()
            one.wait()

    def write(self, many: int = 1) -> None:
        """So many messages, one after the other."""
        for _ in range(many):
            self._write()

    def _write(self) -> None:
        """One message, sent again until it is acknowledged."""
        message, key = new_id(), str(new_id())
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx.HTTPError, AssertionError):
                body = {"id": str(message), "text": "When can she come?"}
                self.ask("POST", f"/referrals/{self.referral}/messages", body, {"idempotency-key": key})
                self.written.append(message)
                return
            self.again += 1
            with suppress(httpx.HTTPError, AssertionError):
                self.token = sign_in(self.server.url, self.writer)
            time.sleep(0.1)
        raise AssertionError("never acknowledged")

    def settled(self) -> dict[str, set[str]]:
        """What is wrong, once nothing waits any more."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(psycopg.Error), self.server.database() as connection:
                found = _found(connection, self.referral)
                if not found["waiting"]:
                    return self._faults(found)
            time.sleep(0.5)
        with self.server.database() as connection:
            raise AssertionError(f"waits for ever: {connection.execute(WAITS).fetchall()}")

    def tries(self) -> dict[int, int]:
        """How many deliveries needed how many tries."""
        with self.server.database() as connection:
            return dict(connection.execute(TRIES).fetchall())

    def _faults(self, found: dict[str, set[str]]) -> dict[str, set[str]]:
        return {
            "a message lost": {str(one) for one in self.written} - found["messages"],
            "untold": {"some"} if len(found["told"]) != len(found["messages"]) else set(),
            "without its two deliveries": found["untold"],
            "given up": found["dead"],
            "a letter lost": found["email"] - set(self.inbox.letters),
            "a webhook lost": found["webhook"] - set(self.inbox.hooks),
            "a letter of nothing": set(self.inbox.letters) - found["email"],
        }


def _found(connection: psycopg.Connection, referral: str) -> dict[str, set[str]]:
    queries = {
        "messages": f"select id from referral_message where referral_id = %(it)s and {SINCE}",
        "told": f"{TOLD}",
        "untold": f"select id from ({TOLD}) n where (select count(*) from delivery d"
        " where d.notification_id = n.id) <> 2",
        "waiting": f"{OURS} and sent_at is null and dead_at is null union all {TOLD} and handed_at is null",
        "dead": f"{OURS} and dead_at is not null",
        "email": f"{OURS} and channel = 'email'",
        "webhook": f"{OURS} and channel = 'webhook'",
    }
    return {
        name: {str(row[0]) for row in connection.execute(query, {"it": referral})}
        for name, query in queries.items()
    }


SINCE = "created_at > (select max(created_at) from webhook)"
TOLD = (
    "select id from notification where kind = 'referral.message' and record_id = %(it)s"
    f" and facility_id is not null and {SINCE}"
)
OURS = f"select id from delivery where notification_id in ({TOLD})"
WAITS = (
    "select channel, tries, fault, due_at - now(), held_until - now(), count(*) from delivery"
    " where sent_at is null and dead_at is null group by 1, 2, 3, 4, 5"
)
TRIES = f"select tries, count(*) from delivery where {SINCE} group by tries order by tries"


@contextmanager
def posting(server: Server) -> Iterator[Post]:
    """The mail server, the receiver and the couriers, for as long as this lasts."""
    inbox = Inbox()
    mail = Controller(inbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    hooks = _receiver(inbox)
    post = Post(server, mail.port, hooks.server_address[1], inbox)
    try:
        yield post
    finally:
        post.stop()
        hooks.shutdown()
        hooks.server_close()
        mail.stop()


def rounds(server: Server, post: Post, kills: list[str], writes: int) -> None:
    """Write, kill something in the middle of it, look at the end; prints the figures."""
    begun = time.monotonic()
    ways = {"courier": post.kill_courier, "service": server.kill, "database": server.kill_postgres}
    for what in kills:
        writer = threading.Thread(target=post.write, args=[writes], daemon=True)
        writer.start()
        time.sleep(random.random() / 2)
        ways[what]()
        writer.join(PATIENCE * 2)
        assert not writer.is_alive(), "a writer hangs"
    found = post.settled()
    assert not any(found.values()), found
    inbox = post.inbox
    assert set(inbox.verdicts) <= {Verdict.NEW, Verdict.DOUBLE}
    assert inbox.verdicts[Verdict.NEW] == len(inbox.hooks)
    doubles = sum(inbox.letters.values()) - len(inbox.letters), inbox.verdicts[Verdict.DOUBLE]
    sys.stdout.write(
        f"{len(kills)} kills ({dict(Counter(kills))}): {len(post.written)} messages acknowledged,"
        f" {post.again} sent again; {len(inbox.letters)} letters and {len(inbox.hooks)} webhooks, none lost;"
        f" doubles, all known by their id: {doubles[0]} letters, {doubles[1]} webhooks;"
        f" deliveries by tries {post.tries()};"
        f" {time.monotonic() - begun:.0f} s\n"
    )


def test_everybody_is_told_though_courier_and_database_are_killed(server: Server) -> None:
    with posting(server) as post:
        rounds(server, post, ["courier", "database"], writes=8)
        assert len(post.written) == 16


@pytest.mark.drill
def test_two_hundred_kills(server: Server) -> None:
    with posting(server) as post:
        kills = random.choices(["courier", "service", "database"], [6, 1, 2], k=200)
        rounds(server, post, kills, writes=10)


@pytest.mark.drill
def test_the_checker_finds_a_planted_loss(server: Server) -> None:
    with posting(server) as post:
        post.write(3)
        assert not any(post.settled().values())
        lost = next(iter(post.inbox.letters))
        del post.inbox.letters[lost]
        with server.database() as connection:
            last = "select max(id::text) from delivery where channel = 'webhook'"
            unsaid = connection.execute(last).fetchone()
            connection.execute("delete from delivery where id = %s", unsaid)
            connection.execute("delete from referral_message where id = %s", [post.written[0]])

        found = post.settled()

        assert found["a letter lost"] == {lost}
        assert found["a message lost"] == {str(post.written[0])}
        assert found["without its two deliveries"]
        assert found["untold"]

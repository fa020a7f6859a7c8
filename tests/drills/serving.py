"""A real server of our own for a drill: its own folder, database and port, on loopback, gone at the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import psycopg

from app.core import embedded
from tests.couriers.factories import HOST

ROOT = Path(__file__).parents[2]
PASSWORD = "a password for drills only"
PATIENCE = 120  # seconds; a busy machine loads the demo in thirty


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Server:
    """`dayaq serve --demo`, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        settings = {"DAYAQ_VAR": str(self.folder), "PORT": str(self.port), "DAYAQ_DEMO_PASSWORD": PASSWORD}
        settings["DAYAQ_WEBHOOK_HOSTS"] = json.dumps([HOST])
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("DAYAQ_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve", "--demo"],
                cwd=ROOT,
                env=inherited | settings,
                stdout=log,
                stderr=log,
            )
        self.wait()

    def wait(self) -> None:
        """Until it is ready; AssertionError with the end of its log if that never happens."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 204:
                    return
            assert self.process
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            time.sleep(0.2)
        raise AssertionError(self.log.read_text()[-2000:])

    def kill(self) -> None:
        """kill -9 the service with all its workers; its PostgreSQL ends with it. Then start it again."""
        assert self.process
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if "postgres" not in child.name():
                child.kill()
        self.process.kill()
        self.process.wait()
        self.start()

    def kill_postgres(self) -> None:
        """kill -9 the PostgreSQL server; the service sees to it that it comes back."""
        assert self.process
        children = psutil.Process(self.process.pid).children()
        postmaster = next(child for child in children if "postgres" in child.name())
        postmaster.kill()

    def stop(self) -> None:
        """As Ctrl-C would."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """Its database, seen by the superuser."""
        with embedded.cluster(self.folder / "postgres") as owner:
            where = f"host={owner.query['host']} port={owner.query['port']} user=postgres dbname=postgres"
            with psycopg.connect(where, autocommit=True) as connection:
                yield connection


def sign_in(url: str, username: str) -> str:
    """An access token of one of the demo's people."""
    form = {"username": username, "password": PASSWORD}
    answer = httpx.post(f"{url}/api/v1/auth/token", data=form, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])

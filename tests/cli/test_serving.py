"""`dayaq serve`, started for real: it answers, stops cleanly, and gets up again whatever was killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from app.core import embedded, postmaster
from tests.cli.test_refusals import free_port

ROOT = Path(__file__).parents[2]
SLOW = {  # what takes long to read in, and is needed by nobody who only serves
    *("scipy", "opendp", "faker", "alembic", "xlsxwriter", "rich", "schemathesis", "openpyxl", "httpcore"),
    *("app.demo.programme", "app.statistics.jobs", "app.reference"),
}
BARE = {
    name: value for name, value in os.environ.items() if not name.startswith(("DAYAQ_", "DATABASE", "PORT"))
}


@contextmanager
def house() -> Iterator[Path]:
    """The name of a folder for one service, in one that every user may enter."""
    place = Path(tempfile.mkdtemp(prefix="dayaq-test-", dir="/tmp"))
    place.chmod(0o755)
    yield place / "var"
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """The house of the service that several tests look at."""
    with house() as var:
        yield var


def hang_up_by_default() -> None:
    """A service whose tests run under nohup would ignore the end of its terminal, as it should."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Service:
    """A running `dayaq serve`."""

    def __init__(self, var: Path, *words: str, **given: object) -> None:
        self.port = free_port()
        settings = {"VAR": var, "PORT": self.port, **given}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", *words],
            cwd=ROOT,
            env=BARE | {f"DAYAQ_{name}": str(value) for name, value in settings.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hang_up_by_default,
        )
        self.data = var / "postgres/data"

    def status(self, path: str = "/health/ready") -> int:
        """What it answers; 0 when nobody does."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5).status_code
        except httpx.TransportError:
            return 0

    def wait_until(self, status: int) -> bool:
        """Whether it answers like this before long."""
        for _ in postmaster.moments(120):
            if self.status() == status:
                return True
            if self.process.poll() is not None:
                break
        return False

    def database(self) -> psutil.Process:
        """The head process of its database."""
        running = postmaster.running(self.data)
        assert running
        return psutil.Process(running.pid)

    def end(self, number: int) -> tuple[int, str, str]:
        """How it ends on this signal, and what it said."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err


@contextmanager
def serving(var: Path, *words: str, **given: object) -> Iterator[Service]:
    """A service that answers; it must not outlive the test."""
    service = Service(var, *words, **given)
    try:
        assert service.wait_until(204), service.end(signal.SIGKILL)
        yield service
    finally:
        service.process.kill()
        service.process.communicate()
    left = [p for p in psutil.process_iter() if belongs(p, var)]
    psutil.wait_procs(left, 20)
    assert [p for p in psutil.process_iter() if belongs(p, var)] == []


def belongs(process: psutil.Process, var: Path) -> bool:
    """Whether a process works on this house: its database by its folder, the service by its setting."""
    try:
        return process.cwd().startswith(str(var)) or process.environ().get("DAYAQ_VAR") == str(var)
    except psutil.Error:
        return False


def assert_ends_cleanly(service: Service, number: int) -> None:
    """On this signal service and database end in order, and say nothing of it."""
    database = service.database()
    code, out, _ = service.end(number)
    assert code == 0
    assert f"http://127.0.0.1:{service.port}" in out
    assert not database.is_running()
    assert not (service.data / "postmaster.pid").exists()


@pytest.fixture(scope="module")
def service(var: Path) -> Iterator[Service]:
    """A service that several tests look at; it is stopped as a container would be."""
    with serving(var, WORKERS=2) as service:
        yield service
        assert_ends_cleanly(service, signal.SIGTERM)


def test_only_this_machine_is_served_unless_told_otherwise(service: Service) -> None:
    addresses = {c.laddr.ip for c in psutil.Process(service.process.pid).net_connections("inet")}

    assert addresses == {"127.0.0.1"}


def test_a_database_that_is_killed_comes_back_and_the_service_finds_it_unaided(service: Service) -> None:
    first = service.database()
    first.kill()
    for _ in postmaster.moments(20):
        if (now := postmaster.running(service.data)) and now.pid != first.pid:
            break

    assert service.wait_until(204)
    assert service.process.poll() is None


def test_a_second_service_on_the_same_data_is_refused_in_one_line(service: Service, var: Path) -> None:
    second = Service(var)
    out, err = second.process.communicate(timeout=120)

    assert second.process.returncode == 1
    assert f"in use by process {service.process.pid}" in err
    assert (out, len(err.splitlines())) == ("", 1)
    assert service.wait_until(204)


@pytest.fixture
def own() -> Iterator[Path]:
    """A house of the test's own."""
    with house() as var:
        yield var


def test_a_service_that_was_killed_leaves_nothing_behind_and_starts_again(own: Path) -> None:
    with serving(own, WORKERS=2) as service:
        children = psutil.Process(service.process.pid).children()
        workers = [p for p in children if "spawn_main" in str(p.cmdline())]
        service.end(signal.SIGKILL)
        gone, alive = psutil.wait_procs(workers, 30)
    with serving(own) as service:
        assert_ends_cleanly(service, signal.SIGINT)

    assert (len(gone), alive) == (2, [])


def test_a_lent_database_is_served_without_its_owner_and_left_running(service: Service, own: Path) -> None:
    with embedded.cluster(service.data.parent) as owner:
        address = owner.set(username="app_login").render_as_string()
    key = service.data.parents[1] / "root.key"
    with serving(own, DATABASE_URL=address, ROOT_KEY_FILE=key) as borrower:
        code, _, err = borrower.end(signal.SIGHUP)

    assert (code, "Traceback" in err) == (0, False)
    assert not own.exists()
    assert service.wait_until(204)


def test_a_start_reads_in_nothing_that_it_does_not_need() -> None:
    """A second start stays under five seconds: this is what it is made of, and no clock can disturb it."""
    asked = "import sys, app.cli.serving, app.main; app.main.create_app(); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)

    read_in = set(done.stdout.split())
    assert "fastapi" in read_in
    assert SLOW & read_in == set()

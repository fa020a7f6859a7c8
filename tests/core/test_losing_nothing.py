"""What was acknowledged is there afterwards, however often the server is killed and however full the disk."""

import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import sqlalchemy as sa

from app.core import embedded, postmaster

WRITERS = 3


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for a cluster, in a folder that every user may enter."""
    place = Path(tempfile.mkdtemp(prefix="dayaq-test-", dir="/tmp"))
    place.chmod(0o755)
    yield place / "postgres"
    shutil.rmtree(place)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 160 MB to which nobody else writes."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=711", "tmpfs", str(folder)])
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root with the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


class Writers:
    """Clients that write numbers, each its own, and remember which were acknowledged."""

    def __init__(self, url: sa.URL) -> None:
        self.socket, self.acknowledged, self.leaving = str(url.query["host"]), set[int](), threading.Event()
        with self.connect() as connection:
            connection.execute("create table written (n bigint)")  # no key: a number written twice would show
        self.threads = [
            threading.Thread(target=self.write, args=(start,), daemon=True) for start in range(WRITERS)
        ]
        for thread in self.threads:
            thread.start()

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(f"host={self.socket} user=postgres dbname=postgres", autocommit=True)

    def write(self, number: int) -> None:
        """Write one number after another; after an error go on with the next, on a new connection."""
        while not self.leaving.is_set():
            with suppress(psycopg.Error), self.connect() as connection:
                while not self.leaving.is_set():
                    number += WRITERS
                    connection.execute("insert into written values (%s)", (number,))
                    self.acknowledged.add(number)
            number += WRITERS
            time.sleep(0.01)

    def lost_and_doubled(self) -> tuple[int, int]:
        """Stop writing; how many acknowledged numbers are missing, and how many numbers are there twice."""
        self.leaving.set()
        for thread in self.threads:
            thread.join()
        with self.connect() as connection:
            present = [n for (n,) in connection.execute("select n from written")]
        return len(self.acknowledged - set(present)), len(present) - len(set(present))


def crash(folder: Path, writers: Writers) -> None:
    """Kill the server and all its processes in the middle of the work, and wait until it is back at work."""
    before = len(writers.acknowledged)
    wait_for_work(writers, before + 50)
    running = postmaster.running(folder / "data")
    assert running
    head = psutil.Process(running.pid)
    for process in [head, *head.children()]:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    for _ in postmaster.moments(30):
        if (now := postmaster.running(folder / "data")) and now.pid != running.pid:
            return
    raise AssertionError("the server did not come back")


def wait_for_work(writers: Writers, number: int) -> None:
    """Wait until so many numbers are acknowledged."""
    for _ in postmaster.moments(60):
        if len(writers.acknowledged) >= number:
            return
    raise AssertionError("nobody can write")


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.drill)])
def test_nothing_acknowledged_is_lost_or_doubled_by_kills(folder: Path, times: int) -> None:
    with embedded.cluster(folder, watch=True) as url:
        writers = Writers(url)
        for _ in range(times):
            crash(folder, writers)
        wait_for_work(writers, len(writers.acknowledged) + 50)
        lost, doubled = writers.lost_and_doubled()

    assert (lost, doubled) == (0, 0)
    assert len(writers.acknowledged) > 50 * times


@pytest.mark.drill
def test_the_check_finds_the_loss_of_a_server_that_answers_too_early(folder: Path) -> None:
    with embedded.cluster(folder, watch=True) as url:
        writers = Writers(url)
        with writers.connect() as connection:
            connection.execute("alter system set synchronous_commit = off")
            connection.execute("alter system set wal_writer_delay = '10s'")
            connection.execute("select pg_reload_conf()")
        for _ in range(5):
            crash(folder, writers)
        lost, _ = writers.lost_and_doubled()

    assert lost > 0


def fill_the_log(connection: psycopg.Connection) -> None:
    """Write until the log file in use is full and no other can be made."""
    while True:
        connection.execute("select pg_logical_emit_message(false, 'drill', repeat('x', 1000000))")


@pytest.mark.drill
def test_a_full_disk_stops_the_server_and_loses_nothing(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filler = small_disk / "filler"
    with embedded.cluster(small_disk, watch=True) as url:
        writers = Writers(url)
        wait_for_work(writers, 50)
        with suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
        with pytest.raises(psycopg.Error), writers.connect() as connection:
            fill_the_log(connection)
        for _ in postmaster.moments(30):
            if "is full" in caplog.text:
                break
        stopped = postmaster.running(small_disk / "data") is None
        filler.unlink()
        wait_for_work(writers, len(writers.acknowledged) + 50)
        lost, doubled = writers.lost_and_doubled()

    assert stopped
    assert (lost, doubled) == (0, 0)

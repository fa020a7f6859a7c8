"""What `postmaster.pid` says, and whether it is true: finding and ending a PostgreSQL of ours."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

HARSHER = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 15.0), (signal.SIGKILL, 15.0))  # and seconds to obey
TICK = 0.02


class Postmaster(NamedTuple):
    """The head process of a server, as it describes itself."""

    pid: int
    socket: Path
    ready: bool


def moments(seconds: float) -> Iterator[None]:
    """One turn after another, a tick apart, until the time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(TICK)


def read(data: Path) -> Postmaster | None:
    """What the server of this data directory says of itself; None if it says nothing whole."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return Postmaster(int(lines[0]), Path(lines[4]), lines[7].strip() == "ready")
    except (OSError, ValueError, IndexError):
        return None


def running(data: Path) -> Postmaster | None:
    """The server of this data directory, if it is truly there and takes connections."""
    found = read(data)
    return found if found and found.ready and _is_ours(found.pid, data) else None


def end(process: subprocess.Popen[bytes] | psutil.Process) -> None:
    """End a server and wait for it: fast, then at once, then by the kernel."""
    for signal_number, seconds in HARSHER:
        with suppress(subprocess.TimeoutExpired, psutil.TimeoutExpired):
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                process.send_signal(signal_number)
            process.wait(seconds)
            return


def end_orphans(data: Path) -> None:
    """End what still works on this data though nobody looks after it, and what it wrote of itself.

    A process id alone proves nothing: the process may be a zombie, or by now another program.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
        head = int(lock.read_text().split()[0])
        if _is_ours(head, data):
            end(psutil.Process(head))
    for left in [p for p in psutil.process_iter() if _is_ours(p.pid, data)]:
        with suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            left.wait(2)  # a backend leaves by itself when its head is gone
        if left.is_running():
            end(left)
    lock.unlink(missing_ok=True)


def _is_ours(pid: int, data: Path) -> bool:
    """Whether this process is a living PostgreSQL at work in this data directory."""
    try:
        process = psutil.Process(pid)
        living = process.status() != psutil.STATUS_ZOMBIE
        return living and process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except (psutil.Error, OSError):
        return False

"""Processor time from the operating system's own accounting, and servers started for a measurement."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil


def spent(pids: list[int]) -> float:
    """Seconds of processor time used so far by these processes and all their children."""
    total = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid)
            for process in [parent, *parent.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    total += times.user + times.system
    return total


def everything() -> float:
    """Seconds of processor time used by the whole machine, idle time apart."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0) - getattr(times, "guest", 0))


def memory(pid: int) -> float:
    """The largest resident size among a server's workers, in MB."""
    children = psutil.Process(pid).children(recursive=True) or [psutil.Process(pid)]
    return max(child.memory_info().rss for child in children) / 1e6


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def server(
    application: str, factory: bool, environment: dict[str, str], ready: str
) -> Iterator[tuple[int, int, float]]:
    """A uvicorn of two workers on a port of its own; gives pid, port and the seconds it took to answer."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--workers", "2"]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    begun = time.perf_counter()
    process = subprocess.Popen(command + (["--factory"] if factory else []), env=os.environ | environment)
    try:
        seconds = _await(port, ready, begun)
        yield process.pid, port, seconds
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(port: int, ready: str, begun: float) -> float:
    """Wait until it answers, 30 s at most."""
    while time.perf_counter() - begun < 30:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=2):
            return time.perf_counter() - begun
        time.sleep(0.05)
    raise TimeoutError(f"{ready} did not answer")


def load(port: int, requests: list[bytes], connections: int, most_seconds: float = 60) -> dict[str, Any]:
    """Send these requests from a process of its own; gives its figures."""
    job = {"port": port, "requests": [r.hex() for r in requests], "connections": connections}
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        input=json.dumps(job | {"most_seconds": most_seconds}),
        capture_output=True,
        text=True,
        check=False,
        timeout=most_seconds + 60,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found

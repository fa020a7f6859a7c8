"""One real server for the drills of a file. The demo is loaded once in a run, by whoever comes first."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drills.serving import Server


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a server with the demo leaves when it is stopped, kept beside the run's other files."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "loaded"
    with place.with_suffix(".lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if not place.exists():
            with _house() as folder:
                server = Server(folder)
                server.start()
                server.stop()
                _copy(folder, place)
    return place


@pytest.fixture(scope="module")
def server(loaded: Path) -> Iterator[Server]:
    """A server of this file alone."""
    with _house() as folder:
        _copy(f"{loaded}/.", folder)
        server = Server(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def _house() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="dayaq-drill-", dir="/tmp"))
    folder.chmod(0o755)  # the database's own user must be able to enter
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path | str, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)  # shutil does not keep whose a file is

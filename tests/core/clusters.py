"""What tests of the embedded PostgreSQL do with a cluster."""

import stat
import tempfile
from pathlib import Path

import psutil
import sqlalchemy as sa

from app.core import embedded, postmaster


def open_folder() -> Path:
    """A folder of the test's own in which nothing is hidden."""
    place = Path(tempfile.mkdtemp(prefix="dayaq-test-", dir="/tmp"))
    place.chmod(0o755)
    return place


def working_on(place: Path) -> list[psutil.Process]:
    """Processes at work below this place."""
    return [p for p in psutil.process_iter(["cwd"]) if str(p.info["cwd"]).startswith(f"{place}/")]


def ask(url: sa.URL, question: str) -> object:
    """The one value that answers a statement."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.exec_driver_sql(question)
        return result.scalar() if result.returns_rows else None


def head(folder: Path) -> psutil.Process:
    """The head process of the cluster in this folder."""
    running = postmaster.running(folder / "data")
    assert running
    return psutil.Process(running.pid)


def kept(folder: Path) -> object:
    """The row that was kept, read in a fresh start."""
    with embedded.cluster(folder) as url:
        return ask(url, "select n from kept")


def mode(path: Path) -> int:
    """The rights on this path."""
    return stat.S_IMODE(path.stat().st_mode)

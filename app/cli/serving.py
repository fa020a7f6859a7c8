"""Serve: take the port, start the database, migrate, answer; stop in reverse order, whatever ends us."""

import errno
import gc
import logging
import multiprocessing
import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

import sqlalchemy as sa
import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from app.cli import database, figures
from app.core import embedded, keys
from app.core.config import settings
from app.core.disk import Unusable
from app.core.stops import leave_cleanly
from app.demo import vacancy

if TYPE_CHECKING:
    from app.demo.staff import Account

DRAIN = 25  # seconds for requests in flight once a stop is asked for
MOST_AT_ONCE = 256  # requests per process; beyond it 503, so that those inside are served
SILENCE = 60  # seconds without a sign of life before a process is replaced; a busy machine starts one in ten
WAITING = 2048  # connections the kernel keeps for us
REFUSED = {
    errno.EADDRINUSE: "is taken by another program: stop that one, or set PORT to another number",
    errno.EACCES: "is not ours to take: set PORT to a number above 1023",
    errno.EADDRNOTAVAIL: "is not an address of this machine: set HOST",
}


def serve(demo: bool, survivors: int | None) -> None:
    """Serve until told to stop."""
    log_to_stderr()
    leave_cleanly()
    with _port(settings().host, settings().port) as door, _database() as owner:
        if owner:
            database.migrate(owner)
        if demo:
            load_demo(owner, survivors)
            os.environ.setdefault("DAYAQ_MFA_REQUIRED", "false")
        if keys.load_root_key(keys.root_key_path()).is_handed:
            raise Unusable("The key file is that of `dayaq serve --face statistics`, not the root key.")
        if database.given_owner():  # whose server may let in its owner and nobody else
            database.reachable(database.login_address(owner))
        database.use(owner)
        _open(door)
        _run(door)


def serve_figures() -> None:
    """Serve released figures alone, with nothing at hand that could read or open a record."""
    log_to_stderr()
    leave_cleanly()
    with _port(settings().host, settings().port) as door:
        figures.need_nothing_more()
        database.use(None)
        os.environ["DAYAQ_FACE"] = "statistics"
        settings.cache_clear()
        _open(door)
        _run(door)


def load_demo(owner: sa.URL | None, survivors: int | None) -> None:
    """Load the demo programme where nothing is loaded yet, and say who can sign in."""
    if owner is None:
        raise Unusable("Loading the demo needs the address of a database superuser in MIGRATION_URL.")
    given = settings().demo_password
    password = given.get_secret_value() if given else secrets.token_urlsafe(12)
    accounts = () if vacancy.is_loaded(owner) else _make_demo(owner, survivors, password)
    if not accounts:
        typer.echo("The demo programme is loaded already; its accounts keep their password.")
        return
    typer.echo(
        f"The demo programme is loaded: invented people only. {say_password(password, given is None)}:"
    )
    for account in accounts:
        typer.echo(f"  {account.username:<28} {account.role}")


def _make_demo(owner: sa.URL, survivors: int | None, password: str) -> "Sequence[Account]":
    """Load it, with all releases that are due; who can sign in. What that takes is read in only here."""
    from app.cli import releasing
    from app.demo import programme, release

    if accounts := programme.load(owner, survivors, password, typer.echo):
        releasing.everything_due(owner)
        release.publish(owner)
    return accounts


def say_password(password: str, made_up: bool) -> str:
    """Say the demo's password once, unless it was given, and keep it for the journey."""
    where = _keep_password(password)
    return "All accounts have the password " + (
        f"{password} ({where})" if made_up else "of DAYAQ_DEMO_PASSWORD"
    )


def _keep_password(password: str) -> str:
    """Where the demo's password is kept for the journey in a second shell, for its owner's eyes only."""
    path = settings().var / "demo-password"
    try:
        path.touch(mode=0o600)
        path.write_text(password + "\n", encoding="utf-8")
    except OSError:  # a container that can write nothing: the programme is loaded all the same
        return "shown only now"
    return f"kept in {path}"


def log_to_stderr() -> None:
    """Our own messages from INFO, those of libraries from WARNING; no request is logged by anybody but us."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for ours in ("app", "dayaq"):
        logging.getLogger(ours).setLevel(logging.INFO)


def worker() -> FastAPI:
    """The application of one process among several, which ends with the one that started it."""
    embedded.end_with_parent()  # before all that takes seconds: who started us may be killed meanwhile
    if (parent := multiprocessing.parent_process()) and os.getppid() != parent.pid:
        raise SystemExit("Who started this process is gone already.")
    log_to_stderr()
    return built()


def built() -> FastAPI:
    """The application, read in without a search for garbage meanwhile.

    There is next to none, and the search took about a fifth of the time. What stands then stays for good.
    """
    # Each thread of it keeps memory of its own, and what a worker reckons is small.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()
    try:
        from app.main import create_app  # here, so that the process which only watches does without it

        return create_app()
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _port(host: str, port: int) -> Iterator[socket.socket]:
    """Our port, taken before anything else is started."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Unusable(f"HOST {host} is not known here: {error.strerror}.") from error
    with socket.socket(family, kind) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
        except OSError as error:
            raise _refused(host, port, error) from error
        yield door


def _refused(host: str, port: int, error: OSError) -> Unusable:
    """Why the port is not to be had."""
    reason = REFUSED.get(error.errno or 0, f"cannot be used: {error.strerror}")
    return Unusable(f"Port {port} on {host} {reason}.")


def _open(door: socket.socket) -> None:
    """Let connections wait for us from here on, and say where."""
    host, port = door.getsockname()[:2]
    try:
        door.listen(WAITING)
    except OSError as error:  # somebody who began when we did was quicker
        raise _refused(host, port, error) from error
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Dayaq serves at http://{shown}:{port} (Ctrl-C stops it)")
    if not ip_address(host).is_loopback:
        typer.echo("Other machines can reach it: put TLS in front.", err=True)


@contextmanager
def _database() -> Iterator[sa.URL | None]:
    """The owner's address of the database we serve, running; None where we were given no owner."""
    if settings().database_url and not database.given_owner():
        database.reachable(settings().database_url)
        yield None
        return
    with database.owner_address(join=False, watch=True) as owner:
        yield owner


def _run(door: socket.socket) -> None:
    """Answer until told to stop."""
    several = settings().workers > 1
    config = uvicorn.Config(
        "app.cli.serving:worker" if several else "app.cli.serving:built",
        factory=True,
        workers=settings().workers,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=DRAIN,
        timeout_worker_healthcheck=SILENCE,
    )
    if several:
        Multiprocess(config, sockets=[door]).run()
        return
    server = uvicorn.Server(config)
    server.run(sockets=[door])
    if not server.started:
        raise Unusable("The service did not start; what went wrong stands above.")

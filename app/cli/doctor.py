"""Doctor: one line on each thing that must be right before people trust the service with anybody's life."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

import sqlalchemy as sa

from app.cli import database
from app.core import clock, embedded, keys
from app.core.config import settings
from app.core.db import FIGURES, FIGURES_LOGIN, LOGIN, RIGHTS, for_command
from app.core.disk import Unusable
from app.documents import scanning

OLDEST = 150000  # server_version_num of PostgreSQL 15, the first with security_invoker views
LITTLE, TOO_LITTLE = 2 << 30, 128 << 20  # bytes free
ASKEW = 2.0  # seconds between our clock and the database's: tokens live ten minutes
NAMES_ONLY = ("user_account", "membership")  # colleagues' names and roles, which every room may read
SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "log_parameter_max_length": "0"}

LOGIN_ROLE = sa.text(
    "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolinherit,"
    " (select count(*) from pg_class c, aclexplode(c.relacl) a where a.grantee = r.oid or c.relowner = r.oid)"
    " from pg_roles r where rolname = :login"
)
LENT = sa.text(
    "select r.rolname::text from pg_roles r, pg_roles l where l.rolname = :login and r.oid <> l.oid"
    " and pg_has_role(l.oid, r.oid, 'member')"
)
OPEN_TABLES = sa.text(
    "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    " and has_table_privilege(:rights, oid, 'select') and relname <> all (:names)"
    " and not (relrowsecurity and relforcerowsecurity) order by 1"
)
SHUT_TABLES = sa.text(
    "select count(*) from pg_class where relkind = 'r' and relrowsecurity and relforcerowsecurity"
)
CLOCK = sa.text("select moment, (moment at time zone :zone)::date from clock_timestamp() moment")
SETTING = sa.text("select current_setting(:name, true)")
IN_CLEAR = sa.text(
    "select not ssl and inet_server_addr() is not null and not inet_server_addr() <<= '127.0.0.0/8'"
    " from pg_stat_ssl where pid = pg_backend_pid()"
)


@dataclass(frozen=True)
class Finding:
    """What was found about one thing."""

    level: Literal["ok", "warn", "FAIL"]
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<5}{self.subject}: {self.text}"

    @property
    def failed(self) -> bool:
        """Whether the service must not be used like this."""
        return self.level == "FAIL"


def examine() -> list[Finding]:
    """Everything, in the order in which it would be mended."""
    findings = [key(), disk(), *surroundings(), scanner()]
    try:
        with _connected() as connection:
            findings += [check(connection) for check in CHECKS] if connection else [NOTHING_YET]
    except (Unusable, sa.exc.DBAPIError) as error:
        findings.append(Finding("FAIL", "database", str(error).splitlines()[0]))
    return findings


NOTHING_YET = Finding("warn", "database", "there is none yet; `dayaq serve` makes one")


@contextmanager
def _connected() -> Iterator[sa.Connection | None]:
    """A connection to the database we would serve; None where the first start is still to come."""
    given = settings().migration_url or settings().database_url
    if not given and not embedded.exists(settings().var / "postgres"):
        yield None
        return
    with _address(given) as url:
        engine = for_command(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection


@contextmanager
def _address(given: str) -> Iterator[sa.URL]:
    """The given database, else the embedded one."""
    if given:
        yield database.reachable(given)
        return
    with database.owner_address() as owner:
        yield owner


def key() -> Finding:
    """The root key: there, whole, and for its owner's eyes only."""
    path = keys.root_key_path()
    if not path.exists() and not embedded.exists(settings().var / "postgres"):
        return Finding("warn", "root key", f"{path} is still to be made, by `dayaq serve` or `dayaq new-key`")
    try:
        ring = keys.load_root_key(path)
    except keys.BadKey as error:
        return Finding("FAIL", "root key", str(error))
    return Finding("ok", "root key", f"{path}, version {ring.current}; is there a copy in a safe?")


def disk() -> Finding:
    """Room for what is written."""
    place = next(
        folder for folder in (settings().var.resolve(), *settings().var.resolve().parents) if folder.exists()
    )
    free = shutil.disk_usage(place).free
    level: Literal["ok", "warn", "FAIL"] = "FAIL" if free < TOO_LITTLE else "warn" if free < LITTLE else "ok"
    return Finding(level, "disk", f"{free >> 20} MB free in {place}")


def scanner() -> Finding:
    """The virus scanner: while it is silent, no file is kept."""
    address = settings().document_scanner
    if not address:
        return Finding("ok", "scanner", "none: files are judged, not scanned for viruses")
    if asyncio.run(scanning.answers(address)):
        return Finding("ok", "scanner", f"{address} answers")
    return Finding("FAIL", "scanner", f"{address} does not answer: no file is kept")


def surroundings() -> list[Finding]:
    """The settings that keep strangers out."""
    found = [
        Finding("ok", "second factor", "required of everybody")
        if settings().mfa_required
        else Finding("warn", "second factor", "not required: for a demo only")
    ]
    host, origin = settings().host, settings().public_url
    if _is_loopback(host):
        found.append(Finding("ok", "address", f"{host}, this machine only"))
    elif origin.startswith("https://"):
        found.append(Finding("ok", "address", f"{host}, behind {origin}"))
    else:
        found.append(
            Finding("warn", "address", f"{host} without an https PUBLIC_URL: is there TLS in front?")
        )
    return found


def _is_loopback(host: str) -> bool:
    """Whether this host is reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def version(connection: sa.Connection) -> Finding:
    """A PostgreSQL that has what we rely on."""
    number = int(str(connection.scalar(SETTING, {"name": "server_version_num"})))
    text = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number < OLDEST:
        return Finding("FAIL", "database", f"{text}; 15 or newer is needed")
    return Finding("ok", "database", text)


def safety(connection: sa.Connection) -> Finding:
    """Nothing acknowledged is lost, and no value is written to a log."""
    now = {name: connection.scalar(SETTING, {"name": name}) for name in SAFE}
    wrong = ", ".join(f"{name} = {now[name]}" for name in SAFE if now[name] != SAFE[name])
    if wrong:
        return Finding("warn", "database settings", f"{wrong}; wanted: {SAFE}")
    return Finding("ok", "database settings", "durable, and no values in the log")


def line(connection: sa.Connection) -> Finding:
    """Nobody listens between us and the database."""
    if connection.scalar(IN_CLEAR):
        return Finding(
            "warn", "database connection", "goes over a network in the clear: add sslmode=verify-full"
        )
    return Finding("ok", "database connection", "private")


def login(connection: sa.Connection) -> Finding:
    """The role that serves has no right of its own, so that a forgotten identity shows nothing."""
    row = connection.execute(LOGIN_ROLE, {"login": LOGIN}).one_or_none()
    if row is None:
        return Finding("FAIL", "login role", f"{LOGIN} does not exist: run `dayaq migrate`")
    powerful, grants = row
    if powerful or grants:
        return Finding("FAIL", "login role", f"{LOGIN} is powerful or has {grants} rights of its own")
    return Finding("ok", "login role", f"{LOGIN} has no right of its own")


def figures_login(connection: sa.Connection) -> Finding:
    """The role that serves figures may take on the reading of artefacts, and nothing else."""
    lent = set(connection.scalars(LENT, {"login": FIGURES_LOGIN}))
    if lent != {FIGURES}:
        return Finding(
            "FAIL", "figures login", f"{FIGURES_LOGIN} may be {', '.join(sorted(lent)) or 'nobody'}"
        )
    return Finding("ok", "figures login", f"{FIGURES_LOGIN} may read artefacts alone")


def row_security(connection: sa.Connection) -> Finding:
    """No table of care can be read without the policies that say by whom."""
    if not connection.scalar(sa.text("select 1 from pg_roles where rolname = :rights"), {"rights": RIGHTS}):
        return Finding("FAIL", "row-level security", f"{RIGHTS} does not exist: run `dayaq migrate`")
    left = connection.scalars(OPEN_TABLES, {"rights": RIGHTS, "names": list(NAMES_ONLY)}).all()
    shut = connection.scalar(SHUT_TABLES) or 0
    if left or not shut:
        return Finding("FAIL", "row-level security", f"not forced on {', '.join(left) or 'any table'}")
    return Finding("ok", "row-level security", f"forced on {shut} tables")


def migrations(connection: sa.Connection) -> Finding:
    """The database and this version belong together."""
    try:
        at = database.current(connection)
    except sa.exc.ProgrammingError:
        return Finding("warn", "migrations", f"cannot be seen as {LOGIN}: give MIGRATION_URL")
    if at != {database.head()}:
        return Finding("FAIL", "migrations", f"at {', '.join(at) or 'none'}, not at {database.head()}")
    return Finding("ok", "migrations", f"at {database.head()}, the newest")


def clocks(connection: sa.Connection) -> Finding:
    """Both clocks agree, and both know which day it is here."""
    zone = settings().time_zone
    theirs, day = connection.execute(CLOCK, {"zone": zone}).one()
    apart = abs((clock.now() - theirs).total_seconds())
    agreed = apart <= ASKEW and clock.day_of(theirs) == day
    return Finding(
        "ok" if agreed else "FAIL", "clock", f"{apart:.1f} s from the database's, where it is {day} in {zone}"
    )


CHECKS: tuple[Callable[[sa.Connection], Finding], ...] = (
    version,
    safety,
    line,
    login,
    figures_login,
    row_security,
    migrations,
    clocks,
)

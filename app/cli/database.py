"""Which database: the given one or the one that comes with us; its key, its migrations."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.core import embedded, keys
from app.core.config import settings
from app.core.db import LOGIN
from app.core.disk import Unusable, make_usable

ROOT = Path(__file__).parents[2]
ONE_AT_A_TIME = 0x6461796171  # advisory lock: two starts at once migrate one after the other
DRIVER = "postgresql+psycopg"
log = logging.getLogger(__name__)


@contextmanager
def owner_address(join: bool = True, watch: bool = False) -> Iterator[sa.URL]:
    """Where the schema is changed: MIGRATION_URL, else the embedded cluster for as long as this lasts."""
    if given := settings().migration_url:
        yield reachable(given)
        return
    if settings().database_url:
        raise Unusable("DATABASE_URL is given without MIGRATION_URL, the address of the database's owner.")
    folder = settings().var / "postgres"
    _keep_key(folder)
    with embedded.cluster(folder, join=join, watch=watch) as url:
        yield url


def _keep_key(folder: Path) -> None:
    """See to the root key of this cluster: it is made with it, and never replaced by another."""
    path = keys.root_key_path()
    if not path.exists():
        if embedded.exists(folder):
            raise Unusable(
                f"The root key {path} is missing, and without it the database in {folder} cannot be read:"
                " put the key back from its copy. Nothing was changed."
            )
        make_usable(folder.parent, embedded.ROOM_AT_FIRST)
        keys.make_root_key(path)
        log.warning("%s", key_advice(path))
    keys.load_root_key(path)


def key_advice(path: Path) -> str:
    """What to do with a key that has just been made."""
    return (
        f"A root key was made: {path.absolute()}. Copy it to a safe place apart from the database: without it"
        " no name can ever be read again."
    )


def reachable(address: str) -> sa.URL:
    """This address, with a driver of ours, once it has answered."""
    try:
        url = sa.make_url(address).set(drivername=DRIVER)
    except sa.exc.ArgumentError as error:
        raise Unusable("A database address does not read postgresql://user:password@host/name.") from error
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect():
            return url
    except sa.exc.DBAPIError as error:
        raise Unusable(f"The database {url.set(query={})} cannot be reached: {_first_line(error)}") from error


def _first_line(error: sa.exc.DBAPIError) -> str:
    """The reason a driver gives, without the rest."""
    return str(error.orig).strip().splitlines()[0]


def alembic(url: sa.URL) -> Config:
    """Alembic's settings for this database."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.attributes["url"] = url
    return config


def scripts() -> ScriptDirectory:
    """The migrations this version knows."""
    return ScriptDirectory.from_config(alembic(sa.make_url(f"{DRIVER}://")))


def head() -> str:
    """The newest migration this version knows."""
    return scripts().get_current_head() or ""


def current(connection: sa.Connection) -> set[str]:
    """The migrations this database is at; none for an empty one."""
    return set(MigrationContext.configure(connection).get_current_heads())


def migrate(url: sa.URL) -> None:
    """Bring the schema up to date, unless it is newer than we are; let the login role in by its password."""
    engine = sa.create_engine(url.set(drivername=DRIVER), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(ONE_AT_A_TIME)))
        connection.commit()
        at, known = current(connection), scripts()
        unknown = at - {script.revision for script in known.walk_revisions()}
        if unknown:
            raise Unusable(
                f"A newer Dayaq has changed this database ({', '.join(sorted(unknown))} is no migration known"
                " here): start that version, or restore an older copy. Nothing was changed."
            )
        connection.rollback()
        if at != set(known.get_heads()):
            command.upgrade(alembic(url), "head")
        _let_in(connection)


def _let_in(connection: sa.Connection) -> None:
    """Give the login role the password that DATABASE_URL names, hashed before it travels."""
    given = settings().database_url
    address = sa.make_url(given) if given else None
    if address is None or address.username != LOGIN or not address.password:
        return
    driver = connection.connection.driver_connection
    assert driver
    hashed = driver.pgconn.encrypt_password(address.password.encode(), LOGIN.encode(), b"scram-sha-256")
    connection.exec_driver_sql(f"alter role {LOGIN} password '{hashed.decode()}'")
    connection.commit()


def login_address(owner: sa.URL | None) -> str:
    """Where the service works, in a role without rights of its own: DATABASE_URL, else where the owner is."""
    if given := settings().database_url:
        return given
    assert owner
    return owner.set(username=LOGIN).render_as_string(hide_password=False)


def use(owner: sa.URL | None) -> None:
    """Let this process and its children work there, and know no more than they need."""
    os.environ["DAYAQ_DATABASE_URL"] = login_address(owner)
    for secret in ("DAYAQ_MIGRATION_URL", "MIGRATION_URL", "DAYAQ_DEMO_PASSWORD"):
        os.environ.pop(secret, None)
    settings.cache_clear()

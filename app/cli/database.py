"""Which database: the given one or the one that comes with us; its key, its migrations."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.core import embedded, keys
from app.core.config import settings
from app.core.db import FIGURES_LOGIN, LOGIN, for_command
from app.core.disk import Unusable, make_usable

if TYPE_CHECKING:
    from alembic.config import Config

ROOT = Path(__file__).parents[2]
ONE_AT_A_TIME = 0x6461796171  # advisory lock: two starts at once migrate one after the other
REVISION = re.compile(r"""^revision\b.*= ["'](.+)["']$""", re.MULTILINE)
BEFORE = re.compile(r"""^down_revision\b.*= ["'](.+)["']$""", re.MULTILINE)
DRIVER = "postgresql+psycopg"
OWNERS = ("MIGRATION_URL", "FIGURES_URL", "DEMO_PASSWORD")  # settings that nobody needs who only serves
log = logging.getLogger(__name__)


@contextmanager
def owner_address(join: bool = True, watch: bool = False) -> Iterator[sa.URL]:
    """Where the schema is changed: the given owner's, else the embedded cluster for as long as this lasts."""
    if given := given_owner():
        url = reachable(given)
        if not is_login(settings().database_url):
            _keep_key(_is_begun(url), str(url.set(query={})))
        yield url
        return
    if settings().database_url:
        raise Unusable(
            f"DATABASE_URL names {LOGIN}, who may change nothing: give its owner's in MIGRATION_URL."
        )
    folder = settings().var / "postgres"
    begun = embedded.exists(folder)
    if not begun and not keys.root_key_path().exists():
        make_usable(folder.parent, embedded.ROOM_AT_FIRST)
    _keep_key(begun, str(folder))
    with embedded.cluster(folder, join=join, watch=watch) as url:
        yield url


@contextmanager
def working_address() -> Iterator[str]:
    """Where a command works that changes no schema: whoever gives it `app_login` alone gives it enough."""
    if settings().database_url and not given_owner():
        yield login_address(None)
        return
    with owner_address() as owner:
        yield login_address(owner)


def given_owner() -> str:
    """The address of a given database's owner: MIGRATION_URL, or DATABASE_URL alone; empty if neither is."""
    alone = "" if is_login(settings().database_url) else settings().database_url
    return settings().migration_url or alone


def is_login(address: str) -> bool:
    """Whether this address is that of a role which serves and has no rights of its own."""
    return named(address) in (LOGIN, FIGURES_LOGIN)


def named(address: str) -> str | None:
    """Whose address this is."""
    return _read(address).username if address else None


def _keep_key(begun: bool, place: str) -> None:
    """See to the root key of this database: it is made with it, and never replaced by another."""
    path = keys.root_key_path()
    if not path.exists():
        if begun:
            raise Unusable(
                f"The root key {path} is missing, and without it the database in {place} cannot be read:"
                " put the key back from its copy. Nothing was changed."
            )
        keys.make_root_key(path)
        log.warning("%s", key_advice(path))
    keys.load_root_key(path)


def _is_begun(url: sa.URL) -> bool:
    """Whether a given database was ever migrated."""
    engine = for_command(url)
    with engine.connect() as connection:
        return bool(current(connection))


def key_advice(path: Path) -> str:
    """What to do with a key that has just been made."""
    return (
        f"A root key was made: {path.absolute()}. Copy it to a safe place apart from the database: without it"
        " no name can ever be read again."
    )


def _read(address: str) -> sa.URL:
    """This address, with a driver of ours."""
    try:
        return sa.make_url(address).set(drivername=DRIVER)
    except sa.exc.ArgumentError as error:
        raise Unusable("A database address does not read postgresql://user:password@host/name.") from error


def reachable(address: str) -> sa.URL:
    """This address, once it has answered."""
    url = _read(address)
    engine = for_command(url, connect_args={"connect_timeout": 5})
    try:
        with engine.connect():
            return url
    except sa.exc.DBAPIError as error:
        raise Unusable(f"The database {url.set(query={})} cannot be reached: {_first_line(error)}") from error


def _first_line(error: sa.exc.DBAPIError) -> str:
    """The reason a driver gives, without the rest."""
    return str(error.orig).strip().splitlines()[0]


def alembic(url: sa.URL) -> "Config":
    """Alembic's settings for this database."""
    from alembic.config import Config  # here and below, because few starts have anything to migrate

    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.attributes["url"] = url
    return config


def known() -> dict[str, str]:
    """The migrations that this version knows, each with the one before it, as their files say."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "migrations/versions").glob("*.py"))
    found = [(REVISION.search(text), BEFORE.search(text)) for text in texts]
    return {revision[1]: before[1] if before else "" for revision, before in found if revision}


def head() -> str:
    """The newest migration this version knows: the one that none comes after."""
    (newest,) = known().keys() - set(known().values())
    return newest


def current(connection: sa.Connection) -> set[str]:
    """The migrations this database is at; none for an empty one."""
    if not connection.scalar(sa.text("select to_regclass('alembic_version')")):
        return set()
    return set(connection.scalars(sa.text("select version_num from alembic_version")))


def migrate(url: sa.URL) -> None:
    """Bring the schema up to date, unless it is newer than we are; let the login roles in."""
    engine = for_command(url)
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(ONE_AT_A_TIME)))
        connection.commit()
        at = current(connection)
        if unknown := at - known().keys():
            raise Unusable(
                f"A newer Dayaq has changed this database ({', '.join(sorted(unknown))} is no migration known"
                " here): start that version, or restore an older copy. Nothing was changed."
            )
        connection.rollback()
        if at != {head()}:
            _upgrade(url)
        _let_in(connection)


def _upgrade(url: sa.URL) -> None:
    """Take every step or none: they are one transaction."""
    from alembic import command

    try:
        command.upgrade(alembic(url), "head")
    except sa.exc.DBAPIError as error:
        raise Unusable(
            f"{url.username} could not migrate the database: {_first_line(error)}. Nothing was changed."
        ) from error


def _let_in(connection: sa.Connection) -> None:
    """Give the login roles their passwords; the embedded cluster asks for none."""
    if settings().database_url or settings().migration_url:
        _give_password(connection, LOGIN, login_address(None))
    if settings().figures_url:
        if named(settings().figures_url) != FIGURES_LOGIN:
            raise Unusable(f"FIGURES_URL is the address of {FIGURES_LOGIN}, and of nobody else.")
        _give_password(connection, FIGURES_LOGIN, settings().figures_url)


def _give_password(connection: sa.Connection, login: str, address: str) -> None:
    """Let a login in by the password of this address, hashed before it travels."""
    password = _read(address).password
    driver = connection.connection.driver_connection
    assert driver
    if not password:
        return
    hashed = driver.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    connection.exec_driver_sql(f"alter role {login} password '{hashed.decode()}'")
    connection.commit()


def login_address(owner: sa.URL | None) -> str:
    """Where the service works, in a role without rights of its own, whoever the given address names.

    A given owner's password is not the login's: its own is derived from the root key, so that it is the same
    at each start and stands nowhere.
    """
    given = settings().database_url or settings().migration_url
    if given and not is_login(given):
        own = keys.purpose("login").hex()
        return _read(given).set(username=LOGIN, password=own).render_as_string(hide_password=False)
    if given:
        return given
    assert owner
    return owner.set(username=LOGIN).render_as_string(hide_password=False)


def use(owner: sa.URL | None) -> None:
    """Let this process and its children work there, and know no more than they need."""
    address = login_address(owner)
    for secret in ("DATABASE_URL", *(f"{ours}{name}" for name in OWNERS for ours in ("", "DAYAQ_"))):
        os.environ.pop(secret, None)
    os.environ["DAYAQ_DATABASE_URL"] = address
    settings.cache_clear()

"""What goes wrong at a start is said in one clear line, and nothing is damaged."""

import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from app.cli import cli, database
from app.core import embedded, keys
from app.core.config import settings
from app.core.stops import STOPS

GIVEN = ("DATABASE_URL", "MIGRATION_URL", "HOST", "PORT", "VAR", "ROOT_KEY_FILE", "DEMO_PASSWORD", "WORKERS")


@pytest.fixture
def var(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A house of its own for the commands of this test, in a folder every user may enter."""
    place = Path(tempfile.mkdtemp(prefix="dayaq-test-", dir="/tmp"))
    place.chmod(0o755)
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"DAYAQ_{name}", raising=False)
    monkeypatch.setenv("DAYAQ_VAR", str(place / "var"))
    settings.cache_clear()
    keys.forget()
    handlers = {number: signal.getsignal(number) for number in STOPS}
    monkeypatch.setattr("sys.unraisablehook", sys.unraisablehook)
    yield place / "var"
    for number, handler in handlers.items():
        signal.signal(number, handler)
    settings.cache_clear()
    keys.forget()
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A house with an (unmigrated) database and its key, for tests that must not damage it."""
    place = Path(tempfile.mkdtemp(prefix="dayaq-test-", dir="/tmp"))
    place.chmod(0o755)
    keys.make_root_key(place / "root.key")
    with embedded.cluster(place / "postgres") as url:
        tell(url, "create table alembic_version (version_num varchar(32) not null)")
        tell(url, "insert into alembic_version values ('9999')")
    yield place
    shutil.rmtree(place)


def tell(url: sa.URL, statement: str) -> None:
    """One statement of the superuser."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def give(monkeypatch: pytest.MonkeyPatch, **given: object) -> None:
    """Settings for the next command."""
    for name, value in given.items():
        monkeypatch.setenv(f"DAYAQ_{name}", str(value))
    settings.cache_clear()


def call(*words: str) -> Result:
    """What a command says and how it ends."""
    return CliRunner().invoke(cli, words)


def said(result: Result) -> str:
    """The one line of a refusal."""
    lines = result.stderr.splitlines()
    assert (result.exit_code, result.stdout, len(lines)) == (1, "", 1), result.output
    return lines[0]


def test_a_taken_port_is_named_before_anything_is_made(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        give(monkeypatch, PORT=port)

        line = said(call("serve"))

    assert line.startswith(f"dayaq: Port {port} on 127.0.0.1 is taken")
    assert not var.exists()


def test_an_address_that_is_not_ours_is_named(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, HOST="192.0.2.1", PORT=free_port())

    assert "192.0.2.1 is not an address of this machine" in said(call("serve"))
    assert not var.exists()


def test_a_setting_that_makes_no_sense_is_named_without_its_value(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, PORT="eight thousand")

    line = said(call("serve"))

    assert "PORT" in line
    assert "eight thousand" not in line
    assert not var.exists()


def test_a_folder_that_cannot_be_written_is_named(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (var.parent / "file").write_text("in the way")
    give(monkeypatch, VAR=var.parent / "file/var", PORT=free_port())

    assert "file/var" in said(call("serve"))


def test_a_full_disk_is_named_before_a_key_or_a_database_is_made(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ROOM_AT_FIRST", 1 << 60)
    give(monkeypatch, PORT=free_port())

    assert "is full" in said(call("serve"))
    assert list(var.iterdir()) == []


def test_a_database_without_its_key_is_left_alone(
    var: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, VAR=made, ROOT_KEY_FILE=var / "lost.key", PORT=free_port())

    line = said(call("serve"))

    assert "lost.key is missing" in line
    assert "put the key back from its copy" in line
    assert not (var / "lost.key").exists()


def test_a_key_that_others_may_read_is_refused(
    var: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var.mkdir()
    shutil.copy(made / "root.key", var / "root.key")
    (var / "root.key").chmod(0o644)
    give(monkeypatch, VAR=made, ROOT_KEY_FILE=var / "root.key", PORT=free_port())

    assert "must be 0600" in said(call("serve"))


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_a_newer_version_has_changed_is_left_alone(
    made: Path, var: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    give(monkeypatch, VAR=made, PORT=free_port())

    line = said(call(command))

    assert "A newer Dayaq has changed this database (9999" in line
    with embedded.cluster(made / "postgres") as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            assert database.current(connection) == {"9999"}
            assert sa.inspect(connection).get_table_names() == ["alembic_version"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATION_URL"])
def test_a_database_out_of_reach_is_named_without_its_password(
    var: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    address = f"postgresql://app_login:very-secret@127.0.0.1:{free_port()}/dayaq"
    give(monkeypatch, **{name: address, "PORT": free_port()})

    line = said(call("serve"))

    assert "cannot be reached" in line
    assert "very-secret" not in line
    assert not var.exists()


def test_an_address_that_cannot_be_read_is_not_repeated(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, DATABASE_URL="very-secret@@nowhere", PORT=free_port())

    assert "very-secret" not in said(call("serve"))


def test_commands_of_the_owner_need_the_owners_address(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, DATABASE_URL=f"postgresql://app_login@127.0.0.1:{free_port()}/dayaq")

    assert "MIGRATION_URL" in said(call("migrate"))


def test_a_root_key_is_made_once_and_never_overwritten(var: Path) -> None:
    first = call("new-key")
    made = (var / "root.key").read_text()

    assert first.exit_code == 0
    assert "safe place apart from the database" in first.stdout
    assert "stays as it is" in said(call("new-key"))
    assert (var / "root.key").read_text() == made
    assert (var / "root.key").stat().st_mode & 0o777 == 0o600


def free_port() -> int:
    """A port that nobody listened at a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_command_takes_a_secret_as_an_argument() -> None:
    for command in cli.registered_commands:
        assert command.callback
        words = " ".join(command.callback.__code__.co_varnames[: command.callback.__code__.co_argcount])
        assert "password" not in words

"""The doctor finds what is wrong: each finding is tried by making it so."""

import os
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.cli import cli, database, doctor
from app.core import clock, embedded, keys
from app.core.config import settings
from app.core.db import LOGIN
from tests.conftest import run


@pytest.fixture(scope="module")
def owner(cluster: sa.URL) -> Iterator[sa.URL]:
    """A copy of the migrated database: nothing may be connected to the one that others copy."""
    run(cluster.set(database="template1"), f"create database examined template {cluster.database}")
    yield cluster.set(database="examined")
    run(cluster.set(database="template1"), "drop database examined with (force)")


@pytest.fixture
def connection(owner: sa.URL) -> Iterator[sa.Connection]:
    """The owner's connection, in a transaction that is undone."""
    engine = sa.create_engine(owner, poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, object], None]]:
    """Changes one setting for this test."""

    def change(name: str, value: object) -> None:
        monkeypatch.setenv(f"DAYAQ_{name}", str(value))
        settings.cache_clear()

    yield change
    monkeypatch.undo()
    settings.cache_clear()


def test_a_sound_database_has_nothing_that_fails(connection: sa.Connection) -> None:
    findings = [check(connection) for check in doctor.CHECKS]

    assert [f for f in findings if f.failed] == []
    assert len(findings) == 8


@pytest.mark.parametrize(
    "statement",
    [
        f"grant select on survivor to {LOGIN}",
        f"grant select on all sequences in schema public to {LOGIN}; grant update on note to {LOGIN}",
        f"alter role {LOGIN} superuser",
        f"alter role {LOGIN} bypassrls",
        f"alter role {LOGIN} createrole",
        f"alter role {LOGIN} inherit",
        f"alter table note owner to {LOGIN}",
        f"drop owned by {LOGIN}; alter role {LOGIN} rename to somebody",
    ],
)
def test_a_login_role_with_any_power_of_its_own_fails(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)

    assert doctor.login(connection).failed


@pytest.mark.parametrize(
    "statement", ["grant app_rw to stats_login", "revoke figures_reader from stats_login"]
)
def test_a_figures_login_that_may_do_other_than_read_artefacts_fails(
    connection: sa.Connection, statement: str
) -> None:
    connection.exec_driver_sql(statement)

    assert doctor.figures_login(connection).failed


@pytest.mark.parametrize(
    "statement",
    [
        "alter table survivor no force row level security",
        "alter table survivor disable row level security",
        "create table left_open (n int); grant select on left_open to app_rw",
    ],
)
def test_a_table_of_care_without_forced_policies_fails_by_name(
    connection: sa.Connection, statement: str
) -> None:
    connection.exec_driver_sql(statement)
    finding = doctor.row_security(connection)

    assert finding.failed
    assert finding.text.split()[-1] in statement


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_a_database_at_another_migration_fails(connection: sa.Connection, version: str) -> None:
    connection.exec_driver_sql(f"update alembic_version set version_num = '{version}'")

    assert doctor.migrations(connection).failed


def test_what_the_login_role_cannot_see_is_said_and_not_guessed(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"set local role {LOGIN}")

    assert doctor.migrations(connection).level == "warn"


def test_a_database_that_may_forget_is_warned_of(connection: sa.Connection) -> None:
    connection.exec_driver_sql("set local synchronous_commit = off")

    finding = doctor.safety(connection)

    assert (finding.level, "synchronous_commit = off" in finding.text) == ("warn", True)


def test_clocks_apart_fail(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))

    assert doctor.clocks(connection).failed


def test_a_day_that_the_database_does_not_share_fails(
    connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where it has older rules of the zone than we have."""
    agreed = doctor.clocks(connection)
    monkeypatch.setattr(clock, "day_of", lambda moment: moment.date() + timedelta(days=2))

    assert (agreed.level, doctor.clocks(connection).level) == ("ok", "FAIL")


def test_an_old_postgresql_fails(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "OLDEST", 990000)

    assert doctor.version(connection).failed


def test_a_key_that_others_may_read_fails(tmp_path: Path, setting: Callable[[str, object], None]) -> None:
    key = tmp_path / "root.key"
    keys.make_root_key(key)
    setting("ROOT_KEY_FILE", key)
    good = doctor.key()
    key.chmod(0o640)

    assert (good.level, doctor.key().level) == ("ok", "FAIL")


def test_a_key_still_to_be_made_is_no_failure(tmp_path: Path, setting: Callable[[str, object], None]) -> None:
    setting("VAR", tmp_path / "var")

    assert doctor.key().level == "warn"
    assert doctor.disk().level in {"ok", "warn"}
    assert not (tmp_path / "var").exists()


class Clamd(socketserver.StreamRequestHandler):
    """A scanner that answers PING."""

    def handle(self) -> None:
        assert self.rfile.read(6) == b"zPING\0"
        self.wfile.write(b"PONG\0")


def test_a_scanner_that_does_not_answer_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = tmp_path / "clamd.ctl"
    monkeypatch.setattr(settings(), "document_scanner", f"unix:{where}")
    silent = doctor.scanner()
    with socketserver.UnixStreamServer(str(where), Clamd) as clamd:
        thread = threading.Thread(target=clamd.handle_request)
        thread.start()
        there = doctor.scanner()
        thread.join()
    monkeypatch.setattr(settings(), "document_scanner", "")

    assert (silent.level, there.level, doctor.scanner().level) == ("FAIL", "ok", "ok")


def test_little_room_is_warned_of_and_none_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE", 1 << 60)
    little = doctor.disk()
    monkeypatch.setattr(doctor, "TOO_LITTLE", 1 << 60)

    assert (little.level, doctor.disk().level) == ("warn", "FAIL")


@pytest.mark.parametrize(
    ("host", "public_url", "level"),
    [
        ("127.0.0.1", "", "ok"),
        ("::1", "", "ok"),
        ("localhost", "", "ok"),
        ("0.0.0.0", "", "warn"),
        ("0.0.0.0", "http://care.example", "warn"),
        ("0.0.0.0", "https://care.example", "ok"),
    ],
)
def test_an_open_address_wants_tls_in_front(
    setting: Callable[[str, object], None], host: str, public_url: str, level: str
) -> None:
    setting("HOST", host)
    setting("PUBLIC_URL", public_url)

    assert doctor.surroundings()[1].level == level


@pytest.mark.parametrize(("required", "level"), [("true", "ok"), ("false", "warn")])
def test_a_second_factor_that_is_not_required_is_warned_of(
    setting: Callable[[str, object], None], required: str, level: str
) -> None:
    setting("MFA_REQUIRED", required)

    assert doctor.surroundings()[0].level == level


def test_the_command_prints_a_line_for_each_finding_and_fails_with_any(
    owner: sa.URL, setting: Callable[[str, object], None]
) -> None:
    setting("MIGRATION_URL", owner.render_as_string())
    sound = CliRunner().invoke(cli, ["doctor"])
    run(owner, "alter table note no force row level security")
    unsound = CliRunner().invoke(cli, ["doctor"])
    run(owner, "alter table note force row level security")

    assert (sound.exit_code, len(sound.stdout.splitlines())) == (0, 13), sound.output
    assert (unsound.exit_code, unsound.stdout.count("FAIL")) == (1, 1), unsound.output


def test_a_database_out_of_reach_is_one_finding_among_the_others(
    setting: Callable[[str, object], None],
) -> None:
    setting("DATABASE_URL", "postgresql://app_login:very-secret@127.0.0.1:1/none")

    result = CliRunner().invoke(cli, ["doctor"])

    assert result.exit_code == 1
    assert "FAIL database: The database postgresql+psycopg://app_login:***@127.0.0.1:1/none" in result.stdout
    assert len(result.stdout.splitlines()) == 6


def test_the_doctor_makes_no_database_where_there_is_none(
    tmp_path: Path, setting: Callable[[str, object], None]
) -> None:
    setting("VAR", tmp_path / "var")

    result = CliRunner().invoke(cli, ["doctor"])

    assert result.exit_code == 0, result.output
    assert not embedded.exists(tmp_path / "var/postgres")
    assert not (tmp_path / "var").exists()


def test_migrate_gives_the_login_role_its_password_without_showing_it(
    owner: sa.URL, setting: Callable[[str, object], None]
) -> None:
    setting("MIGRATION_URL", owner.render_as_string())
    setting("DATABASE_URL", owner.set(username=LOGIN, password="a-b'c").render_as_string(hide_password=False))

    result = CliRunner().invoke(cli, ["migrate"])

    engine = sa.create_engine(owner, poolclass=sa.NullPool)
    with engine.connect() as connection:
        stored = connection.scalar(
            sa.text("select rolpassword from pg_authid where rolname = :login"), {"login": LOGIN}
        )
    run(owner, f"alter role {LOGIN} password null")
    assert result.exit_code == 0, result.output
    assert str(stored).startswith("SCRAM-SHA-256$")


def test_what_only_the_owner_needs_is_not_handed_on(
    owner: sa.URL, setting: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting("MIGRATION_URL", "postgresql://postgres:very-secret@database/dayaq")
    setting("DEMO_PASSWORD", "very-secret")
    monkeypatch.setenv("DAYAQ_DATABASE_URL", "")
    settings.cache_clear()

    database.use(owner)

    assert "very-secret" not in "".join(os.environ.values())
    assert sa.make_url(settings().database_url).username == LOGIN

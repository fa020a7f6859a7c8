"""The PostgreSQL that comes with us is closed to everybody else, and opens nothing to get its work done."""

import os
import pwd
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import disk, embedded
from app.core.disk import Unusable
from tests.core.clusters import ask, head, kept, mode

IS_ROOT = os.geteuid() == 0


@pytest.mark.parametrize("name", ["long" * 40, "a space", "a,comma", "ə"])
def test_a_name_that_no_socket_can_bear_is_not_used_for_one(name: str) -> None:
    socket = embedded._socket_folder(Path("/srv") / name)
    socket.rmdir()

    assert len(os.fsencode(socket)) < 40
    assert socket.name.isascii()


def test_a_folder_with_a_long_and_odd_name_serves_and_cleans_up_all_the_same(fresh: Path) -> None:
    with embedded.cluster(fresh / ("long" * 40) / "with space, comma and ə") as url:
        socket = Path(str(url.query["host"]))

        assert ask(url, "select 1") == 1
        assert mode(socket) == 0o700
    assert not socket.exists()


def test_nobody_else_can_enter_the_data_or_the_socket(folder: Path) -> None:
    with embedded.cluster(folder):
        assert (mode(folder / "data"), mode(folder / "socket")) == (0o700, 0o700)
        assert (mode(folder / "lock"), mode(folder / "server.log")) == (0o600, 0o600)


def test_the_socket_admits_only_the_two_users_of_the_house(folder: Path) -> None:
    with embedded.cluster(folder) as url:
        people = (folder / "data/pg_ident.conf").read_text()
        rules = ask(url, "select string_agg(type || ' ' || auth_method, ',') from pg_hba_file_rules")

    names = {pwd.getpwuid(os.geteuid()).pw_name, pwd.getpwuid((folder / "data").stat().st_uid).pw_name}
    lines = [line.split() for line in people.splitlines()]
    assert lines == [
        ["house", f'"{name}"', as_]
        for name in sorted(names)
        for as_ in ("postgres", "app_login", "stats_login")
    ]
    assert rules == "local peer"


def test_the_log_holds_neither_statements_nor_values(folder: Path) -> None:
    with embedded.cluster(folder) as url:
        ask(url, "create table person (name text primary key)")
        ask(url, "insert into person values ('Səbinə')")
        for bad in (
            "insert into person values ('Səbinə')",
            "select 'Səbinə'::int",
            "select Səbinə",
            "sel 'Səbinə'",
        ):
            with pytest.raises(sa.exc.DBAPIError):
                ask(url, bad)
        ask(url, "drop table person")
    text = (folder / "server.log").read_text()

    assert "ready to accept connections" in text
    assert "Səbinə" not in text
    assert "person" not in text


def test_our_passwords_are_not_in_the_environment_of_the_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYAQ_DEMO_PASSWORD", "not for you")
    monkeypatch.setenv("PGPORT", "6000")
    with embedded.cluster(folder) as url:
        assert ask(url, "select 1") == 1
        assert "DAYAQ_DEMO_PASSWORD" not in head(folder).environ()


@pytest.mark.skipif(not IS_ROOT, reason="only root starts the server as another user")
def test_under_root_the_server_is_an_ordinary_user_without_groups(folder: Path) -> None:
    with embedded.cluster(folder):
        server = head(folder)
        groups = Path(f"/proc/{server.pid}/status").read_text().split("Groups:")[1].splitlines()[0].split()

        assert 0 not in (*server.uids(), *server.gids())
        assert groups == []


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user's server reaches all that its user reaches")
def test_under_root_a_closed_folder_stays_closed_and_the_data_go_elsewhere(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    system = fresh.parent / "system"
    monkeypatch.setattr(disk, "SYSTEM", system)
    closed = fresh.parent / "closed"
    (closed / "var").mkdir(parents=True)
    closed.chmod(0o700)

    with embedded.cluster(closed / "var/postgres") as url:
        ask(url, "create table kept as select 1 as n")
    again = kept(closed / "var/postgres")
    closed.rename(fresh.parent / "moved")
    after_a_move = kept(fresh.parent / "moved/var/postgres")
    with embedded.cluster(fresh.parent / "moved/var/postgres", keep=False):
        pass

    assert (again, after_a_move) == (1, 1)
    assert len([r for r in caplog.records if f"its data are kept in {system}" in r.message]) == 1
    assert mode(fresh.parent / "moved") == 0o700
    assert list(system.iterdir()) == []
    assert list((fresh.parent / "moved/var").iterdir()) == []


@pytest.mark.skipif(not IS_ROOT, reason="needs a folder closed to the server")
def test_data_whose_way_was_closed_later_are_reported_and_not_begun_anew(folder: Path) -> None:
    folder.parent.chmod(0o700)

    with pytest.raises(Unusable, match="is closed to the user"), embedded.cluster(folder):
        pass

    folder.parent.chmod(0o755)
    assert kept(folder) == 1


@pytest.mark.skipif(not IS_ROOT, reason="needs programs closed to the server")
def test_programs_that_the_server_cannot_reach_are_copied_to_where_it_can(
    folder: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, closed, system = embedded._site(), fresh.parent / "closed", fresh.parent / "system"
    closed.mkdir(mode=0o700)
    for part in (embedded.PROGRAMS.parent, embedded.LIBRARIES):
        shutil.copytree(site / part, closed / part)
    monkeypatch.setattr(embedded, "SYSTEM", system)
    monkeypatch.setattr(embedded, "_site", lambda: closed)

    programs = embedded._programs(pwd.getpwnam("nobody"))

    assert programs.is_relative_to(system)
    assert mode(closed) == 0o700
    with embedded.cluster(folder) as url:
        assert ask(url, "select 1") == 1


def as_ordinary_user(work: Callable[[], None]) -> bool:
    """Whether this work succeeds in a process of its own that gave root away."""
    child = os.fork()
    if child == 0:
        try:
            user = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user runs all the other tests as one")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_an_ordinary_user_has_a_server_of_its_own_in_its_own_closed_house(
    folder: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = pwd.getpwnam("nobody")
    assert kept(folder) == 1  # every module is loaded before root is given away
    home = fresh.parent / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    programs = embedded._programs(nobody)
    monkeypatch.setattr(embedded, "_programs", lambda _: programs)

    def work() -> None:
        with embedded.cluster(home / "postgres") as url:
            ask(url, "create table if not exists kept as select 1 as n")
        assert kept(home / "postgres") == 1

    assert as_ordinary_user(work)
    assert (home / "postgres/data").stat().st_uid == nobody.pw_uid
    assert kept(home / "postgres") == 1  # root serves it as its owner
    assert (home / "postgres/lock").stat().st_uid == nobody.pw_uid
    assert as_ordinary_user(work)


@pytest.mark.skipif(not IS_ROOT, reason="needs data of another user")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_data_of_another_user_are_refused(fresh: Path) -> None:
    (fresh / "data").mkdir(parents=True)

    def work() -> None:
        with pytest.raises(Unusable, match="belongs to another user"), embedded.cluster(fresh):
            pass

    assert as_ordinary_user(work)

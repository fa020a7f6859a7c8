"""The PostgreSQL that comes with us keeps what it was given, however it is stopped, and opens nothing."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from app.core import disk, embedded, postmaster
from app.core.disk import Unusable

ROOT = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0
HOLDER = """
import sys, time
from pathlib import Path
from app.core import embedded
if "no-death-signal" in sys.argv:
    embedded.end_with_parent = lambda *_: None
with embedded.cluster(Path(sys.argv[1])) as url:
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A place for a cluster, in a folder that every user may enter."""
    place = open_folder()
    yield place / "postgres"
    assert working_on(place) == []
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """A cluster that all tests here may have in turn: building one takes a second."""
    place = open_folder()
    with embedded.cluster(place / "postgres") as url:
        ask(url, "create table kept as select 1 as n")
    yield place / "postgres"
    shutil.rmtree(place)


@pytest.fixture
def folder(built: Path) -> Iterator[Path]:
    """A stopped cluster with one committed row."""
    yield built
    assert working_on(built) == []


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


def test_data_outlives_a_stop_and_the_stop_leaves_no_process(folder: Path) -> None:

    first = kept(folder)

    assert first == 1
    assert working_on(folder) == []
    assert not (folder / "data/postmaster.pid").exists()
    assert kept(folder) == 1


def test_the_cluster_checks_its_pages_and_speaks_utf8_on_no_network(folder: Path) -> None:
    with embedded.cluster(folder) as url:
        answers = [
            ask(url, f"show {name}") for name in ("data_checksums", "server_encoding", "listen_addresses")
        ]
        connections = head(folder).net_connections("inet")

        assert answers == ["on", "UTF8", ""]
        assert ask(url, "select lower('ƏLİYEVA ŞƏFA')") == "əliyeva şəfa"
        assert connections == []


def test_committed_rows_outlive_a_kill_of_every_postgres_process(folder: Path) -> None:
    with embedded.cluster(folder) as url:
        ask(url, "create table late as select 2 as n")
        for process in [head(folder), *head(folder).children()]:
            process.kill()

    assert working_on(folder) == []
    with embedded.cluster(folder) as url:
        assert ask(url, "select n from late") == 2
        ask(url, "drop table late")


def test_a_process_id_that_now_belongs_to_another_program_is_not_taken_for_our_server(folder: Path) -> None:
    stale = folder / "data/postmaster.pid"
    with embedded.cluster(folder):
        lines = stale.read_text().splitlines()
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    assert postmaster.running(folder / "data") is None
    assert kept(folder) == 1
    assert psutil.Process().is_running()


def test_a_zombie_is_not_taken_for_our_server(folder: Path) -> None:
    stale = folder / "data/postmaster.pid"
    with embedded.cluster(folder):
        lines = stale.read_text().splitlines()
    with subprocess.Popen(["true"]) as dead:
        while psutil.Process(dead.pid).status() != psutil.STATUS_ZOMBIE:
            pass
        stale.write_text("\n".join([str(dead.pid), *lines[1:]]))

        assert kept(folder) == 1


@pytest.mark.parametrize("lines", ["", "12", "nonsense\n" * 8, "99999999\n" * 8])
def test_a_mangled_process_file_does_not_stop_a_start(folder: Path, lines: str) -> None:
    (folder / "data/postmaster.pid").write_text(lines)

    assert kept(folder) == 1


def hold(folder: Path, *options: str) -> subprocess.Popen[str]:
    """Another program that has begun the cluster."""
    command = [sys.executable, "-c", HOLDER, str(folder), *options]
    holder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "ready\n"
    return holder


def test_the_server_ends_by_itself_when_the_program_that_began_it_is_killed(folder: Path) -> None:
    with hold(folder) as holder:
        server = head(folder)
        holder.kill()

        server.wait(10)

    assert working_on(folder) == []


def test_a_server_left_without_its_program_is_ended_and_begun_anew(folder: Path) -> None:
    with hold(folder, "no-death-signal") as holder:
        orphan = head(folder)
        holder.kill()
        holder.wait()
        assert orphan.is_running()

        with embedded.cluster(folder) as url:
            assert head(folder) != orphan
            assert ask(url, "select n from kept") == 1
            assert not orphan.is_running()


def test_a_second_program_joins_and_does_not_stop_what_it_did_not_begin(folder: Path) -> None:
    with hold(folder) as holder:
        server = head(folder)
        with embedded.cluster(folder) as url:
            assert ask(url, "select 1") == 1
        still_there = server.is_running()
        holder.terminate()
        server.wait(10)

    assert still_there


def test_a_second_program_that_will_not_share_is_told_who_has_it(folder: Path) -> None:
    with hold(folder) as holder:
        with (
            pytest.raises(Unusable, match=f"in use by process {holder.pid}"),
            embedded.cluster(folder, join=False),
        ):
            pass
        holder.terminate()
        head(folder).wait(10)


def test_a_watched_server_that_is_killed_comes_back_with_its_data(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with embedded.cluster(folder, watch=True) as url:
        first = head(folder)
        first.kill()
        for _ in postmaster.moments(20):
            if (now := postmaster.running(folder / "data")) and now.pid != first.pid:
                break

        assert ask(url, "select n from kept") == 1
        assert "starting it again" in caplog.text

    assert working_on(folder) == []


def test_a_watched_server_is_tried_again_until_it_can_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedded, "PAUSE", 0.1)
    with embedded.cluster(folder, watch=True) as url:
        monkeypatch.setattr(embedded, "ROOM", 1 << 60)
        head(folder).kill()
        for _ in postmaster.moments(20):
            if caplog.text.count("is full") > 1:
                break
        monkeypatch.setattr(embedded, "ROOM", 0)
        for _ in postmaster.moments(20):
            if postmaster.running(folder / "data"):
                break

        assert caplog.text.count("is full") > 1
        assert ask(url, "select 1") == 1


def test_a_watched_server_whose_data_vanish_is_not_replaced_by_an_empty_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedded, "PAUSE", 0.1)
    with embedded.cluster(folder, watch=True) as url:
        head(folder).kill()
        (folder / "data").rename(folder / "away")
        for _ in postmaster.moments(20):
            if caplog.text.count("have vanished") > 1:
                break
        built = embedded.exists(folder)
        (folder / "away").rename(folder / "data")
        for _ in postmaster.moments(20):
            if postmaster.running(folder / "data"):
                break

        assert not built
        assert ask(url, "select n from kept") == 1


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
    assert people.split('"')[1::2] == sorted(names)
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


def test_a_first_start_that_was_cut_off_leaves_no_half_cluster(fresh: Path) -> None:
    (fresh / "data.new/base").mkdir(parents=True)
    (fresh / "data.new/PG_VERSION").write_text("18\n")
    half = embedded.exists(fresh)

    with embedded.cluster(fresh) as url:
        answer = ask(url, "select 1")

    assert not half
    assert not (fresh / "data.new").exists()
    assert answer == 1


def test_a_cluster_not_to_be_kept_leaves_nothing(fresh: Path) -> None:
    with embedded.cluster(fresh, keep=False):
        assert embedded.exists(fresh)

    assert not fresh.exists()


def test_a_full_disk_is_refused_before_anything_is_made(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "ROOM_AT_FIRST", 1 << 60)

    with pytest.raises(Unusable, match=r"The disk of .* is full"), embedded.cluster(fresh):
        pass

    assert not embedded.exists(fresh)


def test_a_place_that_cannot_be_written_is_refused_in_one_sentence(fresh: Path) -> None:
    (fresh.parent / "file").write_text("in the way")

    with (
        pytest.raises(Unusable, match="cannot be written"),
        embedded.cluster(fresh.parent / "file/postgres"),
    ):
        pass


def test_a_cluster_of_another_version_is_refused_and_left_alone(folder: Path) -> None:
    (folder / "data/PG_VERSION").write_text("12\n")

    with pytest.raises(Unusable, match="database files are incompatible"), embedded.cluster(folder):
        pass

    (folder / "data/PG_VERSION").write_text("18\n")
    assert kept(folder) == 1


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


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_program_ended_in_the_middle_of_a_first_start_leaves_nothing_running(
    fresh: Path, signal_number: int
) -> None:
    code = HOLDER.replace(
        "import sys, time", "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(fresh)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as early:
        while not fresh.exists():
            assert early.poll() is None
        early.send_signal(signal_number)
        early.wait(10)

    assert working_on(fresh) == []
    with embedded.cluster(fresh) as url:
        assert ask(url, "select 1") == 1

"""The PostgreSQL that comes with us keeps what it was given, however it is stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.core import embedded, postmaster
from app.core.disk import Unusable
from tests.core.clusters import ask, head, kept, working_on

ROOT = Path(__file__).parents[2]
STOPPABLE = "from app.core.stops import leave_cleanly\nleave_cleanly()"
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

AMID_THE_FORK = "import os; os.register_at_fork(after_in_parent=heard)"
AFTER_THE_FORK = """
import subprocess
class Begun(subprocess.Popen):
    def __init__(self, command, preexec_fn=None, **options):
        super().__init__(command, preexec_fn=preexec_fn, **options)
        preexec_fn and heard()
subprocess.Popen = Begun
"""


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

        server.wait(60)

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
        server.wait(60)

    assert still_there


def test_a_second_program_that_will_not_share_is_told_who_has_it(folder: Path) -> None:
    with hold(folder) as holder:
        server = head(folder)
        with (
            pytest.raises(Unusable, match=f"in use by process {holder.pid}"),
            embedded.cluster(folder, join=False),
        ):
            pass
        holder.terminate()
        server.wait(60)


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


@pytest.mark.parametrize("moment", [AMID_THE_FORK, AFTER_THE_FORK])
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_the_very_moment_the_server_is_begun_is_heard(
    fresh: Path, signal_number: int, moment: str
) -> None:
    """What a handler raised there would leave a server that nobody knows of."""
    begun = f"\nimport signal\nheard = lambda: signal.raise_signal({signal_number})\n{moment}"

    early = subprocess.run(
        [sys.executable, "-c", STOPPABLE + begun + HOLDER, str(fresh)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )

    assert early.stdout == b""
    assert working_on(fresh) == []


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_program_ended_in_the_middle_of_a_first_start_leaves_nothing_running(
    fresh: Path, signal_number: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPPABLE + HOLDER, str(fresh)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as early:
        while not fresh.exists():
            assert early.poll() is None
        early.send_signal(signal_number)
        early.wait(60)

    assert working_on(fresh) == []
    with embedded.cluster(fresh) as url:
        assert ask(url, "select 1") == 1

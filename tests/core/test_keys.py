"""The root key file: made once, never overwritten, refused when anybody could have it; what is derived."""

import os
import re
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import keys
from app.core.config import settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The root key of a service of its own."""
    path = tmp_path / "secrets" / "root.key"
    monkeypatch.setenv("DAYAQ_ROOT_KEY_FILE", str(path))
    settings.cache_clear()
    keys.forget()
    keys.make_root_key(path)
    yield path
    monkeypatch.undo()
    settings.cache_clear()
    keys.forget()


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def test_a_new_key_is_32_random_bytes_for_its_owner_alone(file: Path) -> None:
    other = file.with_name("other.key")

    keys.make_root_key(other)

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(keys.load_root_key(file).root(1).key) == 32
    assert keys.load_root_key(file).root(1).key != keys.load_root_key(other).root(1).key
    assert sorted(path.name for path in file.parent.iterdir()) == ["other.key", "root.key"]


def test_a_key_is_never_overwritten(file: Path) -> None:
    before = file.read_bytes()

    with pytest.raises(FileExistsError):
        keys.make_root_key(file)

    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["root.key"]


def test_of_many_who_make_the_key_at_once_exactly_one_succeeds(tmp_path: Path) -> None:
    path, made = tmp_path / "root.key", []

    def make() -> None:
        try:
            keys.make_root_key(path)
            made.append(keys.load_root_key(path).root(1).key)
        except FileExistsError:
            pass

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [keys.load_root_key(path).root(1).key]


def test_loading_never_makes_a_key(tmp_path: Path) -> None:
    with pytest.raises(keys.BadKey, match="cannot be read"):
        keys.load_root_key(tmp_path / "absent.key")

    assert list(tmp_path.iterdir()) == []


def test_a_crash_while_writing_leaves_no_key_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        keys.make_root_key(tmp_path / "root.key")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o601, 0o610])
def test_a_key_that_others_may_touch_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)

    with pytest.raises(keys.BadKey, match="others may read"):
        keys.load_root_key(file)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_for_its_owner_alone_is_taken(file: Path, mode: int) -> None:
    file.chmod(mode)

    assert keys.load_root_key(file).current == 1


def line(key: bytes, version: int = 1) -> str:
    return keys.Root(version, 0, key).line()


GOOD = secrets.token_bytes(32)
BAD = {
    "empty": "",
    "raw bytes": "\x00" * 32,
    "words": "changeme\n",
    "31 bytes": line(GOOD).replace(GOOD.hex(), GOOD.hex()[:62]),
    "33 bytes": line(GOOD).replace(GOOD.hex(), GOOD.hex() + "00"),
    "all zero": line(bytes(32)),
    "all one": line(b"\xff" * 32),
    "repeated word": line(b"password" * 4),
    "two keys alike": line(GOOD) + "\n" + line(GOOD, 2),
    "a version twice": line(GOOD) + "\n" + line(secrets.token_bytes(32)),
    "versions fall": line(GOOD, 2) + "\n" + line(secrets.token_bytes(32), 1),
    "version nought": line(GOOD, 0),
    "version too great": line(GOOD, 256),
    "pin of nothing": line(GOOD) + "\npin salt 1",
    "pin of a version that is not there": line(GOOD) + "\npin facts 2",
    "pin of a purpose that follows": line(GOOD) + "\npin cursor 1",
    "a stray line": line(GOOD) + "\n# our key",
    "pins alone": "pin facts 1",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_is_no_key_file_is_refused_without_being_shown(file: Path, text: str) -> None:
    write(file, text)

    with pytest.raises(keys.BadKey) as refused:
        keys.load_root_key(file)

    assert GOOD.hex() not in str(refused.value)


def test_any_single_mistyped_digit_is_noticed(file: Path) -> None:
    text = file.read_text().strip()

    for place in range(len("root 1 "), len(text)):
        if text[place] == " ":
            continue
        write(file, text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :])
        with pytest.raises(keys.BadKey):
            keys.load_root_key(file)


def test_a_key_is_not_printed_with_its_ring(file: Path) -> None:
    ring = keys.load_root_key(file)

    assert ring.root(1).key.hex() not in repr(ring)
    assert str(ring.root(1).key) not in repr(ring)


def test_a_folder_or_a_device_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(keys.BadKey):
        keys.load_root_key(tmp_path)
    with pytest.raises(keys.BadKey):
        keys.load_root_key(Path("/dev/zero"))


def test_every_purpose_has_a_key_of_its_own(file: Path) -> None:
    made = {keys.purpose(name) for name in keys.PURPOSES}

    assert len(made) == len(keys.PURPOSES) == 10
    assert all(len(key) == 32 for key in made)
    assert keys.load_root_key(file).root(1).key not in made


def test_the_same_root_gives_the_same_keys_after_a_restart(file: Path) -> None:
    before = [keys.purpose(name) for name in keys.PURPOSES]

    keys.forget()

    assert [keys.purpose(name) for name in keys.PURPOSES] == before


def test_derivation_never_changes() -> None:
    """A changed derivation would make every stored field unreadable: this value is fixed for ever."""
    key = keys._derive(bytes(range(32)), "identity")

    assert key.hex() == "4e345fa82dd02599edc4a916ca0d31572a3ed49bceab4dd63525b789e7b8c456"


def test_without_a_key_file_nothing_works(tmp_path: Path, file: Path) -> None:
    file.unlink()
    keys.forget()

    with pytest.raises(keys.BadKey):
        keys.purpose("identity")
    assert not file.exists()


def test_a_working_process_outlives_a_damaged_file(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = keys.purpose("identity")
    write(file, "spilt coffee")

    keys._held.looked = 0.0

    assert keys.purpose("identity") == before
    assert "unusable" in caplog.text
    assert "coffee" not in caplog.text


def test_a_new_version_serves_new_work_and_leaves_pinned_purposes_alone(file: Path) -> None:
    before = {name: keys.purpose(name) for name in keys.PURPOSES}

    keys.add_root_version(file)
    keys._held.looked = 0.0

    changed = {name for name in keys.PURPOSES if keys.purpose(name) != before[name]}
    assert changed == set(keys.PURPOSES) - set(keys.PINNED)
    assert all(keys.purpose(name, 1) == before[name] for name in keys.PURPOSES)


def test_a_version_made_by_another_process_is_found_at_once_when_it_is_needed(file: Path) -> None:
    keys.purpose("identity")

    keys.add_root_version(file)

    assert keys.purpose("identity", 2) != keys.purpose("identity", 1)


def test_a_rotation_that_is_begun_twice_adds_one_version(file: Path) -> None:
    first = keys.add_root_version(file)
    second = keys.add_root_version(file)

    assert first == second == keys.load_root_key(file)
    assert first.versions == (1, 2)


def test_a_crash_while_adding_a_version_leaves_the_old_file_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def fail(self: Path, target: Path) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="power cut"):
        keys.add_root_version(file)

    assert file.read_bytes() == before


def test_what_is_handed_over_for_one_purpose_makes_no_other_key(file: Path) -> None:
    keys.add_root_version(file)
    other = file.with_name("figures.key")
    signing = [keys.purpose("token", version) for version in (1, 2)]

    keys.hand_over(other, "token")

    ring = keys.load_root_key(other)
    assert [ring.root(version).derived("token") for version in (1, 2)] == signing
    assert [root.since for root in ring.roots] == [root.since for root in keys.load_root_key(file).roots]
    assert other.stat().st_mode & 0o777 == 0o600
    assert all(root.key.hex() not in other.read_text() for root in keys.load_root_key(file).roots)
    for name in set(keys.PURPOSES) - {"token"}:
        with pytest.raises(keys.BadKey, match="and none for"):
            ring.root(1).derived(name)


def test_keys_that_were_handed_over_are_no_root_key(file: Path) -> None:
    other = file.with_name("figures.key")
    keys.hand_over(other, "token")

    with pytest.raises(keys.BadKey, match="not the root key"):
        keys.add_root_version(other)
    write(file, file.read_text() + other.read_text().replace("token 1", "token 2"))
    with pytest.raises(keys.BadKey):
        keys.load_root_key(file)
    write(other, other.read_text().replace("token", "root"))
    with pytest.raises(keys.BadKey, match="check"):
        keys.load_root_key(other)


def test_a_version_that_is_still_used_is_not_retired(file: Path) -> None:
    keys.add_root_version(file)
    for name in keys.PINNED:
        assert keys.retire_root_versions(file, still_used=[]).versions == (1, 2)
        keys.repin(file, name)

    assert keys.retire_root_versions(file, still_used=[1]).versions == (1, 2)
    assert keys.retire_root_versions(file, still_used=[]).versions == (2,)
    assert file.stat().st_mode & 0o777 == 0o600
    keys._held.looked = 0.0
    with pytest.raises(keys.BadKey):
        keys.purpose("identity", 1)


def test_a_retired_version_number_never_comes_back(file: Path) -> None:
    keys.add_root_version(file)
    for name in keys.PINNED:
        keys.repin(file, name)
    keys.retire_root_versions(file, still_used=[])

    assert keys.add_root_version(file).versions == (2, 3)


def test_the_file_fits_on_a_sheet_of_paper(file: Path) -> None:
    assert re.fullmatch(r"root 1 \d+ [0-9a-f]{64} [0-9a-f]{8}\n", file.read_text())

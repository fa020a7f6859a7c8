"""Folders, the room in them, and which user of the operating system can reach them."""

import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

SYSTEM = Path("/var/lib/dayaq")  # where root keeps what an unprivileged server must reach
BARE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}  # an environment without our passwords
log = logging.getLogger(__name__)


class Unusable(RuntimeError):
    """A folder, disk, program or database that cannot serve: one sentence for the person who started us."""


class RunAs(TypedDict, total=False):
    """Whom a child process runs as, in the words of `subprocess`; empty: as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def run_as(user: pwd.struct_passwd) -> RunAs:
    """How to start a child as this user; only root has a choice."""
    if os.geteuid() != 0:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def owner_of(folder: Path) -> int | None:
    """Whose folder it is; None where there is none."""
    try:
        return folder.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unusable(f"{folder} cannot be looked at: {error.strerror}.") from error


def named(uid: int) -> pwd.struct_passwd:
    """This user of the operating system."""
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise Unusable(
            f"User id {uid} has no name on this system (/etc/passwd); PostgreSQL needs one."
        ) from error


def call(
    user: pwd.struct_passwd, command: Sequence[str | Path], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a short command of the system as this user, with nothing of our environment."""
    return subprocess.run(  # noqa: S603 (called with fixed commands only)
        command, cwd="/", env=BARE, input=text, text=True, capture_output=True, check=False, **run_as(user)
    )


def can_enter(user: pwd.struct_passwd, folder: Path) -> bool:
    """Whether this user can reach the folder: tried, not read off its mode, for there are ACLs and mounts."""
    return call(user, ["/bin/sh", "-c", 'cd -- "$0"', folder]).returncode == 0


def can_run(user: pwd.struct_passwd, program: Path) -> bool:
    """Whether this user can start the program, tried with its `--version`."""
    with suppress(OSError):
        return call(user, [program, "--version"]).returncode == 0
    return False


def make_usable(folder: Path, floor: int = 0) -> None:
    """Make the folder if need be; refuse one that cannot be written or has fewer than `floor` bytes free."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
    except OSError as error:
        raise Unusable(f"The folder {folder} cannot be written: {error.strerror}.") from error
    if (free := shutil.disk_usage(folder).free) < floor:
        raise Unusable(f"The disk of {folder} is full: {free >> 20} MB free, {floor >> 20} MB needed.")


def make_private(folder: Path, user: pwd.struct_passwd) -> None:
    """An empty folder that nobody but this user (and root) can enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, user.pw_uid, user.pw_gid)
    for stale in folder.iterdir():
        stale.unlink()


def settle(folder: Path, user: pwd.struct_passwd) -> Path:
    """Where the content of this folder lives: there or, where that is closed to the user, in SYSTEM.

    Folders above are never opened up. A link in the folder's stead leads to SYSTEM, and moves with its house.
    """
    make_usable(folder.parent)
    home = folder.resolve()
    if not any(home.glob("*")) and not can_enter(user, home.parent):
        home = _linked(folder)
        log.warning("%s is closed to the user %s: its data are kept in %s", folder, user.pw_name, home)
    home.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        home.chmod(0o711)  # the user passes through to its own folder and sees nothing else
    if not can_enter(user, home):
        raise Unusable(f"{home} is closed to the user {user.pw_name}: open the folders above it, or move it.")
    return home


def _linked(folder: Path) -> Path:
    """A place of our own among the system's data, with a link to it in the folder's stead."""
    try:
        SYSTEM.mkdir(mode=0o755, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=SYSTEM))
        with suppress(FileNotFoundError):
            folder.rmdir()
        folder.symlink_to(place)
    except OSError as error:
        raise Unusable(f"{folder} cannot be kept in {SYSTEM}: {error.strerror}.") from error
    return place

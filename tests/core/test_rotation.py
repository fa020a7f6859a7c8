"""Another root key: everything stays readable, wherever the power fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import keys, rotation, vault
from app.core.config import settings
from app.core.disk import Unusable
from app.core.ids import new_id
from tests.conftest import run

PEOPLE = 25


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A root key that a test may rotate."""
    patch, path = pytest.MonkeyPatch(), tmp_path / "root.key"
    patch.setenv("DAYAQ_ROOT_KEY_FILE", str(path))
    keys.make_root_key(path)
    for forget in (settings.cache_clear, keys.forget, vault.forget_keys):
        forget()
    yield path
    patch.undo()
    for forget in (settings.cache_clear, keys.forget, vault.forget_keys):
        forget()


@pytest.fixture
def shelf(root: Path, cluster: sa.URL) -> Iterator[sa.URL]:
    """A database with data keys, envelopes, sealed fields, hashes and nothing, in one odd table."""
    name = f"shelf_{new_id().hex}"
    run(cluster, f"create database {name}")
    owner = cluster.set(database=name, drivername="postgresql+psycopg")
    make = (
        """create table public."Odd shelf" (id uuid primary key, "Wrapped" bytea, secret bytea, name bytea)"""
    )
    rows: list[dict[str, object]] = []
    for _ in range(PEOPLE):
        row_id, wrapped = new_id(), vault.new_data_key()
        secret = vault.seal_envelope("shelf", "secret", row_id, f"secret of {row_id}")
        given_name = vault.open_key(wrapped).seal(
            "shelf", "name", row_id, f"name of {row_id}, which is long enough"
        )
        rows.append({"id": row_id, "wrapped": wrapped, "secret": secret, "name": given_name})
    rows.append({"id": new_id(), "wrapped": None, "secret": b"", "name": vault.blind_full("x", "fin")})
    write(owner, make)
    write(owner, 'insert into public."Odd shelf" values (:id, :wrapped, :secret, :name)', rows)
    yield owner
    run(cluster, f"drop database {name} with (force)")


def write(owner: sa.URL, statement: str, rows: list[dict[str, object]] | None = None) -> None:
    engine = sa.create_engine(owner, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), rows)


def stock(owner: sa.URL) -> list[sa.Row[tuple[object, ...]]]:
    engine = sa.create_engine(owner, poolclass=sa.NullPool)
    with engine.connect() as connection:
        wanted = sa.text(
            'select id, "Wrapped" as wrapped, secret, name from "Odd shelf" where "Wrapped" is not null'
        )
        return list(connection.execute(wanted))


def readable(owner: sa.URL) -> int:
    """How many rows give back what was sealed; every one of them is tried."""
    vault.forget_keys()
    for row in stock(owner):
        assert (
            vault.open_key(row.wrapped)
            .read("shelf", "name", row.id, row.name)
            .startswith(f"name of {row.id}")
        )
        assert vault.read_envelope("shelf", "secret", row.id, row.secret) == f"secret of {row.id}"
    return len(stock(owner))


def versions(owner: sa.URL) -> set[int]:
    return {value[0] for row in stock(owner) for value in (row.wrapped, row.secret)}


def test_every_key_is_wrapped_anew_and_everything_reads_as_before(shelf: sa.URL) -> None:
    names = [row.name for row in stock(shelf)]

    done = rotation.rotate(shelf)

    assert done == 2 * PEOPLE
    assert versions(shelf) == {2}
    assert readable(shelf) == PEOPLE
    assert sorted(row.name for row in stock(shelf)) == sorted(names), "fields themselves are not touched"


@pytest.mark.parametrize("commits", range(6))
def test_broken_off_at_any_point_it_is_finished_by_running_it_again(
    shelf: sa.URL, root: Path, commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 10)
    real, left = rotation._rewrap, commits

    def until_the_power_fails(*args: object) -> int:
        nonlocal left
        if left == 0:
            raise ConnectionError("power cut")
        left -= 1
        return real(*args)  # type: ignore[arg-type]  # passed on as they came

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "_rewrap", until_the_power_fails)
        with pytest.raises(ConnectionError):
            rotation.rotate(shelf)
    keys.forget()

    assert versions(shelf) == ({1} if commits == 0 else {1, 2})
    assert readable(shelf) == PEOPLE, "both versions are readable in the middle"
    assert rotation.rotate(shelf) > 0
    assert versions(shelf) == {2}
    assert readable(shelf) == PEOPLE
    assert keys.load_root_key(root).versions == (1, 2), "the second run goes on with the same version"


def test_a_crash_before_the_new_version_is_on_disk_changes_nothing(
    shelf: sa.URL, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, file = stock(shelf), root.read_bytes()

    def fail(self: Path, target: Path) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="power cut"):
        rotation.rotate(shelf)

    assert (stock(shelf), root.read_bytes()) == (before, file)


def test_the_old_version_is_kept_as_long_as_one_key_needs_it(shelf: sa.URL, root: Path) -> None:
    rotation.rotate(shelf)
    late = vault.rewrap(vault.new_data_key(), version=1)
    write(shelf, 'insert into "Odd shelf" values (:id, :late, null, null)', [{"id": new_id(), "late": late}])

    with pytest.raises(Unusable, match="1 data keys"):
        rotation.retire(shelf)

    assert keys.load_root_key(root).versions == (1, 2)
    assert rotation.rotate(shelf) == 1


def test_the_old_version_is_kept_as_long_as_an_index_needs_it(shelf: sa.URL, root: Path) -> None:
    rotation.rotate(shelf)

    assert rotation.retire(shelf).versions == (1, 2)
    assert set(keys.load_root_key(root).pins) == set(keys.PINNED)


def test_the_old_version_opens_nothing_once_it_is_retired(shelf: sa.URL, root: Path) -> None:
    old = stock(shelf)[0].wrapped
    rotation.rotate(shelf)
    for name in keys.PINNED:
        keys.repin(root, name)

    assert rotation.retire(shelf).versions == (2,)
    assert readable(shelf) == PEOPLE
    with pytest.raises(keys.BadKey):
        vault.open_key(old)


def test_a_role_that_row_security_binds_may_not_rotate(shelf: sa.URL, root: Path) -> None:
    """It would pass over the rows it does not see, and they would be lost with the old key."""
    before = root.read_bytes()

    for blind in (rotation.rotate, rotation.retire):
        with pytest.raises(Unusable, match="bypasses"):
            blind(shelf.set(username="app_login"))

    assert root.read_bytes() == before
    assert versions(shelf) == {1}


def test_rotating_twice_without_retiring_adds_no_third_version(shelf: sa.URL, root: Path) -> None:
    assert rotation.rotate(shelf) == 2 * PEOPLE
    assert rotation.rotate(shelf) == 0
    assert keys.load_root_key(root).versions == (1, 2)

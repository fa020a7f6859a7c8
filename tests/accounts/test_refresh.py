"""Refresh tokens: the next one is known to the service alone, and always the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.accounts import refresh
from app.core import keys
from app.core.config import settings


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path) -> Iterator[Path]:
    patch = pytest.MonkeyPatch()
    patch.setenv("DAYAQ_ROOT_KEY_FILE", str(tmp_path / "root.key"))
    settings.cache_clear()
    keys.forget()
    keys.make_root_key(tmp_path / "root.key")
    yield tmp_path / "root.key"
    patch.undo()
    settings.cache_clear()
    keys.forget()


def test_a_token_has_256_random_bits_and_no_two_are_alike() -> None:
    made = {refresh.new() for _ in range(500)}

    assert len(made) == 500
    assert all(refresh.well_formed(token) and len(token) == 43 for token in made)


def test_the_successor_of_a_token_is_always_the_same_and_well_formed() -> None:
    token = refresh.new()

    following = refresh.successor(token)

    assert refresh.successor(token) == following != token
    assert refresh.well_formed(following)
    assert refresh.successor(following) not in (token, following)


def test_nobody_without_the_key_can_tell_the_successor(tmp_path: Path) -> None:
    token = refresh.new()
    here = refresh.successor(token)

    (tmp_path / "root.key").unlink()
    keys.make_root_key(tmp_path / "root.key")
    keys.forget()

    assert refresh.successor(token) != here


def test_what_is_stored_does_not_give_the_token_or_its_successor_away() -> None:
    token = refresh.new()

    assert len(refresh.fingerprint(token)) == 32
    assert refresh.fingerprint(token) not in (token.encode(), refresh.successor(token).encode())
    assert refresh.fingerprint(refresh.new()) != refresh.fingerprint(token)


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "é" * 43, "A" * 43 + "\n"]
)
def test_what_could_not_be_a_token_is_not_well_formed(token: str) -> None:
    assert not refresh.well_formed(token)

"""`dayaq demo` shows who can sign in, once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.cli import cli, serving
from app.core.config import settings
from tests.conftest import run


@pytest.fixture
def empty(cluster: sa.URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Calls `dayaq demo` on a migrated, empty database."""
    run(cluster.set(database="template1"), f"create database demo template {cluster.database}")
    monkeypatch.setenv("DAYAQ_MIGRATION_URL", cluster.set(database="demo").render_as_string())

    def demo(*words: str, **given: str) -> str:
        for name, value in given.items():
            monkeypatch.setenv(f"DAYAQ_{name}", value)
        settings.cache_clear()
        result = CliRunner().invoke(cli, ["demo", *words])
        assert result.exit_code == (1 if words else 0), result.output
        return result.output

    yield demo
    monkeypatch.undo()
    settings.cache_clear()
    run(cluster.set(database="template1"), "drop database demo with (force)")


def test_the_accounts_and_a_password_are_shown_once(empty: Callable[..., str]) -> None:
    first, second = empty(), empty()

    kept = settings().var / "demo-password"
    assert f"{kept.read_text().strip()} (kept in {kept})" in first
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len([line for line in first.splitlines() if line.startswith("  ")]) > 5
    assert second == "The demo programme is loaded already; its accounts keep their password.\n"


def test_a_password_that_cannot_be_kept_is_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "var", tmp_path / "nowhere")

    assert "correct-horse (shown only now)" in serving.say_password("correct-horse", made_up=True)


def test_a_password_of_ones_own_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "var", tmp_path)

    assert "correct-horse" not in serving.say_password("correct-horse", made_up=False)
    assert (tmp_path / "demo-password").read_text() == "correct-horse\n"


def test_a_number_of_people_that_makes_no_sense_is_refused_in_one_line(empty: Callable[..., str]) -> None:
    assert len(empty("--survivors", "3").splitlines()) == 1

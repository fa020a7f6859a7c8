"""Clusters of the tests' own, apart from the one that all other tests share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import embedded
from tests.core.clusters import ask, open_folder, working_on


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A place for a cluster, in a folder that every user may enter."""
    place = open_folder()
    yield place / "postgres"
    assert working_on(place) == []
    shutil.rmtree(place)


@pytest.fixture(scope="session")
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

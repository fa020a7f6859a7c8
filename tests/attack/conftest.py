"""Two ways to attack: short and in memory with every check, long and over HTTP with `make attack`."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from anyio.from_thread import start_blocking_portal

from tests.attack import findings, leaky
from tests.attack.country import Country, founded
from tests.attack.findings import Findings
from tests.attack.variants import Design, Publish, exact, in_memory


@dataclass(frozen=True)
class Effort:
    """How much an attacker spends: registers, paddings, fresh releases, respellings, releases to measure."""

    registers: int
    paddings: int
    membership: int
    newcomers: int
    attributes: int
    respellings: int
    releases: int
    synonyms: int
    mutants: int  # fresh releases of a design that must be caught


SHORT = Effort(
    20,  # so many small cells that luck alone is three standard errors from the limit of D7, and not two
    paddings=4,
    membership=200,
    newcomers=150,
    attributes=200,
    respellings=200,
    releases=60,
    synonyms=80,
    mutants=60,
)
PROOF = 260  # releases of each world that can prove an epsilon above ours, if there is one
TRIES = int(os.environ.get("ATTACK_TRIES", "4000"))  # fresh releases per world; fewer prove less
LONG = Effort(
    16,
    paddings=40,
    membership=TRIES,
    newcomers=TRIES,
    attributes=TRIES,
    respellings=2000,
    releases=200,
    synonyms=1000,
    mutants=PROOF,
)


@dataclass(frozen=True)
class Field:
    """How hard it is tried, how a register is published, and how others would answer."""

    effort: Effort
    publish: Publish
    exact: Design


@pytest.fixture(scope="module")
def country(cluster: sa.URL) -> Iterator[Country]:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(founded(cluster, portal)) as one,
    ):
        yield one


@pytest.fixture(
    params=[
        pytest.param("short", marks=pytest.mark.short),
        pytest.param("long", marks=pytest.mark.attack),
    ]
)
def battle(request: pytest.FixtureRequest) -> Field:
    """In memory with every check; over HTTP, and with patience, with `make attack`."""
    if request.param == "short":
        return Field(SHORT, in_memory, exact)
    country: Country = request.getfixturevalue("country")
    return Field(LONG, country.publish, leaky.over_http(country.portal))


@pytest.fixture
def found(request: pytest.FixtureRequest) -> Findings:
    """Notes figures for the table at the end."""
    return Findings(request.node.user_properties)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        findings.EVERY.extend(
            (value, report.passed) for key, value in report.user_properties if key == findings.KEY
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if findings.is_asked(session.config) and findings.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if findings.is_asked(config):
        for line in findings.table():
            terminalreporter.write_line(line)

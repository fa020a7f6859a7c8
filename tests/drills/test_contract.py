"""The API keeps to its own description, whatever is sent: schemathesis on every operation, as two roles."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.drills import leaks
from tests.drills.serving import PASSWORD, Server

ROOT = Path(__file__).parents[2]
# What a request that fits its schema may still meet: no right, not there, a rule of the record, no version, a
# value that the schema cannot say (a day in the future, a number that is no telephone).
MAY_MEET = ["2xx", "304", "401", "403", "404", "409", "412", "422", "428", "429"]
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429"]
CONFIG = """
request-retries = 0
[checks.positive_data_acceptance]
expected-statuses = {may_meet}
[checks.negative_data_rejection]
expected-statuses = {refused}
"""
# Operations that end the session they are asked in: whoever tries them signs in anew every few seconds.
ENDING = r"/auth/"


@dataclass(frozen=True)
class Run:
    """What one run tries: which operations, as whom, with how many cases each."""

    person: str
    examples: int
    which: tuple[str, str]
    again: int = 240  # seconds; an access token lives for ten minutes
    phases: str = "examples,coverage,fuzzing"
    described: str = ""  # by which description, if not by the server's own

    def command(self, server: Server, folder: Path) -> list[str]:
        """The command line of schemathesis."""
        config = folder / "schemathesis.toml"
        config.write_text(CONFIG.format(may_meet=json.dumps(MAY_MEET), refused=json.dumps(REFUSED)))
        return [
            *(str(Path(sys.executable).parent / "st"), "--config-file", str(config), "run"),
            *(self.described or f"{server.url}/openapi.json", "--checks", "all", "--phases", self.phases),
            *("--max-examples", str(self.examples), "--seed", "1", "--continue-on-failure", *self.which),
            *("--no-color", "--no-shrink", "--generation-deterministic", "--warnings", "off"),
        ]

    def settings(self, server: Server) -> dict[str, str]:
        """What its hooks are told."""
        return {
            "SCHEMATHESIS_HOOKS": "tests.drills.contract_hooks",
            "PYTHONPATH": str(ROOT),
            "CONTRACT_URL": server.url,
            "CONTRACT_PERSON": self.person,
            "CONTRACT_PASSWORD": PASSWORD,
            "CONTRACT_AGAIN": str(self.again),
        }


def keeps_to_it(server: Server, run: Run, folder: Path) -> int:
    """How many cases a run has tried; fails with what it says if anything was not as described."""
    assert httpx.get(f"{server.url}/openapi.json", timeout=60).is_success  # made once, which takes a while
    done = subprocess.run(
        run.command(server, folder),
        cwd=folder,
        env=os.environ | run.settings(server),
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    cases = cases_in(done.stdout)
    sys.stdout.write(f"{run.person}: {cases} cases, all checks, nothing wrong\n")
    return cases


def cases_in(text: str) -> int:
    """How many cases a run says that it has tried."""
    for line in text.splitlines():
        words = line.split()
        if "generated" in line and words and words[0].isdigit():
            return int(words[0])
    raise AssertionError(text[-3000:])


ALL = ("--exclude-path-regex", ENDING)
RUNS = [
    Run("coordinator", 12, ALL),
    Run("provider.baku", 12, ALL),
    Run("administrator", 12, ("--include-path-regex", "/users|/auth/"), again=2),
]


@pytest.mark.drill
def test_every_operation_keeps_to_its_description(server: Server, tmp_path: Path) -> None:
    cases = [keeps_to_it(server, run, tmp_path) for run in RUNS]

    assert min(cases) >= 1_000
    assert sum(cases) >= 25_000
    assert_sound(server)


def test_every_operation_keeps_to_its_description_in_short(server: Server, tmp_path: Path) -> None:
    cases = keeps_to_it(server, Run("supervisor", 1, ALL, phases="examples,fuzzing"), tmp_path)

    assert cases >= 100
    assert_sound(server)


def test_a_description_that_is_not_kept_is_found(server: Server, tmp_path: Path) -> None:
    """Every answer has a status; a description that names none but 418 must be reported."""
    wrong = json.loads((ROOT / "openapi.json").read_text())
    path = "/api/v1/auth/me"
    wrong["paths"] = {
        path: {"get": wrong["paths"][path]["get"] | {"responses": {"418": {"description": ""}}}}
    }
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    run = Run("supervisor", 1, ("--url", server.url), described=str(tmp_path / "wrong.json"))

    with pytest.raises(AssertionError, match="Undocumented status code"):
        keeps_to_it(server, run, tmp_path)


def assert_sound(server: Server) -> None:
    """It is still there, and nothing in its log is a defect."""
    assert httpx.get(f"{server.url}/health/ready").status_code == 204
    log = server.log.read_text()
    assert [line for line in log.splitlines() if "Traceback" in line or " ERROR " in line] == []


def test_nothing_that_names_or_reaches_a_person_stands_in_the_database_or_a_log(server: Server) -> None:
    words = leaks.secrets(server, 60)

    assert len(words) >= 200
    assert leaks.leaked(words, leaks.dump(server)) == set()
    assert leaks.leaked(words, leaks.logs(server)) == set()


def test_a_planted_leak_is_found(server: Server) -> None:
    word = max(leaks.secrets(server, 1))
    with server.database() as database:
        database.execute("create table planted as select %s as clear, %s::bytea as sealed", [word, b"x"])
        found = leaks.leaked({word}, leaks.dump(server))
        database.execute("update planted set clear = '', sealed = %s", [word.encode()])
        found_in_bytes = leaks.leaked({word}, leaks.dump(server))
        database.execute("drop table planted")

    assert found == found_in_bytes == {word}
    assert leaks.leaked({word}, f"GET /survivors/search?name={word}") == {word}

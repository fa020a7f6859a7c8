"""The API keeps to its own description, whatever is sent: schemathesis on every operation, as two roles."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.drills.serving import Server, sign_in

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
# Signing out, ending sessions and disabling people would end the run itself.
SPARED = r"/auth/|/disable|/memberships|/users"


def test_the_settings_of_the_run_are_settings() -> None:
    assert "checks" in tomllib.loads(
        CONFIG.format(may_meet=json.dumps(MAY_MEET), refused=json.dumps(REFUSED))
    )


def contract(server: Server, role: str, examples: int, folder: Path) -> tuple[int, str]:
    """Run all checks as this role; gives how many cases were tried, and what the run said in the end."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.format(may_meet=json.dumps(MAY_MEET), refused=json.dumps(REFUSED)))
    report = folder / "report.json"
    command = [str(Path(sys.executable).parent / "st"), "--config-file", str(config), "run"]
    command += [
        f"{server.url}/openapi.json",
        "--header",
        f"Authorization: Bearer {sign_in(server.url, role)}",
    ]
    command += ["--checks", "all", "--max-examples", str(examples), "--phases", "examples,fuzzing"]
    command += ["--exclude-path-regex", SPARED, "--no-color", "--seed", "1", "--continue-on-failure"]
    command += [
        "--report-json-path",
        str(report),
        "--max-time",
        os.environ.get("SECONDS_EACH", "60"),
        "--workers",
        "1",
        "--warnings",
        "off",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)
    requests = cases_in(done.stdout)
    return requests, "" if done.returncode == 0 else done.stdout[-6000:]


def cases_in(text: str) -> int:
    """How many cases a run says that it has tried."""
    for line in text.splitlines():
        words = line.split()
        if "generated" in line and words and words[0].isdigit():
            return int(words[0])
    raise AssertionError(text[-3000:])


@pytest.mark.drill
@pytest.mark.parametrize("role", ["coordinator", "provider.baku"])
def test_every_operation_keeps_to_its_description(server: Server, role: str, tmp_path: Path) -> None:
    cases, wrong = contract(server, role, int(os.environ.get("EXAMPLES", "1")), tmp_path)

    assert wrong == ""
    assert cases >= 300
    assert httpx.get(f"{server.url}/health/ready").status_code == 204
    assert not [line for line in server.log.read_text().splitlines() if " 500 " in line]

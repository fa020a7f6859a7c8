"""Each instrument against values that are published or were worked out by hand: `vectors/<code>.yaml`.

A case: `all` (this answer to every scored item that has none below), `answers`; then `scores`: code to
value, result and how many answers were missing; `silent`: the scores for which too many are.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from app.assessments import rules
from app.assessments.instrument import Instrument, Value, instruments
from app.assessments.scoring import ALGORITHMS, scores, too_silent
from tests.assessments.covered import SCORING

ROOT = Path(__file__).parents[2]
VECTORS = Path(__file__).parent / "vectors"


class Case(NamedTuple):
    asked: Instrument
    said: dict[str, Any]

    @property
    def answers(self) -> dict[str, Value]:
        every = {
            item.code: self.said["all"] for item in self.asked.items if item.scored and "all" in self.said
        }
        answers: dict[str, Value] = every | self.said.get("answers", {})
        return answers


def cases() -> list[Case]:
    return [
        Case(instruments()[path.stem], said)
        for path in sorted(VECTORS.glob("*.yaml"))
        for said in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
    ]


CASES = cases()


def test_every_instrument_score_band_and_algorithm_has_a_vector() -> None:
    assert {case.asked.code for case in CASES} == set(instruments())
    seen = {
        (case.asked.code, code, result)
        for case in CASES
        for code, (_, result, *_) in case.said["scores"].items()
    }
    bands = {
        (asked.code, rule.code, band.code)
        for asked in instruments().values()
        for rule in asked.scores
        for band in rule.bands
    }
    assert bands - seen == set()
    assert {(a, rule.code) for a, one in instruments().items() for rule in one.scores} == {
        s[:2] for s in seen
    }
    assert {rule.algorithm for one in instruments().values() for rule in one.scores} == set(ALGORITHMS)
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.asked.code}: {case.said['name']}")
def test_a_vector_comes_out(case: Case) -> None:
    rules.check_answers(case.asked, case.answers)

    found = {score.code: score for score in scores(case.asked, case.answers)}

    for code, (value, result, *missing) in case.said["scores"].items():
        score = found[code]
        assert (score.value, score.result, score.missing) == (
            value if value is None else pytest.approx(value, abs=1e-9),
            result,
            missing[0] if missing else 0,
        ), code
    assert [rule.code for rule in too_silent(case.asked, case.answers)] == case.said.get("silent", [])
    wanted = case.said.get(
        "alerts",
        ["self_harm_thoughts"] if case.answers.get("q9") in (1, 2, 3) and case.asked.code == "phq_9" else [],
    )
    assert [alert.code for alert in rules.alerts(case.asked, case.answers)] == wanted
    if "advice" in case.said:  # what it is does not follow from the scores
        advised = rules.advice(case.asked, list(found.values()))
        assert [each.code for each in advised] == case.said["advice"]


def test_the_vectors_run_every_branch_of_the_scoring_functions() -> None:
    command = [sys.executable, "-m", "tests.assessments.covered"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)

    report = json.loads(done.stdout)

    assert set(report["files"]) == set(SCORING)
    assert report["totals"]["num_branches"] >= 40, "what looks at nothing proves nothing"
    assert [
        found["missing_branches"] for found in report["files"].values() if found["missing_branches"]
    ] == []
    assert report["totals"]["percent_covered"] == 100

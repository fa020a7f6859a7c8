"""The script that reckons a published table again: with nothing but Python, as an outsider would."""

import json
import runpy
import subprocess
import sys
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dp_accounting.pld import privacy_loss_distribution as pld

from app.statistics import disclosure, metadata
from app.statistics.tables import Table
from tests.statistics.register import LARGE, plan_of

SCRIPT = Path(__file__).parents[2] / "docs/examples/recompute.py"
OCCASION = metadata.Occasion("a release", "2026-01-31T00:00:00Z", "2026-02-14", 0.25, 1.25)


def published(folder: Path, **changed: Any) -> Path:
    """A table as it is published, with these figures changed by somebody."""
    cells = np.zeros(sum(map(LARGE.size, LARGE.tables)), dtype=np.int64)
    document = json.loads(metadata.artefacts(LARGE, cells, OCCASION)[0].body)
    document["metadata"] |= changed
    path = folder / "table.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def run(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *map(str, paths)], capture_output=True, text=True
    )


def test_what_is_printed_with_a_table_follows_from_its_noise(tmp_path: Path) -> None:
    done = run(published(tmp_path))

    said = {line[:30].strip(): line.split()[-2] for line in done.stdout.splitlines()[1:]}
    exact = pld.from_discrete_gaussian_mechanism(4.0).self_compose(8)
    assert done.returncode == 0, done.stdout + done.stderr
    assert float(said["rho"]) == 0.25
    assert float(said["mu"]) == pytest.approx(sqrt(0.5), abs=1e-5)
    assert float(said["advantage, from the dice"]) == pytest.approx(
        exact.get_delta_for_epsilon(0.0), rel=0.001
    )
    assert float(said["epsilon, from the dice"]) == pytest.approx(
        exact.get_epsilon_for_delta(1e-6), rel=0.001
    )
    assert float(said["epsilon at delta 1e-06"]) == pytest.approx(disclosure.cost(LARGE).epsilon, rel=0.001)


@pytest.mark.parametrize("figure", ["rho", "mu", "advantage_at_most", "belief_at_most", "epsilon"])
def test_a_figure_that_was_made_to_look_better_is_found(tmp_path: Path, figure: str) -> None:
    printed = json.loads(published(tmp_path).read_text())["metadata"][figure]

    done = run(published(tmp_path, **{figure: printed * 0.95}))

    assert done.returncode == 1
    assert "WRONG" in done.stdout


def test_without_a_table_nothing_is_said_to_be_right() -> None:
    assert run().returncode == 1


def test_tables_of_unequal_noise_and_of_several_cells_a_person_are_reckoned_too() -> None:
    script = runpy.run_path(str(SCRIPT), run_name="script")
    wide = {"sigma": 8 * sqrt(3), "sensitivity": sqrt(3), "most": 3}
    narrow = {"sigma": 2.0, "sensitivity": 1.0}

    losses = script["added"](script["losses_of"](wide), script["losses_of"](narrow))

    exact = pld.from_discrete_gaussian_mechanism(8 * sqrt(3)).self_compose(3)
    exact = exact.compose(pld.from_discrete_gaussian_mechanism(2.0))
    plan = plan_of(2, 3, (Table("total", (), 2.0), Table("sex", ("sex",), 8 * sqrt(3), sqrt(3))))
    assert script["rho"]([wide, narrow]) == pytest.approx(disclosure.cost(plan).rho)
    assert script["exact_delta"](losses, 0.0) == pytest.approx(exact.get_delta_for_epsilon(0.0), rel=0.001)
    assert script["exact_epsilon"](losses, 1e-6) == pytest.approx(exact.get_epsilon_for_delta(1e-6), rel=0.01)

"""What stands in docs/examples is a release as it was published, in each format as it is written today."""

import json
import re

from app.statistics import artefact
from app.statistics.rounding import shared_margins
from tests.attack import examples
from tests.attack.test_recompute import run

README = (examples.FOLDER.parent / "README.md").read_text(encoding="utf-8")


def test_the_example_is_whole_and_each_file_is_what_it_was_made_of() -> None:
    bodies = examples.tables()
    files = {path.name: path.read_bytes() for path in examples.FOLDER.iterdir()}

    assert len(bodies) == 8
    assert files == examples.written(bodies)
    assert len(files) == 8 + 2 + len(examples.IN_EVERY_FORMAT) * len(examples.FORMATS)


def test_the_example_adds_up_in_all_tables_and_its_guarantee_can_be_reckoned_again() -> None:
    released = artefact.released(examples.tables())

    assert released.plan.cohort.last_day == examples.LAST_DAY
    assert not (shared_margins(released.plan) @ released.cells).any()
    assert run(examples.FOLDER / "region_type.json").returncode == 0


def test_the_page_quotes_the_release_as_it_is_and_others_with_source_and_day() -> None:
    document = json.loads(examples.tables()["total"])
    rows = [line for line in README.splitlines() if line.startswith("|") and "exact" in line]

    assert f"| {examples.total()} | ±{document['half_widths'][0]} |" in README
    assert len(rows) == 3
    assert all(re.search(r"20\d\d|the same", row.rsplit("|", 2)[1]) for row in rows)

"""What stands in docs/examples is a release as it was published, in each format as it is written today."""

import json
import re

import pytest
from pypdf import PdfReader

from app.codelists.lists import LANGUAGES, Language
from app.statistics import artefact, wording
from app.statistics.rounding import shared_margins
from tests.attack import examples
from tests.attack.test_recompute import run
from tests.reading import on_paper
from tests.statistics.rooms import FONTS, need_room

PER_PIXEL, WITHIN_MARGINS = 0.66, 170 / 25.4 * 72  # points: as sheet.typ sets pictures, on A4
README = (examples.FOLDER.parent / "README.md").read_text(encoding="utf-8")


def test_the_example_is_whole_and_each_file_is_what_it_was_made_of() -> None:
    bodies = examples.tables()
    files = {path.name: path.read_bytes() for path in examples.FOLDER.iterdir()}

    assert len(bodies) == 8
    assert files == examples.written(bodies)
    assert len(files) == 8 + 2 + len(examples.IN_EVERY_FORMAT) * len(examples.FORMATS)


def test_the_year_of_care_and_the_quarters_are_whole_and_add_up() -> None:
    care, quarters = examples.tables(examples.CARE), examples.tables(examples.QUARTERS)
    files = {path.name: path.read_bytes() for path in examples.CARE.iterdir()}

    assert files == examples.plain(care)
    assert (len(care), len(quarters)) == (9, 4)
    for bodies in (care, *({"new_registrations": body} for body in quarters.values())):
        read = artefact.released(bodies)
        assert not (shared_margins(read.plan) @ read.cells).any()


async def test_the_bulletin_that_stands_there_is_what_is_printed_of_these_releases() -> None:
    kept = {
        language: on_paper((examples.EXAMPLES / f"bulletin-{examples.YEAR}-{language}.pdf").read_bytes())
        for language in LANGUAGES
    }

    assert kept["az"] == on_paper(await examples.printed("az"))
    assert all(str(examples.total()) in said for said in kept.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_says_that_the_people_are_invented_and_no_picture_is_made_smaller(
    language: Language,
) -> None:
    pdf = PdfReader(examples.EXAMPLES / f"bulletin-{examples.YEAR}-{language}.pdf")
    pictures = [one for one in examples.sheet(language).blocks if one["kind"] == "picture"]

    assert wording.word("invented", language) in " ".join(pdf.pages[0].extract_text().split())
    assert len(pictures) == 12
    for one in pictures:
        assert one["width"] * PER_PIXEL <= WITHIN_MARGINS
        need_room(one["svg"].encode(), FONTS[0])


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

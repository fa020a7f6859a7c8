"""Released tables in other formats: each is read back by a library of its own field, and says the same."""

import csv
import io
import json
from datetime import date
from typing import Any

import hxl
import numpy as np
import openpyxl
import pytest
import sdmx

from app.statistics import care, formats, metadata, tables
from app.statistics.artefact import Artefact
from app.statistics.formats import FORMATS, written

LANGUAGES = ("en", "az", "ru")


@pytest.fixture(scope="module")
def released() -> dict[str, Artefact]:
    """A release of made-up figures, some of them below nothing."""
    plan = tables.national(tables.Cohort(None, date(2025, 12, 31), 3400))
    cells = np.arange(sum(map(plan.size, plan.tables)), dtype=np.int64) - 20
    occasion = metadata.Occasion("01900000", "2026-02-01T10:00:00Z", "2026-02-14", 0.25, 1.25)
    return {part.name: part for part in metadata.artefacts(plan, cells, occasion)}


def test_a_year_of_care_and_a_bulletin_come_in_every_format() -> None:
    occasion = metadata.Occasion("01900000", "2026-02-01T10:00:00Z", "2026-02-14", 0.25, 1.25)
    quarter = tables.quarterly(tables.Cohort(date(2026, 4, 1), date(2026, 6, 30), 22))
    year = care.yearly(tables.Cohort(date(2025, 1, 1), date(2025, 12, 31), 100))
    for plan, period in ((quarter, "2026Q2"), (year, "2025")):
        cells = np.arange(sum(map(plan.size, plan.tables)), dtype=np.int64)
        for part in metadata.artefacts(plan, cells, occasion):
            for language in LANGUAGES:
                head, *lines = csv.reader(io.StringIO(text(part, "csv", language).decode(), newline=""))
                assert all(all(word for word in line) for line in [head, *lines])
            assert json.loads(text(part, "dhis2.json"))["period"] == period
            with hxl.data(io.BytesIO(text(part, "hxl.csv")), hxl.InputOptions(allow_local=True)) as data:
                assert len(list(data)) == len(lines)
            assert json.loads(text(part, "sdmx.json"))["dataSets"]
            assert openpyxl.load_workbook(io.BytesIO(text(part, "xlsx")))


NAMES = [table.name for table in tables.TABLES]


def document(one: Artefact) -> Any:
    return json.loads(one.body)


def text(one: Artefact, suffix: str, language: str = "en") -> bytes:
    return written(one.body.decode(), suffix, language)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_table_is_the_same_bytes(released: dict[str, Artefact], suffix: str, language: str) -> None:
    for one in released.values():
        assert text(one, suffix, language) == text(one, suffix, language)


@pytest.mark.parametrize("name", NAMES)
def test_csv_has_every_signed_cell_in_public_order(released: dict[str, Artefact], name: str) -> None:
    head, *lines = csv.reader(io.StringIO(text(released[name], "csv", "az").decode(), newline=""))

    assert head[-4:] == ["value", "shown", "half_width", "release"]
    assert [int(line[-4]) for line in lines] == document(released[name])["cells"]
    assert [line[-3] == "<10" for line in lines] == [int(line[-4]) < 10 for line in lines]
    assert [float(line[-2]) for line in lines] == document(released[name])["half_widths"]
    assert {line[-1] for line in lines} == {"01900000"}


@pytest.mark.parametrize("name", NAMES)
def test_hxl_is_read_by_libhxl(released: dict[str, Artefact], name: str) -> None:
    def source() -> Any:
        body = io.BytesIO(text(released[name], "hxl.csv"))
        return hxl.data(body, hxl.InputOptions(allow_local=True))

    assert hxl.schema().validate(source())
    assert [int(row.get("#affected")) for row in source()] == document(released[name])["cells"]


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_holds_the_table_and_how_it_was_made_and_nothing_hidden(
    released: dict[str, Artefact], name: str
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(text(released[name], "xlsx", "ru")))

    table, method = book.worksheets
    values = [row[-3] for row in table.iter_rows(min_row=2, values_only=True)]
    said = {str(name): value for name, value in method.iter_rows(min_row=3, max_col=2, values_only=True)}
    assert [sheet.sheet_state for sheet in book.worksheets] == ["visible", "visible"]
    assert values == document(released[name])["cells"]
    assert (said["sigma"], said["rho"]) == (4, 0.25)
    assert "configuration" not in said
    assert not any(str(cell.value).startswith("=") for row in table.rows for cell in row)


@pytest.mark.parametrize("name", NAMES)
def test_sdmx_json_is_read_by_sdmx1(released: dict[str, Artefact], name: str) -> None:
    message = sdmx.read_sdmx(io.BytesIO(text(released[name], "sdmx.json")), format="json")

    assert isinstance(message, sdmx.message.DataMessage)
    [data] = message.data
    told = document(released[name])
    found = {
        tuple(str(part.value) for part in one.dimension.values.values())[: len(told["dimensions"])]: (
            one.value,
            float(str(one.attached_attribute["HALF_WIDTH"].value)),
        )
        for one in data.obs
    }
    assert found == {row.codes: (row.value, row.half_width) for row in formats.rows(told)}


@pytest.mark.parametrize("name", NAMES)
def test_a_dhis2_data_value_set_names_each_cell_once(released: dict[str, Artefact], name: str) -> None:
    found = json.loads(text(released[name], "dhis2.json"))

    keys = {(v["dataElement"], v["orgUnit"], v.get("categoryOptionCombo")) for v in found["dataValues"]}
    assert [int(value["value"]) for value in found["dataValues"]] == document(released[name])["cells"]
    assert len(keys) == len(found["dataValues"])
    assert (found["period"], found["completeDate"]) == ("2025", "2026-02-14")


def test_the_answers_to_two_questions_are_two_data_elements(released: dict[str, Artefact]) -> None:
    """In DHIS2 the second would take the place of the first, for the same place and period."""
    one = json.loads(released["sex_age"].body)
    names = []
    for release_id in ("01900000-0000-7000-8000-00000000000a", "01900000-0000-7000-8000-00000000000b"):
        one["metadata"]["release_id"], one["table"] = release_id, tables.ANSWER
        found = json.loads(written(json.dumps(one), "dhis2.json", "en"))
        names.append({value["dataElement"] for value in found["dataValues"]})

    assert names == [{"DAYAQ_ANSWER_00000000000A"}, {"DAYAQ_ANSWER_00000000000B"}]


@pytest.mark.parametrize("suffix", [suffix for suffix in FORMATS if suffix not in ("svg", "png")])
def test_a_file_of_invented_people_says_so_by_itself_and_one_of_real_people_never(
    released: dict[str, Artefact], suffix: str
) -> None:
    """A file goes on without the answer that it came with, and into other systems."""
    one = json.loads(released["sex_age"].body)
    real = written(json.dumps(one), suffix, "en")
    one["metadata"]["invented"] = metadata.INVENTED
    demo = written(json.dumps(one), suffix, "en")

    assert (says_so(suffix, real), says_so(suffix, demo)) == (False, True)


def says_so(suffix: str, body: bytes) -> bool:
    """Whether a file says where its own readers look that its people are invented."""
    if suffix == "xlsx":
        return metadata.INVENTED in str(list(openpyxl.load_workbook(io.BytesIO(body))["Method"].values))
    if suffix == "sdmx.json":
        return json.loads(body)["header"]["test"] is True
    if suffix == "dhis2.json":
        comments = {value["comment"] for value in json.loads(body)["dataValues"]}
        return all("invented Invented people" in comment for comment in comments)
    return {"csv": b",Invented people\r\n", "hxl.csv": b"#meta+invented\r\n"}[suffix] in body


def test_labels_are_in_the_callers_language(released: dict[str, Artefact]) -> None:
    said = {one: text(released["region_sex"], "csv", one).decode() for one in LANGUAGES}

    assert "Karabakh" in said["en"]
    assert "Qarabağ" in said["az"]
    assert "Карабах" in said["ru"]
    assert next(formats.rows(document(released["total"]))).codes == ()

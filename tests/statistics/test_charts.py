"""The picture of a table: what it shows can be read back from it, and nothing else is in it."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from app.codelists.lists import LANGUAGES
from app.statistics import bulletin, care, charts, metadata, tables, wording
from app.statistics.artefact import Artefact
from app.statistics.charts import Bar, Picture
from app.statistics.formats import written
from tests.statistics.rooms import FONTS, need_room

SVG = "{http://www.w3.org/2000/svg}"
OCCASION = metadata.Occasion("01900000", "2026-02-01T10:00:00Z", "2026-02-14", 0.25, 1.25)
COHORT = tables.Cohort(date(2025, 1, 1), date(2025, 12, 31), 3400)
PLANS = (tables.national(COHORT), tables.quarterly(COHORT), care.yearly(COHORT))
MAY_BE_THERE = {"svg", "title", "desc", "rect", "line", "text"}


def drawn(*bars: Bar) -> ET.Element:
    return ET.fromstring(charts.svg(Picture("title", "about", "note", bars)))


def numbers(picture: ET.Element, tag: str, name: str) -> list[float]:
    return [float(one.attrib[name]) for one in picture.iter(f"{SVG}{tag}") if name in one.attrib]


def words(picture: ET.Element) -> list[str]:
    return [one.text or "" for one in picture.iter(f"{SVG}text")]


def test_a_bar_is_as_long_as_its_figure_and_its_margin_stands_on_both_sides() -> None:
    picture = drawn(Bar("a", 400, 8.0), Bar("b", 100, 40.0))

    _, first, second = numbers(picture, "rect", "width")
    margins = [one for one in picture.iter(f"{SVG}line") if one.attrib["y1"] == one.attrib["y2"]]
    low, high = (float(margins[1].attrib[end]) for end in ("x1", "x2"))
    assert first == pytest.approx(4 * second, abs=0.5)
    left = numbers(picture, "rect", "x")[0]
    assert (low + high) / 2 == pytest.approx(left + second, abs=0.2)
    assert (high - low) / second == pytest.approx(2 * 40 / 100, abs=0.01)


def test_what_is_too_small_to_measure_has_no_length_to_be_read() -> None:
    small, none, below = drawn(Bar("a", 9, 8.0)), drawn(Bar("a", 0, 8.0)), drawn(Bar("a", -7, 8.0))

    assert ET.tostring(small) == ET.tostring(none) == ET.tostring(below)
    assert len(numbers(small, "rect", "width")) == 1  # the paper
    assert "<10" in words(small)


def test_a_bar_whose_margin_reaches_nothing_is_pale_and_the_picture_says_what_that_is() -> None:
    fills = [one.attrib["fill"] for one in drawn(Bar("a", 27, 27.7), Bar("b", 28, 27.7)).iter(f"{SVG}rect")]
    said = []
    for plan in (tables.quarterly(COHORT), care.yearly(COHORT)):  # 10, give or take 8.4 or 27.7
        cells = np.full(sum(map(plan.size, plan.tables)), 10, dtype=np.int64)
        said.append(svg(metadata.artefacts(plan, cells, OCCASION)[0], "en"))

    assert fills[1:] == [charts.PALE, charts.FILL]
    assert [b"could be none" in one for one in said] == [False, True]


@pytest.mark.parametrize("value", [10, 11, 99, 101, 3427, 123_456])
def test_every_bar_and_its_margin_lie_within_the_axis(value: int) -> None:
    picture = drawn(Bar("a", value, 7.8))

    ticks = [int(one) for one in words(picture) if one.isdigit()]
    right = max(numbers(picture, "line", "x2"))
    assert max(ticks) >= value
    assert len(ticks) <= charts.TICKS + 3
    assert right <= float(picture.attrib["width"]) - charts.RIGHT


LONG = (
    "Zərərçəkmişlərin müntəzəm iştirakı – Социально-экономическая интеграция пострадавших, once in a while "
)
HARD = {
    "a figure beside a line of the axis": Picture("t", "a", "n", [Bar("a", 481, 17.5), Bar("b", 95, 3.0)]),
    "words without an end": Picture(
        5 * LONG, 9 * LONG, 12 * LONG, [Bar(4 * LONG, 20, 5.0), Bar("b", 3, 1.0)]
    ),
    "a word that cannot be parted": Picture(30 * "Реабилитация", "", "", [Bar(20 * "İnklüziya", 12, 3.0)]),
    "numbers of many digits": Picture("", "", "", [Bar("", 12_345_678_901, 9.0), Bar("", 99, 9e9)]),
    "every length": Picture("t", "", "n", [Bar(str(n), n, 31.0) for n in range(0, 1000, 7)], bulletin.BARS),
    "nothing": Picture("", "", "", []),
}


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("picture", HARD.values(), ids=HARD)
def test_no_word_is_cut_off_or_meets_another_or_a_line(picture: Picture, font: str) -> None:
    need_room(charts.svg(picture), font)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_of_a_release_has_room_for_its_words_in_each_language(language: str) -> None:
    for plan in PLANS:
        cells = np.arange(sum(map(plan.size, plan.tables)), dtype=np.int64)
        for part in metadata.artefacts(plan, cells, replace(OCCASION, invented=True)):
            drawn = svg(part, language)
            need_room(drawn, FONTS[0])
            assert wording.word("invented_short", language).encode() in drawn
            assert "_" not in "".join(ET.fromstring(drawn).itertext())  # no name of ours, no half of a code


def test_words_are_never_taken_for_markup() -> None:
    picture = drawn(Bar('<script>alert(1)</script> & "x"', 20, 5.0))

    assert '<script>alert(1)</script> & "x"' in words(picture)
    assert {one.tag.removeprefix(SVG) for one in picture.iter()} <= MAY_BE_THERE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_released_table_is_drawn_a_bar_a_cell_in_the_callers_language(language: str) -> None:
    plan = tables.national(tables.Cohort(None, date(2025, 12, 31), 3400))
    cells = np.arange(sum(map(plan.size, plan.tables)), dtype=np.int64)
    for part in metadata.artefacts(plan, cells, OCCASION):
        body = svg(part, language)
        picture, table = ET.fromstring(body), next(t for t in plan.tables if t.name == part.name)

        said, paper = words(picture), 1
        assert len(numbers(picture, "rect", "width")) == paper + sum(cells[plan.slices()[part.name]] >= 10)
        assert said.count("<10") == sum(cells[plan.slices()[part.name]] < 10)
        assert all(wording.word(name, language) in said[0] for name in table.dimensions)
        assert body == svg(part, language)
        assert b"style" not in body
        assert b"href" not in body


def svg(part: Artefact, language: str) -> bytes:
    return written(part.body.decode(), "svg", language)

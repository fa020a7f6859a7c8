from datetime import date

import pytest

from app.statistics import tables, wording
from app.statistics.cube import Cube, Question
from tests.statistics.register import Person, release

PLAN = tables.national(tables.Cohort(None, date(2025, 12, 31), 3400))


@pytest.fixture(scope="module")
def cube() -> Cube:
    register: list[Person] = [("az_fuz", "female", "18_59", "direct_survivor", 2020)] * 200
    return Cube([release(PLAN, register)])


@pytest.mark.parametrize("language", ["en", "az", "ru"])
def test_every_code_of_the_national_plan_has_words(cube: Cube, language: str) -> None:
    for dimension in cube.dimensions:
        assert wording.word(dimension.name, language)
        named = [wording.label(dimension.name, code, language) for code in dimension.codes]
        years = dimension.name == "year"
        assert all(named)
        assert years or not set(named) & {*dimension.codes} - {"unknown"}


def test_a_code_no_list_has_any_more_stands_for_itself_and_other_languages_read_english() -> None:
    assert wording.label("region", "gone", "az") == "gone"
    assert wording.label("region", "baki", "fr") == "Baku"
    assert wording.word("note", "fr") == wording.word("note", "en")


def test_the_sentence_names_few_codes_and_counts_many(cube: Cube) -> None:
    few = Question(["sex"], {"region": ["qarabag", "baki"]})
    many = Question([], {"district": list(PLAN.dimension("district").codes[:40])})

    said = [wording.sentence(cube, cube.answer(asked), "en") for asked in (few, many)]

    assert "by sex" in said[0]
    assert "region: Baku, Karabakh" in said[0]
    assert f"40 of {len(PLAN.dimension('district').codes)}" in said[1]


def test_the_sentence_says_too_few_and_not_how_few(cube: Cube) -> None:
    asked = Question([], {"region": ["naxcivan"], "sex": ["unknown"]})
    answer = cube.answer(asked)

    said = wording.sentence(cube, answer, "en")

    assert (answer.total.value or 0) < 10 or "give or take" in said
    assert (answer.total.value or 0) >= 10 or said.startswith("Too few people to measure")

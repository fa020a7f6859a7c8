"""What the algorithms make of answers: above all, no 'no' out of silence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessments.instrument import DATA, Instrument, instruments
from app.assessments.rules import check_answers, speaks_of_needs
from app.assessments.scoring import ALGORITHMS, score
from app.codelists import lists
from app.core.errors import Invalid

EVERY = list(instruments().values())
WG, NEEDS = instruments()["wg_ss"], instruments()["needs"]
SIX = ("see", "hear", "walk", "cog", "care", "com")


def answered(**changes: Any) -> dict[str, Any]:
    return dict.fromkeys(SIX, 1) | changes


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        (answered(), "no"),
        (answered(see=2, hear=2, walk=2, cog=2, care=2, com=2), "no"),
        (answered(walk=3), "yes"),
        (answered(walk=4), "yes"),
        (answered(walk="refused"), "unknown"),
        (answered(walk="unknown"), "unknown"),
        (answered(walk="not_asked"), "unknown"),
        (answered(walk="refused", see=3), "yes"),
        (dict.fromkeys(SIX[:5], 1), "unknown"),
        ({"walk": 4}, "yes"),
        ({}, "unknown"),
    ],
)
def test_the_short_set_follows_its_international_cut_off(answers: dict[str, Any], result: str) -> None:
    assert score(WG, answers).result == result


def answers_to(asked: Instrument) -> st.SearchStrategy[dict[str, Any]]:
    some = {item: st.sampled_from(sorted(asked.answers(), key=str)) for item in asked.asked}
    return st.fixed_dictionaries({}, optional=some)


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.code)
@given(data=st.data())
def test_what_was_not_answered_is_never_a_no(asked: Instrument, data: st.DataObject) -> None:
    answers = data.draw(answers_to(asked))

    result = score(asked, answers).result

    spoken = [answers.get(item) for item in asked.asked]
    assert (result == "yes") == any(answer in asked.yes for answer in spoken)
    if result == "no":
        assert len(answers) == len(asked.items)
        assert set(spoken) <= asked.no
        assert not set(spoken) & set(asked.unanswered)


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.code)
@given(data=st.data())
def test_one_answer_taken_back_never_makes_a_result_surer(asked: Instrument, data: st.DataObject) -> None:
    answers = data.draw(answers_to(asked))
    item = data.draw(st.sampled_from(asked.asked))
    silent = answers | {item: data.draw(st.sampled_from(asked.unanswered))}

    before, after = score(asked, answers).result, score(asked, silent).result

    assert after != "no"
    assert after in (before, "unknown")


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.code)
def test_an_instrument_is_whole(asked: Instrument) -> None:
    options = {option.code for option in asked.options}
    assert asked.algorithm in ALGORITHMS
    assert asked.yes | asked.no == options
    assert not asked.yes & asked.no
    assert set(asked.unanswered) <= set(lists.load("tri"))
    assert len(set(asked.asked)) == len(asked.items)
    titles = [asked.title, *(item.title for item in asked.items), *(each.title for each in asked.options)]
    for title in titles:
        assert set(title) == {"en", "az", "ru"}
        assert all(text == text.strip() != "" for text in title.values())
    assert (DATA / f"{asked.code}.json").exists()


def test_the_needs_are_asked_lane_by_lane_of_the_catalogue() -> None:
    lanes = lists.load("pillar")

    assert NEEDS.asked == tuple(lanes)
    assert [item.title for item in NEEDS.items] == [dict(lanes[code].labels) for code in lanes]


def test_the_short_set_asks_six_domains_with_four_answers() -> None:
    assert WG.asked == SIX
    assert [option.code for option in WG.options] == [1, 2, 3, 4]
    assert WG.algorithm == "wg_ss_dis3@1"


@pytest.mark.parametrize(
    ("answers", "pointers"),
    [
        ({"see": 5}, ["/answers/see"]),
        ({"see": 0, "hear": "no"}, ["/answers/see", "/answers/hear"]),
        ({"see": 1, "Amina Hassan": 1}, ["/answers"]),
        ({"see": "1"}, ["/answers/see"]),
    ],
)
def test_what_is_no_answer_is_named_without_repeating_it(
    answers: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        check_answers(WG, answers)

    assert [fault["pointer"] for fault in refused.value.facts["errors"]] == pointers
    assert "Amina" not in str(refused.value.facts)


@pytest.mark.parametrize(
    ("asked", "answers", "speaks"),
    [
        (NEEDS, {"sport": "no"}, True),
        (NEEDS, {"sport": "yes"}, True),
        (NEEDS, {"sport": "refused", "emergency": "not_asked"}, False),
        (WG, answered(), False),
    ],
)
def test_a_plan_builds_on_a_need_that_was_spoken_of(
    asked: Instrument, answers: dict[str, Any], speaks: bool
) -> None:
    assert speaks_of_needs(asked, answers) is speaks

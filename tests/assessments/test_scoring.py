"""What the algorithms make of answers: above all, no 'no' and no number out of silence."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.assessments import rules
from app.assessments.errors import InstrumentVersion
from app.assessments.instrument import DATA, Compartment, Instrument, Item, Rule, instruments
from app.assessments.rules import check_answers, need_age, need_enough, speaks_of_needs
from app.assessments.scoring import ALGORITHMS, SILENT, kept, scores, too_silent
from app.codelists import lists
from app.core.dates import PartialDate, Precision
from app.core.errors import Invalid

EVERY = list(instruments().values())
WG, NEEDS, PHQ = (instruments()[code] for code in ("wg_ss", "needs", "phq_9"))
SIX = ("see", "hear", "walk", "cog", "care", "com")
PSYCHOSOCIAL = {"phq_9", "phq_2", "gad_7", "pcl_5", "ies_r", "who_5", "k6", "k10", "srq_20", "sdq"}
TOTALS_ONLY = {"ies_r", "sdq", "plus_m", "amp_pro", "amp_no_pro"}
each = pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.code)


def answered(**changes: Any) -> dict[str, Any]:
    return dict.fromkeys(SIX, 1) | changes


def possible(asked: Instrument, item: Item) -> st.SearchStrategy[Any]:
    """Every answer to an item, also that there is none."""
    silent = st.sampled_from(asked.unanswered)
    if item.number is None:
        return st.sampled_from(sorted(asked.codes(item), key=str)) | silent
    least, most = item.number.least, item.number.most
    return (
        st.integers(int(-(-least // 1)), int(most)) if item.number.whole else st.floats(least, most)
    ) | silent


def answers_to(asked: Instrument) -> st.SearchStrategy[dict[str, Any]]:
    some = {item.code: possible(asked, item) for item in asked.items}
    return st.fixed_dictionaries({}, optional=some)


@settings(max_examples=200)
@given(asked=st.sampled_from(EVERY), data=st.data())
def test_a_score_stays_within_its_range_and_speaks_only_of_what_was_answered(
    asked: Instrument, data: st.DataObject
) -> None:
    answers = data.draw(answers_to(asked))

    by_code = {rule.code: rule for rule in asked.scores}

    for score in scores(asked, answers):
        rule = by_code[score.code]
        spoken = [answers.get(item) for item in asked.items_of(rule)]
        assert score.algorithm == rule.algorithm
        assert score.missing == sum(answer in SILENT for answer in spoken)
        if score.missing == len(spoken):
            assert (score.value, score.result) == (None, "unknown")
        if score.value is not None and rule.range:
            assert rule.range.least <= score.value <= rule.range.most
        if score.value is not None and rule.bands:
            assert score.result in {band.code for band in rule.bands}
        if rule in too_silent(asked, answers):
            assert (score.value, score.result) == (None, "unknown")


@settings(max_examples=200)
@given(asked=st.sampled_from(EVERY), data=st.data())
def test_one_answer_taken_back_never_makes_a_yes_or_no_surer(asked: Instrument, data: st.DataObject) -> None:
    answers = data.draw(answers_to(asked))
    item = data.draw(st.sampled_from([item.code for item in asked.items if item.scored] or asked.asked))
    silent = answers | {
        item: data.draw(st.sampled_from([one for one in asked.unanswered if one != "not_applicable"]))
    }

    before = {score.code: score for score in scores(asked, answers)}

    for score in scores(asked, silent):
        if score.result == "no" and not score.algorithm.endswith("_mics@1"):
            assert before[score.code].result == "no"  # and could not have been otherwise
        if score.result == "yes":
            assert before[score.code].result == "yes"


@each
def test_an_instrument_is_whole(asked: Instrument) -> None:
    options = {name: {option.code for option in some} for name, some in asked.options.items()}
    assert all(item.number or item.options in options for item in asked.items)
    assert {item.options for item in asked.items if not item.number} == set(options)
    assert set(asked.unanswered) <= set(lists.load("tri")) - {"yes", "no"}
    assert not set(asked.unanswered) & set().union(*options.values())
    assert len(set(asked.asked)) == len(asked.items)
    assert (DATA / f"{asked.code}.yaml").exists()
    titles = [asked.title, *(item.title for item in asked.items)]
    titles += [option.title for some in asked.options.values() for option in some]
    titles += [band.title for rule in asked.scores for band in rule.bands]
    titles += [one.title for one in asked.advice]
    for title in titles:
        assert set(title) == {"en", "az", "ru"}
        assert all(text == text.strip() != "" for text in title.values())
    assert asked.source
    assert asked.licence
    assert not asked.checked


@each
def test_the_rules_of_an_instrument_name_what_is_there(asked: Instrument) -> None:
    assert len({rule.code for rule in asked.scores}) == len(asked.scores) >= 1
    for rule in asked.scores:
        assert rule.algorithm in ALGORITHMS
        assert set(rule.items) | set(rule.when) <= set(asked.asked)
        assert not rule.says_yes & rule.says_no
        assert bool(rule.bands) == bool(rule.bands_source)
        assert contiguous(rule)
    codes = {rule.code for rule in asked.scores}
    assert {one.score for one in asked.advice} <= codes
    for alert in asked.alerts:
        item = next(item for item in asked.items if item.code == alert.item)
        assert set(alert.answers) <= asked.codes(item)


def contiguous(rule: Rule) -> bool:
    """Bands follow one another without a gap, over the whole range."""
    if not rule.bands:
        return True
    if rule.range:
        assert (rule.bands[0].least, rule.bands[-1].most) == (rule.range.least, rule.range.most)
    steps = [after.least - before.most for before, after in zip(rule.bands, rule.bands[1:], strict=False)]
    return all(0 < step <= 1 for step in steps)


def test_what_the_licence_keeps_elsewhere_is_not_here_and_the_compartment_is_whole() -> None:
    assert {one.code for one in EVERY if one.compartment is Compartment.PSYCHOSOCIAL} == PSYCHOSOCIAL
    assert {one.code for one in EVERY if one.entry == "totals"} == TOTALS_ONLY
    assert all(len(instruments()[code].items) <= 7 for code in TOTALS_ONLY)
    assert [code for code, one in instruments().items() if one.wording == "free"] == ["needs"]
    assert len(EVERY) >= 33


def test_the_needs_are_asked_lane_by_lane_of_the_catalogue() -> None:
    lanes = lists.load("pillar")

    assert NEEDS.asked == tuple(lanes)
    assert [item.title for item in NEEDS.items] == [dict(lanes[code].labels) for code in lanes]


def test_the_main_score_comes_first_and_all_are_kept_by_their_code() -> None:
    found = scores(WG, answered(walk=3))

    assert found[0][:4] == ("dis3", "wg_ss_dis3@1", None, "yes")
    assert list(kept(found)) == ["dis3", "dis1", "dis2", "dis4"]
    assert kept(found)["dis4"] == {"algorithm": "wg_any@1", "value": None, "result": "no", "missing": 0}


@pytest.mark.parametrize(
    ("asked", "answers", "faults"),
    [
        ("wg_ss", {"see": 5}, {"/answers/see": "not_an_answer"}),
        (
            "wg_ss",
            {"see": 0, "hear": "no"},
            {"/answers/see": "not_an_answer", "/answers/hear": "not_an_answer"},
        ),
        ("wg_ss", {"see": 1, "Amina Hassan": 1}, {"/answers": "not_an_item"}),
        ("wg_ss", {"see": "1"}, {"/answers/see": "not_an_answer"}),
        ("wg_ss", {"see": 1.5}, {"/answers/see": "not_an_answer"}),
        ("rts", {"gcs": 2}, {"/answers/gcs": "not_an_answer"}),
        ("rts", {"gcs": 16, "sbp": 301}, {"/answers/gcs": "not_an_answer", "/answers/sbp": "not_an_answer"}),
        ("rts", {"gcs": 12.5}, {"/answers/gcs": "not_an_answer"}),
        ("rts", {"gcs": "fifteen"}, {"/answers/gcs": "not_an_answer"}),
        ("tug", {"trial_1": 0}, {"/answers/trial_1": "not_an_answer"}),
        ("sdq", {"emotional": 3}, {"/answers/informant": "must_be_answered"}),
        ("sdq", {"informant": "refused"}, {"/answers/informant": "must_be_answered"}),
    ],
)
def test_what_is_no_answer_is_named_without_repeating_it(
    asked: str, answers: dict[str, Any], faults: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        check_answers(instruments()[asked], answers)

    said = refused.value.facts["errors"]
    assert {fault["pointer"]: fault["code"] for fault in said} == faults
    assert [fault["message"] for fault in said] == [rules.TEXTS[code] for code in faults.values()]
    assert "Amina" not in str(said)


@pytest.mark.parametrize("value", [3, 15, "not_applicable"])
def test_bounds_are_answers_too(value: Any) -> None:
    check_answers(instruments()["rts"], {"gcs": value})


def test_more_silence_than_the_rule_allows_is_a_problem() -> None:
    nine = {f"q{number}": 1 for number in range(1, 10)}
    need_enough(PHQ, nine | {"q1": "refused", "q2": "refused"})
    need_enough(WG, {"see": 1})  # where silence is a result of its own

    with pytest.raises(Invalid) as refused:
        need_enough(PHQ, nine | {"q1": "refused", "q2": "refused", "q3": "refused"})

    (fault,) = refused.value.facts["errors"]
    assert (fault["pointer"], fault["code"]) == ("/answers", "too_many_missing")


def born(day: date, precision: Precision = Precision.DAY) -> PartialDate:
    return PartialDate(date=day, precision=precision)


@pytest.mark.parametrize(
    ("code", "birth", "on", "fault"),
    [
        ("phq_9", born(date(2008, 6, 1)), date(2026, 6, 1), None),
        ("phq_9", born(date(2008, 6, 2)), date(2026, 6, 1), "/instrument_code"),
        ("phq_9", born(date(2008, 1, 1), Precision.YEAR), date(2026, 6, 1), None),  # 17 or 18
        ("phq_9", None, date(2026, 6, 1), None),
        ("cfm_5_17", born(date(2008, 6, 2)), date(2026, 6, 1), None),
        ("cfm_5_17", born(date(2008, 6, 1)), date(2026, 6, 1), "/instrument_code"),
        ("cfm_5_17", born(date(2008, 1, 1), Precision.YEAR), date(2026, 6, 1), None),  # 17 or 18
        ("wg_ss", born(date(2026, 6, 2)), date(2026, 6, 1), "/assessed_on"),
        ("pain", born(date(2026, 6, 1)), date(2026, 6, 1), None),
        ("pain", born(date(1900, 6, 1)), date(2026, 6, 1), None),
    ],
)
def test_an_instrument_is_for_people_of_its_age_who_were_born(
    code: str, birth: PartialDate | None, on: date, fault: str | None
) -> None:
    if fault is None:
        need_age(instruments()[code], birth, on)
        return
    with pytest.raises(Invalid) as refused:
        need_age(instruments()[code], birth, on)
    (said,) = refused.value.facts["errors"]
    expected = {"/assessed_on": "before_birth", "/instrument_code": "not_for_this_age"}
    assert (said["pointer"], said["code"]) == (fault, expected[fault])


NINE = {f"q{number}": 1 for number in range(1, 10)}
SILENT_THREE = NINE | {"q1": "refused", "q2": "refused", "q3": "refused"}


def test_what_fits_is_judged_by_the_algorithms_also_where_it_is_known_to_be_incomplete() -> None:
    grown, on = born(date(1990, 6, 1)), date(2026, 6, 1)

    assert rules.judged(PHQ, NINE, False, grown, on) == scores(PHQ, NINE)
    assert rules.judged(PHQ, SILENT_THREE, True, grown, on) == scores(PHQ, SILENT_THREE)
    assert rules.judged(PHQ, NINE, False, None, on) == scores(PHQ, NINE)


@pytest.mark.parametrize(
    ("answers", "incomplete", "birth", "fault"),
    [
        (NINE | {"q1": 4}, False, None, "/answers/q1"),
        (NINE | {"q1": 4}, True, None, "/answers/q1"),
        (SILENT_THREE, False, None, "/answers"),
        (NINE, False, born(date(2008, 6, 2)), "/instrument_code"),
        (NINE, True, born(date(2026, 6, 2)), "/assessed_on"),
    ],
)
def test_what_does_not_fit_is_judged_by_no_algorithm(
    answers: dict[str, Any], incomplete: bool, birth: PartialDate | None, fault: str
) -> None:
    with pytest.raises(Invalid) as refused:
        rules.judged(PHQ, answers, incomplete, birth, date(2026, 6, 1))

    assert [said["pointer"] for said in refused.value.facts["errors"]] == [fault]


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


def test_another_version_is_refused_with_the_one_in_use() -> None:
    with pytest.raises(InstrumentVersion) as refused:
        rules.instrument("wg_ss", "0", Compartment.GENERAL)
    assert refused.value.facts == {"version": "1"}


def test_an_instrument_of_the_compartment_is_none_of_the_others() -> None:
    assert rules.instrument("phq_9", None, Compartment.PSYCHOSOCIAL) is PHQ
    for code, compartment in (("phq_9", Compartment.GENERAL), ("wg_ss", Compartment.PSYCHOSOCIAL)):
        with pytest.raises(Invalid) as refused:
            rules.instrument(code, None, compartment)
        (fault,) = refused.value.facts["errors"]
        assert (fault["pointer"], fault["code"]) == ("/instrument_code", "not_an_instrument")

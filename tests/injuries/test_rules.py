"""What cannot be of a body: a level of another limb, one lower than is left, a heel where there is none."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.codelists import lists
from app.core.dates import PartialDate, Precision
from app.core.errors import Invalid
from app.injuries import body, rules
from app.records.kinds import Around

LEVELS = list(lists.load("amputation_level"))
DAYS = st.dates(date(2020, 1, 1), date(2024, 12, 31))


def known(day: date, precision: Precision = Precision.DAY) -> PartialDate:
    first = {
        Precision.DAY: day,
        Precision.MONTH: day.replace(day=1),
        Precision.YEAR: day.replace(month=1, day=1),
    }
    return PartialDate(date=first[precision], precision=precision)


WHEN = st.one_of(st.none(), st.builds(known, DAYS, st.sampled_from(Precision)))


def limb(level: str, when: PartialDate | None = None, **more: Any) -> dict[str, Any]:
    return {
        "limb_code": body.limb_of(level),
        "side_code": "left",
        "level_code": level,
        "part_code": None,
        "occurred": when,
    } | more


def faults(
    judge: Callable[[Any, Around], None], said: dict[str, Any], **around: Any
) -> list[tuple[str, str]]:
    """The fields and rules that a judgement names."""
    try:
        judge(said, Around(**around))
    except Invalid as refused:
        return [(e["pointer"], e["code"]) for e in refused.facts["errors"]]
    return []


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_belongs_to_one_limb_and_an_amputation_to_one_side(level: str) -> None:
    other = {"upper": "lower", "lower": "upper"}[body.limb_of(level)]
    amputated = rules.judge_amputation

    assert faults(amputated, limb(level)) == []
    assert faults(amputated, limb(level, limb_code=other)) == [("/level_code", "not_of_this_limb")]
    for side in ("not_applicable", "unknown"):
        assert faults(amputated, limb(level, side_code=side)) == [("/side_code", "side_needed")]


def test_a_part_belongs_to_its_level() -> None:
    assert faults(rules.judge_amputation, limb("pf", part_code="foot_ray")) == []
    assert faults(rules.judge_amputation, limb("ph", part_code="foot_ray")) == [
        ("/part_code", "not_of_this_level")
    ]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (("tf", date(2021, 5, 1)), ("tt", date(2022, 5, 1)), "lower_than_before"),
        (("tf", date(2021, 5, 1)), ("tt", date(2021, 5, 1)), "lower_than_before"),
        (("tt", date(2021, 5, 1)), ("tf", date(2022, 5, 1)), None),
        (("tt", date(2021, 5, 1)), ("tt", date(2022, 5, 1)), None),
        (("tt", date(2022, 5, 1)), ("tf", date(2021, 5, 1)), "higher_than_after"),
        (("tt", date(2021, 5, 1)), ("tf", date(2021, 5, 1)), None),
        (("sd", date(2021, 5, 1)), ("wd", date(2022, 5, 1)), "lower_than_before"),
    ],
)
def test_what_was_cut_off_does_not_grow_again(
    before: tuple[str, date], after: tuple[str, date], code: str | None
) -> None:
    there, new = (limb(level, known(day)) for level, day in (before, after))

    found = faults(rules.judge_amputation, new, others=[there])

    assert found == ([("/level_code", code)] if code else [])


@given(st.sampled_from(LEVELS), WHEN, st.sampled_from(LEVELS), WHEN)
def test_only_what_is_certain_is_refused(
    one: str, when: PartialDate | None, other: str, whenever: PartialDate | None
) -> None:
    """Held against every pair of days that the two dates may stand for."""
    refused = bool(faults(rules.judge_amputation, limb(one, when), others=[limb(other, whenever)]))

    if body.limb_of(one) != body.limb_of(other) or when is None or whenever is None:
        assert not refused
        return
    height, others = body.height_of(one), body.height_of(other)
    can_be = (height >= others and when.last >= whenever.date) or (
        height <= others and when.date <= whenever.last
    )
    strictly = (height >= others and when.last >= whenever.date) or (
        height <= others and when.date < whenever.last
    )
    assert not (refused and strictly)
    assert can_be or refused


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_the_other_side_is_another_limb(one: str, other: str) -> None:
    late, early = known(date(2024, 1, 1)), known(date(2020, 1, 1))
    there = limb(other, early, side_code="right")

    assert faults(rules.judge_amputation, limb(one, late), others=[there]) == []


@pytest.mark.parametrize(
    ("region", "side", "fault"),
    [
        ("leg", "left", None),
        ("leg", "unknown", None),
        ("leg", "not_applicable", "side_needed"),
        ("head", "not_applicable", None),
        ("head", "unknown", None),
        ("head", "right", "no_side_here"),
    ],
)
def test_a_side_is_said_where_there_are_two(region: str, side: str, fault: str | None) -> None:
    found = faults(rules.judge_injury, {"region_code": region, "side_code": side})

    assert found == ([("/side_code", fault)] if fault else [])


def test_a_heel_pad_is_where_a_heel_is_left_and_a_limb_is_looked_at_once_it_is_lost() -> None:
    looked = {"heel_pad_code": "correct", "examined_on": date(2024, 1, 1)}

    def found(level: str, lost: date) -> list[tuple[str, str]]:
        return faults(rules.judge_residual_limb, looked, pointed={"amputation_id": limb(level, known(lost))})

    assert found("ad", date(2023, 1, 1)) == []
    assert found("tt", date(2023, 1, 1)) == [("/heel_pad_code", "no_heel_at_this_level")]
    assert found("pf", date(2024, 1, 2)) == [("/examined_on", "before_the_amputation")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"decision_code": "not_determined"}, ("/percent", "only_when_determined")),
        ({"decision_code": "not_determined", "percent": None}, None),
        ({"valid_until": date(2024, 8, 31)}, ("/valid_until", "ends_before_it_begins")),
        ({"valid_until": date(2024, 9, 1)}, None),
    ],
)
def test_a_percentage_is_of_a_determination(change: dict[str, Any], fault: tuple[str, str] | None) -> None:
    said = {"decided_on": date(2024, 9, 1), "decision_code": "determined", "percent": 70, "valid_until": None}

    assert faults(rules.judge_determination, said | change) == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("percent", "band"),
    [(None, None), (30, None), (31, "31_60"), (60, "31_60"), (61, "61_80"), (100, "81_100")],
)
def test_a_band_holds_its_percentages(percent: int | None, band: str | None) -> None:
    assert body.band_of(percent) == band


def test_the_body_as_data_is_whole() -> None:
    regions, natures = lists.load("body_region"), lists.load("injury_nature")
    for level in LEVELS:
        assert {body.region_of(level), *body.absent_below(level)} <= set(regions)
        assert all(body.has_sides(region) for region in body.absent_below(level))
        for kind in lists.load("limb_loss_kind"):
            assert body.icd10_of_amputation(level, kind)
    for name in ("upper", "lower"):
        heights = [body.height_of(level) for level in LEVELS if body.limb_of(level) == name]
        assert heights == list(range(1, 8))
    assert {body.level_of_part(part) for part in lists.load("partial_level")} == {"pf", "ph"}
    for what, code, region in body._crosswalk():
        known_codes = {"nature": natures, "level": LEVELS, "congenital": ("upper", "lower")}[what]
        assert code in known_codes
        assert region in {"", *regions}
    assert body.icd10_of_injury("fragment_wound", "leg") == ("S81.9",)
    assert body.icd10_of_injury("tbi", "head") == ("S06.9",)
    assert body.icd10_of_injury("unknown", "head") == ()
    assert body.icd10_of_amputation("tt", "traumatic") == ("S88.1", "Z89.5")
    assert body.icd10_of_amputation("tt", "surgical") == ("Z89.5",)
    assert body.icd10_of_amputation("tr", "congenital_transverse") == ("Q71.9",)

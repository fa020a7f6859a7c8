"""Limb situations, sports and positions: each cell of the table said here by hand, with its reason."""

import csv
from itertools import product

import pytest

from app.codelists import lists
from app.core.ids import new_id
from app.injuries.models import Amputation
from app.participants import eligibility
from app.participants.eligibility import RULES, Situation, overall, positions, propose, situation_of

# limb, side, level, how it was lost
SITUATIONS: dict[str, list[tuple[str, str, str, str]]] = {
    "nothing": [],
    "toes": [("lower", "left", "pf", "traumatic")],
    "fingers": [("upper", "right", "ph", "traumatic")],
    "ankle": [("lower", "left", "ad", "traumatic")],
    "shin": [("lower", "left", "tt", "surgical")],
    "knee": [("lower", "right", "kd", "surgical")],
    "thigh": [("lower", "right", "tf", "traumatic")],
    "hip": [("lower", "right", "hd", "traumatic")],
    "shin, born so": [("lower", "left", "tt", "congenital_transverse")],
    "shin and toes": [("lower", "left", "tt", "traumatic"), ("lower", "right", "pf", "traumatic")],
    "shin and fingers": [("lower", "left", "tt", "traumatic"), ("upper", "right", "ph", "traumatic")],
    "both feet": [("lower", "left", "tt", "traumatic"), ("lower", "right", "tf", "traumatic")],
    "wrist": [("upper", "left", "wd", "traumatic")],
    "forearm": [("upper", "left", "tr", "traumatic")],
    "elbow": [("upper", "left", "ed", "surgical")],
    "shoulder": [("upper", "right", "sd", "traumatic")],
    "forearm, born so": [("upper", "left", "tr", "congenital_longitudinal")],
    "forearm and toes": [("upper", "left", "tr", "traumatic"), ("lower", "right", "pf", "traumatic")],
    "both hands": [("upper", "left", "tr", "traumatic"), ("upper", "right", "th", "traumatic")],
    "hand and foot": [("upper", "left", "tr", "traumatic"), ("lower", "right", "tt", "traumatic")],
    "shin, then thigh": [("lower", "left", "tt", "traumatic"), ("lower", "left", "tf", "revision")],
}
COLUMNS = (
    *(("amputee_football", "outfield"), ("amputee_football", "goalkeeper"), ("sitting_volleyball", "player")),
    *(("wheelchair_basketball", "player"), ("para_swimming", "athlete"), ("para_athletics", "athlete")),
    *(("para_table_tennis", "player"), ("other", "player")),
)
NOTHING, NEAR = "? nothing_recorded", "? near_the_joint"
HANDS, FEET = "no two_hands_needed", "no two_feet_needed"
VS1, VS2, FOOT, SWIM = (
    "yes vs1 limb_lost",
    "yes vs2 part_of_limb_lost",
    "yes - foot_lost",
    "yes s1_s10 limb_lost",
)
LOWER, UPPER, TABLE = "yes tf_lower foot_lost", "yes tf_upper hand_lost", "yes tt6_10 limb_lost"
A2, A4 = "yes a2 one_foot_two_hands", "yes a4 one_foot_two_hands"
A6, A8 = "yes a6 one_hand_two_feet", "yes a8 one_hand_two_feet"
BORN, SEAT, NONE, LEGS = "? congenital_by_list", "? sitting_or_standing", "? no_rule", "no foot_needed"
ONE_FOOT, ONE_HAND = "no one_foot_needed", "no one_hand_needed"
# fmt: off
EXPECTED: dict[str, tuple[str, ...]] = {
    #                    football: field, goal; volleyball, basketball, swimming, athletics, table tennis
    "nothing":          (NOTHING,  NOTHING,  NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NONE),
    "toes":             (NEAR,     NEAR,     VS2,     NEAR,    NEAR,    NEAR,    NEAR,    NONE),
    "fingers":          (NEAR,     NEAR,     VS2,     NEAR,    NEAR,    NEAR,    NEAR,    NONE),
    "ankle":            (A4,       FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "shin":             (A4,       FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "knee":             (A2,       FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "thigh":            (A2,       FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "hip":              (A2,       FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "shin, born so":    (BORN,     FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "shin and toes":    (NEAR,     FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "shin and fingers": (NEAR,     FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
    "both feet":        (ONE_FOOT, FEET,     VS1,     FOOT,    SWIM,    LOWER,   SEAT,    NONE),
    "wrist":            (HANDS,    A8,       VS1,     LEGS,    SWIM,    UPPER,   TABLE,   NONE),
    "forearm":          (HANDS,    A8,       VS1,     LEGS,    SWIM,    UPPER,   TABLE,   NONE),
    "elbow":            (HANDS,    A6,       VS1,     LEGS,    SWIM,    UPPER,   TABLE,   NONE),
    "shoulder":         (HANDS,    A6,       VS1,     LEGS,    SWIM,    UPPER,   TABLE,   NONE),
    "forearm, born so": (HANDS,    BORN,     VS1,     LEGS,    SWIM,    UPPER,   TABLE,   NONE),
    "forearm and toes": (HANDS,    NEAR,     VS1,     LEGS,    SWIM,    UPPER,   TABLE,   NONE),
    "both hands":       (HANDS,    ONE_HAND, VS1,     LEGS,    SWIM,    UPPER,   TABLE,   NONE),
    "hand and foot":    (HANDS,    FEET,     VS1,     FOOT,    SWIM,    "? several_limbs", TABLE, NONE),
    "shin, then thigh": (A2,       FEET,     VS1,     FOOT,    SWIM,    LOWER,   TABLE,   NONE),
}
# fmt: on
WORDS = {"eligible": "yes", "unclear": "?", "not_eligible": "no"}


def losses(name: str, **more: object) -> list[Amputation]:
    ids = {each: new_id() for each in ("survivor_id", "owner_id", "team_id", "by_id")}
    return [
        Amputation.model_validate(
            {"limb_code": limb, "side_code": side, "level_code": level, "kind_code": kind} | ids
            | {"cause_code": "unknown"} | more
        )
        for limb, side, level, kind in SITUATIONS[name]
    ]  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("number", range(len(COLUMNS)))
def test_each_cell_says_what_is_proposed_and_why(name: str, number: int) -> None:
    sport, position = COLUMNS[number]

    (rule,) = [each for each in propose(sport, situation_of(losses(name))) if each.position == position]

    said = [
        WORDS[rule.outcome],
        *([rule.class_code or "-"] if rule.outcome == "eligible" else []),
        rule.reason,
    ]
    assert " ".join(said) == EXPECTED[name][number]
    assert rule.source


def test_the_table_above_names_every_sport_and_position_and_uses_every_rule() -> None:
    assert {(sport, position) for sport in lists.load("sport") for position in positions(sport)} == set(
        COLUMNS
    )
    used = {
        rule
        for name in SITUATIONS
        for sport, _ in COLUMNS
        for rule in propose(sport, situation_of(losses(name)))
    }
    with RULES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(used) == len(rows) == len(eligibility._rules())
    for row in rows:
        assert row["outcome"] in lists.load("eligibility_outcome")
        assert row["reason"] in lists.load("eligibility_reason")
        assert row["position"] in lists.load("sport_position")
        assert not row["class"] or row["class"] in lists.load("sport_class")


def test_every_possible_situation_has_a_proposal_for_every_position() -> None:
    flags = [False, True]
    possible = [Situation()] + [
        Situation(True, feet, hands, partial, above, born)
        for feet, hands, partial, above, born in product(range(3), range(3), flags, flags, flags)
        if feet or hands or partial
    ]

    for situation, sport in product(possible, lists.load("sport")):
        assert [rule.position for rule in propose(sport, situation)] == positions(sport), situation


def test_what_was_entered_in_error_does_not_count() -> None:
    assert situation_of(losses("both feet", in_error=True)) == Situation()


def test_overall_is_the_best_that_any_position_has() -> None:
    found = {name: overall(propose("amputee_football", situation_of(losses(name)))) for name in SITUATIONS}

    assert found["thigh"] == found["forearm"] == "eligible"
    assert found["toes"] == found["nothing"] == found["shin, born so"] == "unclear"
    assert found["hand and foot"] == found["both feet"] == "not_eligible"

"""The lists as they are shipped: whole, consistent with each other, and spelt in the right alphabet."""

import re
import unicodedata
from pathlib import Path

import pytest

from app.codelists import lists

# fmt: off
EXPECTED = [
    "casualty_outcome", "civil_status", "sex", "age_band",
    "device_type", "device_confidence", "accident_type", "activity",
    "victim_category", "displacement_status", "area_type", "district",
    "region", "consent_purpose", "consent_mode", "consent_given_by",
    "legal_basis", "identifier_kind", "phone_owner", "case_priority",
    "risk_level", "closure_reason", "pillar", "service",
    "facility_kind", "organisation_kind", "referral_priority", "decline_reason",
    "referral_outcome", "no_show_reason", "discontinue_reason", "cancel_reason",
    "share_item", "task_kind", "note_kind", "milestone_drop_reason",
    "source_of_report", "language", "unknown_reason", "tri",
    "marked_before", "education", "occupation_status",
]
# fmt: on
# What tables write when nobody said anything.
DEFAULTS = [
    ("displacement_status", "unknown"),
    ("language", "unknown"),
    ("education", "unknown"),
    ("occupation_status", "unknown"),
    ("sex", "unknown"),
    ("phone_owner", "self"),
    ("tri", "unknown"),
    ("tri", "not_applicable"),
    ("legal_basis", "consent"),
    ("case_priority", "normal"),
    ("risk_level", "unknown"),
    ("note_kind", "general"),
    ("referral_priority", "normal"),
    ("device_type", "mine_erw_unspec"),
    ("device_confidence", "reported"),
    ("accident_type", "unknown"),
    ("civil_status", "unknown"),
    ("activity", "unknown"),
]  # fmt: skip
EVERY = [(name, row) for name in lists.names() for row in lists.load(name).values()]
AZ_LETTERS = re.compile("[A-Za-zƏəÖöÜüĞğŞşÇçIıİi]+")


@pytest.mark.parametrize("name", EXPECTED)
def test_the_list_is_there(name: str) -> None:
    assert lists.load(name)


@pytest.mark.parametrize(("name", "code"), DEFAULTS)
def test_what_tables_assume_is_in_the_list(name: str, code: str) -> None:
    assert code in lists.in_force(name)


def test_every_list_that_a_column_names_is_there() -> None:
    app = Path(lists.__file__).parents[1]
    named = {
        name
        for models in app.glob("*/models.py")
        for name in re.findall(r"# code list: (\w+)", models.read_text("utf-8"))
    }

    assert len(named) > 10, "a rule that looks at nothing proves nothing"
    assert named - set(lists.names()) == set()


def test_every_shipped_code_is_in_force() -> None:
    assert len(EVERY) > 500
    assert [row.code for name, row in EVERY if row.code not in lists.in_force(name)] == []


def test_no_label_claims_a_check_that_nobody_made() -> None:
    assert [row.code for _, row in EVERY if row.checked] == []


def test_labels_are_composed_and_in_their_own_alphabet() -> None:
    for _, row in EVERY:
        assert all(text == unicodedata.normalize("NFC", text) for text in row.labels.values())
        assert re.fullmatch(r"[ -~]+", row.labels["en"]), row
        for word in re.findall(r"[^\W\d_]+", row.labels["az"]):
            assert AZ_LETTERS.fullmatch(word), f"{row.code}: {word}"
        for word in re.findall(r"[^\W\d_]+", row.labels["ru"]):
            scripts = {unicodedata.name(letter).split()[0] for letter in word}
            assert len(scripts) == 1, f"{row.code}: {word} mixes alphabets"


def test_two_codes_of_a_list_never_read_alike() -> None:
    for name in lists.names():
        for language in lists.LANGUAGES:
            labels = [row.labels[language].casefold() for row in lists.load(name).values()]
            assert len(labels) == len(set(labels)), (name, language)


def test_source_codes_name_one_code_each() -> None:
    for name in lists.names():
        upper = [row.extra.get("source_code", "") for row in lists.load(name).values()]
        given = [code for code in upper if code]
        assert len(given) == len(set(given)), name
        assert all(code == code.upper() for code in given)


def test_there_are_79_districts_of_which_one_has_no_iso_code() -> None:
    districts = lists.load("district")

    iso = [row.extra["iso"] for row in districts.values()]
    assert len(districts) == 79
    assert len(set(iso) - {""}) == 78
    assert [row.code for row in districts.values() if not row.extra["iso"]] == ["az_x_agd"]
    assert all(
        row.code == row.extra["iso"].lower().replace("-", "_")
        for row in districts.values()
        if row.extra["iso"]
    )


def test_districts_stand_in_14_regions_and_naxcivan_holds_eight() -> None:
    districts = lists.load("district")

    assert {row.extra["region"] for row in districts.values()} == set(lists.load("region"))
    assert len(lists.load("region")) == 14
    assert {row.extra["parent"] for row in districts.values()} == {"", "az_nx"}
    assert sum(row.extra["parent"] == "az_nx" for row in districts.values()) == 8
    kinds = [row.extra["type"] for row in districts.values()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "rayon": 67,
        "city": 11,
        "autonomous_republic": 1,
    }


def test_ascii_names_of_districts_are_the_names_without_marks() -> None:
    plain = str.maketrans("əƏıİğĞşŞçÇöÖüÜ", "eEiIgGsScCoOuU")
    for row in lists.load("district").values():
        assert row.extra["ascii"] == row.extra["name"].translate(plain)


def test_every_service_belongs_to_a_pillar_and_every_pillar_has_services() -> None:
    assert {row.extra["pillar"] for row in lists.load("service").values()} == set(lists.load("pillar"))
    assert len(lists.load("service")) >= 40


def test_referral_priorities_give_24_and_72_hours_and_14_days() -> None:
    hours = {
        code: int(row.extra["answer_within_hours"]) for code, row in lists.load("referral_priority").items()
    }

    assert hours == {"emergency": 24, "urgent": 72, "normal": 14 * 24}


def test_disability_bands_share_no_percent() -> None:
    bands = [
        range(int(row.extra["min_percent"]), int(row.extra["max_percent"]) + 1)
        for row in lists.load("disability_band").values()
    ]

    assert sorted(percent for band in bands for percent in band) == list(range(31, 101))


def test_what_is_not_a_mine_casualty_stays_out_of_the_totals() -> None:
    outside = {code for code, row in lists.load("device_type").items() if row.extra["in_totals"] == "no"}

    assert outside == {"cm_attack", "ied_command"}


def test_the_four_unknowns_are_answers_of_every_yes_or_no() -> None:
    assert set(lists.load("tri")) == {"yes", "no"} | set(lists.load("unknown_reason"))

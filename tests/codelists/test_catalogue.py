"""The milestone catalogue and the glossary: data that people sign, so mistakes must not reach them."""

import csv
import re
from pathlib import Path

from app.access.table import Role
from app.codelists import lists

APP = Path(lists.__file__).parents[1]


def _rows(path: str) -> list[dict[str, str]]:
    with (APP / path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert rows, "a rule that looks at nothing proves nothing"
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


MILESTONES = _rows("milestones/catalogue.csv")
WORDS = _rows("codelists/words.csv")
MAY_BE_EMPTY = {"facts", "check_after_days"}  # by hand alone; cannot become untrue


def test_the_catalogue_has_about_sixty_milestones_in_five_lanes() -> None:
    assert 55 <= len(MILESTONES) <= 75
    assert {row["pillar"] for row in MILESTONES} == set(lists.load("pillar"))
    assert len({row["code"] for row in MILESTONES}) == len(MILESTONES)


def test_every_milestone_says_by_when_how_shown_and_where_it_comes_from() -> None:
    for row in MILESTONES:
        assert lists.CODE.fullmatch(row["code"])
        assert len(row["code"]) <= 60
        assert all(row[name] for name in row.keys() - MAY_BE_EMPTY), row["code"]
        assert all(value == value.strip() for value in row.values()), row["code"]
        assert set(row["facts"].split()) <= set(lists.load("milestone_fact")), row["code"]
        assert 0 <= int(row["check_after_days"] or 0) <= 5 * 365
        assert 0 <= int(row["usual_offset_days"]) <= 5 * 365
        assert row["offset_from"] in {"accident", "case_opening"}
        assert row["checked"] in {"yes", "no"}


def test_each_lane_counts_from_one_without_a_gap() -> None:
    for pillar in lists.load("pillar"):
        order = [int(row["order"]) for row in MILESTONES if row["pillar"] == pillar]
        assert order == list(range(1, len(order) + 1))


def test_only_roles_that_exist_may_verify_and_never_the_caseworker_alone() -> None:
    for row in MILESTONES:
        roles = row["who_may_verify"].split()
        assert roles
        assert set(roles) <= {role.value for role in Role} - {Role.CASEWORKER.value}, row["code"]
        assert len(roles) == len(set(roles))


def test_only_psychosocial_milestones_are_verified_by_the_counsellor_alone() -> None:
    verified_by_counsellor_alone = [r for r in MILESTONES if r["who_may_verify"] == "counsellor"]

    assert {row["pillar"] for row in verified_by_counsellor_alone} == {"psychosocial"}


def test_labels_of_milestones_are_all_different() -> None:
    for language in lists.LANGUAGES:
        labels = [row[f"label_{language}"] for row in MILESTONES]
        assert len(set(labels)) == len(labels)


def test_a_word_of_the_glossary_is_explained_once_with_its_source() -> None:
    words = [row["word"].casefold() for row in WORDS]

    assert len(words) == len(set(words)) >= 60
    assert words == sorted(words)
    assert all(re.fullmatch(r"\S.*[.]", row["meaning"]) and row["source"] for row in WORDS)

"""Likely duplicates: which words meet, how alike two people are, and when an organisation may be named."""

import pytest

from app.survivors import matching
from app.survivors.matching import LIKELY, WORTH_SHOWING, Clues, Kept

AYGUN = "Məmmədova Aygün Vüqar qızı"


def kept(*names: str, sex: str = "female", year: int | None = 1988, **same: bool) -> Kept:
    return Kept(
        names=names or (AYGUN,),
        sex_code=sex,
        birth_year=year,
        birth_estimated=same.get("estimated", False),
        same_number=same.get("number", False),
        same_phone=same.get("phone", False),
    )


def asked(*names: str, sex: str = "female", year: int | None = 1988) -> Clues:
    return Clues(names=names, sex_code=sex, birth_year=year)


def test_each_word_of_a_name_is_one_word_and_a_patronymic_suffix_is_none() -> None:
    assert len(matching.words(["Məmmədova Aygün Vüqar qızı"])) == 3
    assert len(matching.words(["Məmmədova Aygün"])) == 2
    assert matching.words([]) == []


def test_a_dynastic_name_written_apart_is_found_as_one_word() -> None:
    together, apart = matching.words(["Elçin Rəsulzadə"]), matching.words(["Elçin Rəsul zadə"])

    assert together[-1] & apart[-1]


def test_a_name_of_a_hundred_words_is_cut_and_costs_no_more() -> None:
    numbers, keys = matching.asked_keys(
        asked(" ".join(f"{a}{b}ar" for a in "bcdfghklmn" for b in "aeiouöüəı"))
    )

    assert max(numbers) < matching.HINT
    assert len(keys) <= 12 * matching.MOST_WORDS


def test_another_spelling_of_a_word_is_no_further_word() -> None:
    assert len(matching.words(["Əliyev Məmməd", "Алиев Мамед", "Aliyev Mammad"])) == 2


@pytest.mark.parametrize(
    ("name", "needed"),
    [("Məmmədova", 2), ("Aygün Məmmədova", 2), (AYGUN, 3), ("Aygün Məmmədova Quliyeva", 3)],
)
def test_one_shared_word_never_names_an_organisation(name: str, needed: int) -> None:
    assert matching.words_needed(asked(name)) == needed


@pytest.mark.parametrize(
    "name",
    [
        "Aygün Məmmədova",
        "Aygun Mammadova",
        "Айгюн Мамедова",
        "Məmmədova Aygün",
        "Aygn Məmmədova",
        "AYGÜN MƏMMƏDOVA",
    ],
)
def test_the_same_person_under_another_spelling_is_likely(name: str) -> None:
    assert matching.duplicate_score(asked(name), kept()) >= LIKELY
    assert matching.search_score(asked(name), kept()) >= WORTH_SHOWING


@pytest.mark.parametrize(
    ("clues", "other"),
    [
        (asked("Aygün Məmmədova", year=1960), kept()),
        (asked("Aygün Məmmədova", sex="male"), kept()),
        (asked("Gülay Məmmədova"), kept()),
        (asked("Aygün Quliyeva"), kept()),
        (asked(), kept()),
        (asked("Aygün Məmmədova"), Kept((), "female", 1988, False, False, False)),
    ],
)
def test_another_person_is_not_likely(clues: Clues, other: Kept) -> None:
    assert matching.duplicate_score(clues, other) < LIKELY


def test_what_is_not_known_speaks_neither_for_nor_against() -> None:
    known = matching.duplicate_score(asked("Aygün Məmmədova"), kept())

    assert matching.duplicate_score(asked("Aygün Məmmədova", sex="unknown", year=None), kept()) == known
    assert matching.duplicate_score(asked("Aygün Məmmədova"), kept(sex="unknown", year=None)) == known


def test_an_estimated_birth_may_lie_further_off() -> None:
    exact = matching.duplicate_score(asked("Aygün Məmmədova", year=1992), kept())
    about = matching.duplicate_score(asked("Aygün Məmmədova", year=1992), kept(estimated=True))

    assert exact < LIKELY <= about


def test_a_document_is_proof_and_a_telephone_only_adds() -> None:
    other = "Rəhimov Tofiq"

    assert matching.duplicate_score(asked(other), kept(number=True)) == 1
    assert matching.duplicate_score(asked(other), kept(phone=True)) < LIKELY
    assert matching.search_score(asked(), kept(phone=True)) == 1
    assert matching.search_score(asked(other), kept(phone=True)) < WORTH_SHOWING


def test_the_best_of_several_spellings_counts() -> None:
    married = kept("Quliyeva Aygün", "Məmmədova Aygün")

    assert matching.duplicate_score(asked("Aygün Məmmədova"), married) >= LIKELY

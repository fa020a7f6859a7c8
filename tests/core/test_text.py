"""Names found again: across alphabets, spellings and slips of the pen, and not everybody with everybody."""

import itertools
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.core.text import az_lower, fold, name_keys, nfc, similarity, tokens

# One name a row: Azerbaijani first, then how others write it.
SPELLINGS = """
Əliyev Aliyev Eliyev Aliev Алиев Əlijev Әлијев ƏLİYEV əliyeva Алиева Əliev Alijev
Cəbrayıl Jabrayil Cebrayil Djabrail Dzhabrail Джебраил Джабраил Ҹәбрајыл Cəbrail CƏBRAYIL
Hüseynov Huseynov Huseinov Guseynov Guseinov Гусейнов Һүсејнов Hüseynova Гусейнова HÜSEYNOV
Xəlilov Khalilov Xelilov Halilov Халилов Хәлилов Халилова Xalilov
Məmmədov Mammadov Memmedov Mamedov Мамедов Мәммәдов Məmmədova Mammadova
Qasımov Gasimov Kasimov Qasimov Гасымов Касимов Гасымова Gasymov
Həsən Hasan Hesen Гасан Һәсән Хасан Khasan
Çingiz Chingiz Cingiz Чингиз Çengiz
Şahin Shahin Sahin Шахин Шаһин Shakhin
Ağayev Aghayev Agayev Agaev Агаев Ағајев Ağayeva
Cavid Javid Djavid Джавид Ҹавид Cavit
Yusif Yusuf Юсиф Јусиф Yousif Jusif
Süleyman Suleyman Suleiman Сулейман Сүлејман
Leyla Leila Layla Лейла Лејла Лейлa
Aygün Aygun Aigun Айгюн Ајҝүн
Gülnarə Gulnara Gulnare Гюльнара Гульнара Ҝүлнарә
İlham Ilham Ильхам Ильгам ILHAM ılham
Əhməd Ahmad Ehmed Akhmad Ахмед Әһмәд Ahmed
Rəşid Rashid Reshid Рашид Рәшид Resid
Zöhrə Zohra Zohre Зохра Зөһрә
Ülviyyə Ulviyya Ulviya Ульвия Үлвијјә Ulviyye
Elçin Elchin Elcin Эльчин Елчин
Vüqar Vugar Vuqar Вугар Вүгар
Şəhla Shahla Shehla Шахла Шәһла
Nağıyev Naghiyev Nagiyev Нагиев Нағыјев
Fərhad Farhad Ferhad Фархад Фәрһад
Əliyeviç Алиевич Aliyevich Əli
""".strip().splitlines()
PAIRS = [(row.split()[0], other) for row in SPELLINGS for other in row.split()[1:]]

COMMON = """
Əli Vəli Məmməd Əhməd Həsən Hüseyn İbrahim İsmayıl Yusif Musa İsa Süleyman Davud Rəşad Rəşid Elçin Elnur
Elşən Eldar Emin Kamran Kamal Kənan Tural Turqut Orxan Oqtay Nicat Nihad Namiq Natiq Nazim Vüqar Vaqif
Sərxan Samir Sahib Şahin Şamil Ramil Ramin Rauf Rövşən Ruslan Zaur Ziya Fərid Faiq Fuad Cavid Cəlal
Cəbrayıl Çingiz Bəhruz Bayram Babək Azər Aydın Anar Araz Tofiq Teymur Taleh Polad Qorxmaz Mübariz Mirzə
Leyla Aygün Aynur Günel Gülnarə Nərgiz Nigar Sevda Sevinc Səbinə Şəhla Zöhrə Zeynəb Fatimə Xədicə Ülviyyə
Tərlan Təranə Rəna Ramilə Lalə Könül İradə Həcər Elmira Dilarə Bəsti Arzu
Quliyev Kərimov Rəhimov Cəfərov Səfərov Bağırov Axundov Vəliyev Nəsirov Şükürov Abbasov Babayev Qurbanov
Mustafayev Hacıyev Sadıqov Talıbov Zeynalov Orucov Məlikov Novruzov Tağıyev Ələkbərov Nəbiyev Muradov
""".split()  # noqa: SIM905  (a table to be read)
MEETING_BOUND = 0.01  # of pairs of different common names


def _meet(a: str, b: str) -> bool:
    return not name_keys(a).isdisjoint(name_keys(b))


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_spellings_of_one_name_meet(name: str, other: str) -> None:
    assert _meet(name, other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Xəlilov", "Khalilof"),
        ("Şahbazov", "Shahbasov"),
        ("Məhəmmədov", "Məmmədov"),
        ("Cəbrayıl", "Jabrail"),
        ("Qəzənfər", "Ghazanfer"),
        ("Axundov", "Akhuntov"),
        ("Ağababayev", "Aghabapayev"),
        ("Hüseyncanov", "Guseindjanov"),
    ],
)
def test_another_spelling_and_a_slip_together_may_still_meet(name: str, other: str) -> None:
    assert _meet(name, other)


def test_the_table_of_spellings_is_long_enough_to_mean_something() -> None:
    assert len(set(PAIRS)) >= 60


def test_different_common_names_seldom_meet() -> None:
    keys = {name: name_keys(name) for name in set(COMMON)}
    pairs = list(itertools.combinations(keys, 2))

    meeting = [(a, b) for a, b in pairs if not keys[a].isdisjoint(keys[b])]

    assert len(pairs) > 5_000
    assert len(meeting) / len(pairs) < MEETING_BOUND


def test_no_common_name_is_spelt_into_another_by_folding_alone() -> None:
    folded = [fold(name) for name in set(COMMON)]

    assert len(set(folded)) == len(folded)


ALPHABETS = [
    "abcçdeəfgğhxıijkqlmnoöprsştuüvyz",
    "абвгғдеәжзиыјкҝлмноөпрстуүфхһчҹш",
    "абвгдеёжзийклмнопрстуфхцчшщыэюяьъ",
    "abcdefghijklmnopqrstuvwxyz",
]
NO_SOUND = "ьъ"


def _written(letters: str) -> st.SearchStrategy[tuple[str, str, int]]:
    return st.tuples(
        st.text(letters, min_size=4, max_size=14),
        st.sampled_from(letters),
        st.integers(min_value=0, max_value=14),
    )


SLIPS: dict[str, Callable[[str, int, str], str]] = {
    "wrong": lambda word, at, letter: word[:at] + letter + word[at + 1 :],
    "missing": lambda word, at, _: word[:at] + word[at + 1 :],
    "extra": lambda word, at, letter: word[:at] + letter + word[at:],
    "swapped": lambda word, at, _: word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
}


@pytest.mark.parametrize("slip", sorted(SLIPS))
@settings(max_examples=400)
@given(written=st.sampled_from(ALPHABETS).flatmap(_written))
@example(written=("əliyeva", "o", 4))
@example(written=("shahin", "x", 0))
@example(written=("djabrail", "a", 1))
@example(written=("джебраил", "а", 1))
@example(written=("abba", "c", 2))
@example(written=("oglx", "u", 3))
@example(written=("hiyh", "h", 0))
@example(written=("mammadaliyev", "x", 8))
def test_any_one_slip_in_four_letters_or_more_still_meets(slip: str, written: tuple[str, str, int]) -> None:
    word, letter, at = written
    assume(sum(sign not in NO_SOUND for sign in word) >= 4)
    at = min(at, len(word) - 1)

    slipped = SLIPS[slip](word, at, letter)

    assert _meet(word, slipped)


@pytest.mark.parametrize("slip", sorted(SLIPS))
def test_any_one_slip_anywhere_in_a_common_name_still_meets(slip: str) -> None:
    for name in COMMON:
        if len(name) < 4:
            continue
        for at in range(len(name)):
            for letter in "aəxkhnyz":
                assert _meet(name, SLIPS[slip](name, at, letter)), (name, at, letter)


@given(st.text(max_size=200))
def test_any_text_at_all_has_few_and_repeatable_keys(name: str) -> None:
    keys = name_keys(name)

    assert keys == name_keys(unicodedata.normalize("NFD", name)) == name_keys(nfc(name))
    assert len(keys) <= 12 * len(tokens(name))
    assert bool(keys) == bool(tokens(name))


def test_every_word_of_a_name_is_a_way_in() -> None:
    whole = name_keys("Əliyev Rəşad Məmməd oğlu")

    assert name_keys("Rəşad") <= whole
    assert name_keys("Əliyev") | name_keys("Məmməd") <= whole
    assert max(len(name_keys(name)) for name in COMMON) <= 12
    assert len(name_keys("Əbdülrəhmanməhəmmədqulubəyov")) <= 12


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Əliyev", "eliyev"),
        ("ǝliyev", "eliyev"),  # U+01DD, as one published district list has it
        ("Әлијев", "eliyev"),
        ("İSMAYILOVA", "ismayilov"),
        ("İ" + "smayıl", "ismayil"),
        ("Quliyeva Zöhrə Həsən qızı", "quliyev zohre hesen"),
        ("Rəşad Məmməd oğlu", "resad memmed"),
        ("Алиев Рашид Гасан-оглы", "aliev rasid qasan"),
        ("Исмаилова Лейла Ахмед кызы", "ismailov leyla axmed"),
        ("Məmmədoğlu", "memmed"),
        ("Гейдар Алиевич", "qeydar ali"),
        ("Əli-zadə", "elizade"),
        ("Əlizadə", "elizade"),
        ("Sən'an", "senan"),
        ("Sən’an", "senan"),
        ("Ağa\u200byev", "agayev"),
        ("  Əli \t (Vəli), 3 ", "eli veli"),
        ("oğlu", "oglu"),  # alone it is all there is
        ("Eva", "eva"),
        ("Ова", "ova"),
        ("Şəki Çay Ğöü", "seki cay gou"),
        ("ﬁrudin", "firudin"),  # a ligature
        ("123 - !", ""),
        ("", ""),
    ],
)
def test_folding_leaves_plain_words(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_lower_case_is_azerbaijani() -> None:
    assert az_lower("İmişli") == "imişli"
    assert az_lower("I\u0307mişli") == "imişli"  # I with a combining dot is İ
    assert az_lower("Iğdır IŞIQ") == "ığdır ışıq"
    assert az_lower("ƏÖÜĞŞÇ") == "əöüğşç"
    assert "\u0307" not in az_lower("İSMAYIL İBRAHİM")


def test_text_is_composed_and_otherwise_left_alone() -> None:
    assert nfc("S\u0327") == "Ş"
    assert nfc("ﬁ İ I") == "ﬁ İ I"


@given(st.text(max_size=60), st.text(max_size=60))
def test_similarity_is_a_symmetric_share(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == pytest.approx(similarity(b, a))
    assert similarity(a, a) == (1.0 if tokens(a) else 0.0)


def test_the_nearer_name_ranks_higher() -> None:
    asked = "Rəşad Əliyev"
    ranked = ["Rəşad Əliyev", "Əliyev Rəşad Məmməd oğlu", "Rəşid Əliyev", "Rəşad Quliyev", "Vaqif Səmədov"]

    assert sorted(ranked, key=lambda name: -similarity(asked, name)) == ranked
    assert similarity(asked, "Рашад Алиев") > similarity(asked, "Rəşad Quliyev")
    assert similarity(asked, "Vaqif Səmədov") < 0.5 < similarity(asked, "Рашад Алиев")


def test_words_beyond_the_eighth_cost_no_time() -> None:
    eight = "Ağa Baba Cəmil Dədə Eldar Fərid Gülağa Həsən"

    assert similarity(f"{eight} Vaqif", f"{eight} Zöhrə") == 1.0
    assert similarity(f"{eight} " * 5_000, eight) == 1.0

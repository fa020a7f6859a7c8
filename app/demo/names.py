"""Invented names, from Faker's Azerbaijani lists; never those of people everybody knows."""

from functools import cache

from faker.providers.person.az_AZ import Provider as Azerbaijani

from app.demo.dice import Dice
from app.demo.walks import rows

MALE, FEMALE = "male", "female"
_ASCII = str.maketrans("əƏıİöÖüÜğĞşŞçÇ", "aAiIoOuUgGsScC")
_MISPLACED = {"Yaqub"}  # a man's name in the list of women's


@cache
def _given(sex_code: str) -> tuple[str, ...]:
    men, women = Azerbaijani.first_names_male, Azerbaijani.first_names_female
    names = {name.strip() for name in (women if sex_code == FEMALE else men)}
    return tuple(sorted(names - _MISPLACED if sex_code == FEMALE else names))


@cache
def _surnames() -> tuple[str, ...]:
    """As men bear them; without those that are patronymics."""
    of_women = {name.removesuffix("a") for name in Azerbaijani.last_names_female}
    known = {*Azerbaijani.last_names_male, *Azerbaijani.last_names_unisex, *of_women}
    return tuple(sorted(name for name in known if not name.endswith(("oğlu", "qızı", "qız"))))


@cache
def _real() -> frozenset[tuple[str, str]]:
    return frozenset((row["given_name"], row["surname"]) for row in rows("real_names"))


def full_name(dice: Dice, sex_code: str) -> tuple[str, str, str]:
    """Given name, surname and patronymic of somebody who does not exist."""
    woman = sex_code == FEMALE
    while True:
        given, surname = dice.choice(_given(sex_code)), dice.choice(_surnames())
        if woman and surname.endswith(("ov", "ev")):
            surname += "a"
        if (given, surname) not in _real():
            return given, surname, f"{dice.choice(_given(MALE))} {'qızı' if woman else 'oğlu'}"


def other_spelling(given: str, surname: str) -> str:
    """The name as a passport office without our letters writes it."""
    return f"{given} {surname}".translate(_ASCII)

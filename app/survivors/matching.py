"""Likely duplicates: under which keys to look, and how alike two people are. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core import text, vault

LIKELY = 0.84  # from here on a new registration is stopped: "Aygin Mammadova" is 0.86 of "Aygün Məmmədova"
WORTH_SHOWING = 0.6  # from here on a search shows a person
EXACT = 1.0  # the same document number or case code
SAME_PHONE = 0.15  # families share telephones, so a number only adds to the likeness of names
FAR_IN_AGE, OTHER_SEX = 0.25, 0.2
YEARS_APART, YEARS_APART_ESTIMATED = 2, 5
MOST_WORDS = 24  # of all spellings together
HINT = 31  # what is not a word but an exact hint (document, telephone, code); words are numbered below


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of the person looked for: spellings of the name, hashes of numbers, and what they are."""

    names: tuple[str, ...] = ()
    hints: tuple[int, ...] = ()
    identifiers: tuple[bytes, ...] = ()
    phones: tuple[bytes, ...] = ()
    code: str | None = None
    sex_code: str = "unknown"
    birth_year: int | None = None
    birth_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The same of a person on file, as far as a comparison needs it."""

    names: tuple[str, ...]
    sex_code: str
    birth_year: int | None
    birth_estimated: bool
    same_number: bool
    same_phone: bool


def words(names: Iterable[str]) -> list[set[int]]:
    """The blind keys of each word of these spellings; words that sound alike count as one."""
    groups: list[set[int]] = []
    for name in names:
        for keys in _word_keys(name):
            alike = [group for group in groups if group & keys]
            groups = [group for group in groups if not group & keys] + [keys.union(*alike)]
    return groups


def _word_keys(name: str) -> Iterable[set[int]]:
    """The keys of each word: what it adds to those of the word before it; `oğlu` adds nothing."""
    before = ""
    for part in name.split()[:MOST_WORDS]:
        if added := text.name_keys(f"{before} {part}") - text.name_keys(before):
            yield set(vault.blind(added, "name"))
            before = part


def asked_keys(clues: Clues) -> tuple[list[int], list[int]]:
    """Two columns for one table: the number of a word (or hint), and one key of it."""
    pairs = [
        (number, key) for number, keys in enumerate(words(clues.names)[:MOST_WORDS]) for key in sorted(keys)
    ]
    pairs += [(HINT, key) for key in clues.hints]
    return [number for number, _ in pairs], [key for _, key in pairs]


def words_needed(clues: Clues) -> int:
    """How many words must meet before another organisation is named: every word of the name as it was asked.

    One surname is shared by thousands, and two words of three by dozens.
    """
    return max(2, len(words(clues.names[:1])))


def likeness(asked: Sequence[str], kept: Sequence[str]) -> float:
    """How alike two people's names are in their best spellings, 0 to 1."""
    return max((text.similarity(ours, theirs) for ours in asked for theirs in kept), default=0.0)


def search_score(clues: Clues, kept: Kept) -> float:
    """How well a person on file answers a search, 0 to 1."""
    found_by_phone = EXACT if kept.same_phone and not clues.names else 0.0
    return max(EXACT if kept.same_number else 0.0, found_by_phone, likeness(clues.names, kept.names))


def duplicate_score(clues: Clues, kept: Kept) -> float:
    """How likely a person to be registered is this one on file, 0 to 1."""
    if kept.same_number:
        return EXACT
    score = likeness(clues.names, kept.names) + (SAME_PHONE if kept.same_phone else 0)
    score -= FAR_IN_AGE if _far_in_age(clues, kept) else 0
    score -= OTHER_SEX if {clues.sex_code, kept.sex_code} == {"female", "male"} else 0
    return min(max(score, 0.0), EXACT)


def _far_in_age(clues: Clues, kept: Kept) -> bool:
    if clues.birth_year is None or kept.birth_year is None:
        return False
    unsure = clues.birth_estimated or kept.birth_estimated
    allowed = YEARS_APART_ESTIMATED if unsure else YEARS_APART
    return abs(clues.birth_year - kept.birth_year) > allowed

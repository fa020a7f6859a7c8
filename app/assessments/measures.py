"""Scores that are the same for many instruments: sums, means, the worst, a value; and WHODAS 2.0. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple, TypeAlias

from app.assessments.instrument import Answers, Rule, Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an algorithm finds: a number, or a word, or neither where too much is unknown."""

    value: float | None = None
    result: str | None = None


class Form(NamedTuple):
    """What an algorithm works on: the rule of the score, the items that go into it, and what was answered."""

    rule: Rule
    items: Sequence[str]
    answers: Answers

    @property
    def known(self) -> dict[str, float]:
        """The items that were answered with a number. Silence and refusals are none, and no 0."""
        found = ((item, self.number(item)) for item in self.items)
        return {item: value for item, value in found if value is not None}

    @property
    def gaps(self) -> int:
        """How many items were not answered with a number."""
        return len(self.items) - len(self.known)

    @property
    def too_silent(self) -> bool:
        """Whether more is missing than the rule allows."""
        return self.gaps > (self.rule.missing or 0)

    def given(self, *items: str) -> list[Value | None]:
        """The answers to these, or else to all that go into the score."""
        return [self.answers.get(item) for item in items or self.items]

    def number(self, item: str) -> float | None:
        """The number that was answered, if one was."""
        found = self.answers.get(item)
        return None if isinstance(found, str) else found

    def whole(self, item: str) -> int | None:
        """The whole number that was answered, if one was."""
        found = self.answers.get(item)
        return found if isinstance(found, int) else None


UNKNOWN = Outcome(None, "unknown")
Algorithm: TypeAlias = Callable[[Form], Outcome]


def total(form: Form) -> Outcome:
    """The sum, times a factor. As many as `missing` may be unanswered: they take the mean of the others.

    A sum completed in this way is rounded half up, so that it falls into a band.
    """
    if form.too_silent:
        return UNKNOWN
    known = form.known.values()
    whole = floor(sum(known) * len(form.items) / len(known) + 0.5)
    return Outcome(whole * form.rule.factor)


def value(form: Form) -> Outcome:
    """The answer itself."""
    return Outcome(next(iter(form.known.values()))) if form.known else UNKNOWN


def mean(form: Form) -> Outcome:
    """The mean of the trials that were made, to a hundredth."""
    known = form.known.values()
    return Outcome(round(sum(known) / len(known), 2)) if known else UNKNOWN


def worst(form: Form) -> Outcome:
    """The highest of what was answered."""
    return Outcome(max(form.known.values())) if form.known else UNKNOWN


# WHODAS 2.0, 12 items: these are recoded 0, 1, 1, 2, 2 in the complex score.
RECODED = frozenset({"s2", "s4", "s8", "s10", "s11", "s12"})
RECODE: Mapping[float, int] = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2}
COMPLEX_MOST, SIMPLE_MOST = 36, 48


def whodas_simple(form: Form) -> Outcome:
    """The simple score of WHODAS 2.0, 0 to 48: unanswered items take the mean of the others."""
    return UNKNOWN if form.too_silent else Outcome(round(_completed(form), 2))


def whodas_percent(form: Form) -> Outcome:
    """The simple score as a percentage of 48."""
    return UNKNOWN if form.too_silent else Outcome(round(_completed(form) / SIMPLE_MOST * 100, 2))


def whodas_complex(form: Form) -> Outcome:
    """The complex score, 0 to 100: six items recoded, as a percentage of 36."""
    if form.too_silent:
        return UNKNOWN
    known = form.known
    usual = floor(sum(known.values()) / len(known) + 0.5)  # a level, or it could not be recoded
    levels = {item: known.get(item, usual) for item in form.items}
    recoded = [RECODE[level] if item in RECODED else level for item, level in levels.items()]
    return Outcome(round(sum(recoded) / COMPLEX_MOST * 100, 2))


def _completed(form: Form) -> float:
    return sum(form.known.values()) * len(form.items) / len(form.known)

"""Judgements about answers already in hand. No database, no clock."""

from collections.abc import Iterable, Sequence
from datetime import date

from app.assessments import scoring
from app.assessments.errors import InstrumentVersion
from app.assessments.instrument import NEEDS, Advice, Alert, Answers, Compartment, Instrument, instruments
from app.assessments.scoring import Score
from app.core.dates import PartialDate, age_on
from app.core.errors import Invalid

TEXTS = {
    "not_an_instrument": "Not an instrument of ours",
    "not_an_item": "Asks nothing by that name",
    "not_an_answer": "Not an answer to this",
    "must_be_answered": "The score depends on this; it must be answered",
    "too_many_missing": "More is unanswered than the score allows; say `incomplete` to keep it without one",
    "before_birth": "Before the person was born",
    "not_for_this_age": "The instrument is not for a person of this age",
}


def instrument(code: str, version: str | None, compartment: Compartment) -> Instrument:
    """The instrument in use, or Invalid; InstrumentVersion when another version of it was answered."""
    found = instruments().get(code)
    if found is None or found.compartment is not compartment:
        raise _invalid([("/instrument_code", "not_an_instrument")])
    if version not in (None, found.version):
        raise InstrumentVersion(version=found.version)
    return found


def check_answers(asked: Instrument, answers: Answers) -> None:
    """Stop what is not asked, and what is no answer to it; what the client made up is not repeated."""
    faults = [] if set(answers) <= set(asked.asked) else [("/answers", "not_an_item")]
    faults += [
        (f"/answers/{item.code}", "not_an_answer")
        for item in asked.items
        if item.code in answers and not asked.takes(item, answers[item.code])
    ]
    deciding = {item for rule in asked.scores for item in rule.when}
    faults += [
        (f"/answers/{item}", "must_be_answered")
        for item in sorted(deciding)
        if answers.get(item) in (None, *asked.unanswered)
    ]
    if faults:
        raise _invalid(faults)


def need_enough(asked: Instrument, answers: Answers) -> None:
    """Stop what leaves more unanswered than the rule of a score allows."""
    if scoring.too_silent(asked, answers):
        raise _invalid([("/answers", "too_many_missing")])


def judged(
    asked: Instrument, answers: Answers, incomplete: bool, born: PartialDate | None, on: date
) -> Sequence[Score]:
    """What the algorithms make of the answers, once these fit the instrument, its rules and the person."""
    check_answers(asked, answers)
    if not incomplete:
        need_enough(asked, answers)
    need_age(asked, born, on)
    return scoring.scores(asked, answers)


def need_age(asked: Instrument, born: PartialDate | None, on: date) -> None:
    """Stop one from before birth, and one of a person whom it is certainly not for; unknown is no reason."""
    if born is None:
        return
    ages = age_on(born, on)
    if ages is None:
        raise _invalid([("/assessed_on", "before_birth")])
    too_young = ages[1] < asked.from_age
    too_old = asked.to_age is not None and ages[0] > asked.to_age
    if too_young or too_old:
        raise _invalid([("/instrument_code", "not_for_this_age")])


def alerts(asked: Instrument, answers: Answers) -> list[Alert]:
    """The answers after which somebody looks after the person the same day, whatever the scores."""
    return [alert for alert in asked.alerts if answers.get(alert.item) in alert.answers]


def advice(asked: Instrument, found: Iterable[Score]) -> list[Advice]:
    """What these scores suggest to do next."""
    values = {score.code: score.value for score in found if score.value is not None}
    return [
        each
        for each in asked.advice
        if each.score in values and each.least <= values[each.score] <= each.most
    ]


def speaks_of_needs(asked: Instrument, answers: Answers) -> bool:
    """Whether a plan may build on it: a needs assessment in which at least one lane was answered."""
    spoken = asked.main.says_yes | asked.main.says_no
    return asked.code == NEEDS and any(answer in spoken for answer in answers.values())


def _invalid(faults: Sequence[tuple[str, str]]) -> Invalid:
    return Invalid(errors=[{"pointer": at, "code": code, "message": TEXTS[code]} for at, code in faults])

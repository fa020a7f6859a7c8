"""Judgements about answers already in hand. No database, no clock."""

from collections.abc import Mapping

from app.assessments.errors import InstrumentVersion
from app.assessments.instrument import NEEDS, Instrument, Value, instruments
from app.core.errors import Invalid

TEXTS = {
    "not_an_instrument": "Not an instrument of ours",
    "not_an_item": "Asks nothing by that name",
    "not_an_answer": "Not an answer to this",
}


def instrument(code: str, version: str | None) -> Instrument:
    """The instrument in use, or Invalid; InstrumentVersion when another version of it was answered."""
    found = instruments().get(code)
    if found is None:
        raise Invalid(errors=[_fault("/instrument_code", "not_an_instrument")])
    if version not in (None, found.version):
        raise InstrumentVersion(version=found.version)
    return found


def check_answers(asked: Instrument, answers: Mapping[str, Value]) -> None:
    """Stop what is not asked, and what is no answer to it; what the client made up is not repeated."""
    unknown = [] if set(answers) <= set(asked.asked) else [_fault("/answers", "not_an_item")]
    wrong = [
        _fault(f"/answers/{item}", "not_an_answer")
        for item in asked.asked
        if item in answers and answers[item] not in asked.answers()
    ]
    if faults := unknown + wrong:
        raise Invalid(errors=faults)


def speaks_of_needs(asked: Instrument, answers: Mapping[str, Value]) -> bool:
    """Whether a plan may build on it: a needs assessment in which at least one lane was answered."""
    return asked.code == NEEDS and any(answer in asked.yes | asked.no for answer in answers.values())


def _fault(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "message": TEXTS[code]}

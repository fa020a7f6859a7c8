"""Assessments: the needs before the plan, functioning then and later; scored by the rule of the service."""

from datetime import datetime

from app.assessments import scoring
from app.assessments.instrument import NEEDS, Value, instruments
from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import urn
from app.demo.people import DIRECT
from app.demo.places import Country
from app.demo.sheets import Sheets

FUNCTIONING = "wg_ss"
NEED = {"psychosocial": "yes:4 no:5 refused:1", "sport": "yes:2 no:6 not_asked:2"}
SOME_NEED = "yes:7 no:4 unknown:1"
DIFFICULTY = {
    "walk": ("1:1 2:3 3:5 4:1", "1:6 2:3 3:1"),
    "care": ("1:3 2:5 3:2", "1:8 2:2"),
}
"""Where a limb was lost, and elsewhere."""
HEARING = "1:5 2:4 3:1"  # after a blast
ELSEWHERE = "1:14 2:4 3:1"


def write_assessments(sheets: Sheets, country: Country, file: File) -> None:
    """What was asked when the needs were assessed; functioning again months later for some."""
    if file.needs_at is None:
        return
    draws, until = sheets.dice, file.person.life.until(country.now)
    _write(sheets, file, NEEDS, file.needs_at)
    if file.person.birth.age_on(day_of(file.needs_at)) < instruments()[FUNCTIONING].from_age:
        return
    _write(sheets, file, FUNCTIONING, file.needs_at)
    if draws.chance(0.4):
        _write(sheets, file, FUNCTIONING, draws.between(file.needs_at, until))


def _write(sheets: Sheets, file: File, code: str, at: datetime) -> None:
    asked = instruments()[code]
    answers = {item: _answer(sheets, file, item) for item in asked.asked}
    made = scoring.scores(asked, answers)
    sheets.record(
        "assessment",
        at,
        instrument_code=asked.code,
        instrument_version=asked.version,
        assessed_on=day_of(at),
        by_id=file.acting(at),
        answers=answers,
        scores=scoring.kept(made),
        algorithm=made[0].algorithm,
        score=made[0].value,
        result=made[0].result,
        **file.held,
    )


def _answer(sheets: Sheets, file: File, item: str) -> Value:
    """One answer: about needs in words, about functioning from 1 (no difficulty) to 4 (cannot)."""
    draws, person = sheets.dice, file.person
    if item not in FUNCTIONS:
        return urn(NEED.get(item, SOME_NEED)).draw(draws)
    if item in DIFFICULTY:
        weights = DIFFICULTY[item][not person.lost_limb]
    else:
        weights = HEARING if item == "hear" and person.origin.category_code == DIRECT else ELSEWHERE
    return int(urn(weights).draw(draws))


FUNCTIONS = frozenset(instruments()[FUNCTIONING].asked)

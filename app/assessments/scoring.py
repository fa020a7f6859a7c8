"""What the algorithms make of raw answers. Pure, and never a 'no' out of something that was not answered."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from app.assessments import disability, distress, measures, trauma
from app.assessments.instrument import Answers, Instrument, Rule
from app.assessments.measures import UNKNOWN, Algorithm, Form, Outcome

MEASURED = "measured"  # a number that has no bands
SILENT = frozenset({None, "refused", "unknown", "not_asked", "not_applicable"})


class Score(NamedTuple):
    """One score as it is kept: by which algorithm, what it came to, and how many answers it did without."""

    code: str
    algorithm: str
    value: float | None
    result: str
    missing: int


def _number(value: float | None) -> Outcome:
    return UNKNOWN if value is None else Outcome(value)


def _word(form: Form, item: str) -> Any:
    found = form.answers.get(item)
    return None if found in SILENT else found


def _vital_signs(form: Form) -> tuple[int | None, int | None, int | None]:
    return form.whole("gcs"), form.whole("sbp"), form.whole("rr")


def _kampala(form: Form) -> Any:
    signs = form.whole("age"), form.whole("sbp"), form.whole("rr")
    return *signs, _word(form, "avpu"), form.whole("serious")


def _rts(form: Form) -> Outcome:
    return _number(trauma.rts(*_vital_signs(form)))


def _triage_rts(form: Form) -> Outcome:
    return _number(trauma.triage_rts(*_vital_signs(form)))


def _severity(form: Form) -> Outcome:
    return _number(trauma.severity(map(form.whole, form.items)))


def _kts(form: Form) -> Outcome:
    return _number(trauma.kts(*_kampala(form)))


def _kts_2(form: Form) -> Outcome:
    return _number(trauma.kts_2(*_kampala(form)))


def _gap(form: Form) -> Outcome:
    return _number(trauma.gap(form.whole("gcs"), form.whole("age"), form.whole("sbp")))


def _mgap(form: Form) -> Outcome:
    blunt = form.whole("blunt")
    known = None if blunt is None else blunt == 1
    return _number(trauma.mgap(form.whole("gcs"), form.whole("age"), form.whole("sbp"), known))


def _wound_grade(form: Form) -> Outcome:
    size = form.number("entry"), form.number("exit")
    return _number(trauma.red_cross_grade(*size, form.whole("cavity"), form.whole("fracture")))


def _wound_type(form: Form) -> Outcome:
    found = trauma.red_cross_type(form.whole("fracture"), _word(form, "vital"))
    return Outcome(None, found or "unknown")


ALGORITHMS: Mapping[str, Algorithm] = {
    "sum@1": measures.total,
    "value@1": measures.value,
    "mean@1": measures.mean,
    "max@1": measures.worst,
    "whodas_12_simple@1": measures.whodas_simple,
    "whodas_12_percent@1": measures.whodas_percent,
    "whodas_12_complex@1": measures.whodas_complex,
    "needs_any@1": disability.any_item,
    "wg_ss_dis3@1": disability.any_item,
    "wg_any@1": disability.any_item,
    "wg_dis2@1": disability.two_or_one,
    "wg_es3@1": disability.enhanced,
    "cfm_5_17@1": disability.child,
    "cfm_5_17_mics@1": disability.child_as_in_surveys,
    "cfm_2_4@1": disability.small_child,
    "cfm_2_4_mics@1": disability.small_child_as_in_surveys,
    "phq_9_mds@1": distress.depressive_syndrome,
    "pcl_5_clusters@1": distress.stress_clusters,
    "rts@1": _rts,
    "triage_rts@1": _triage_rts,
    "iss@1": _severity,
    "niss@1": _severity,
    "kts@1": _kts,
    "kts_2@1": _kts_2,
    "gap@1": _gap,
    "mgap@1": _mgap,
    "red_cross_grade@1": _wound_grade,
    "red_cross_type@1": _wound_type,
}
"""By id and version. A changed algorithm is a new entry: what was computed stays reproducible."""


def scores(asked: Instrument, answers: Answers) -> tuple[Score, ...]:
    """Every score of the instrument that these answers have, the main one first."""
    return tuple(map(_score, _forms(asked, answers)))


def kept(found: Iterable[Score]) -> dict[str, dict[str, str | float | None]]:
    """The scores as a record keeps them, by their code."""
    return {score.code: {k: v for k, v in score._asdict().items() if k != "code"} for score in found}


def too_silent(asked: Instrument, answers: Answers) -> list[Rule]:
    """The scores that have a rule for what is missing, and more than that is."""
    return [form.rule for form in _forms(asked, answers) if form.rule.missing is not None and form.too_silent]


def _forms(asked: Instrument, answers: Answers) -> list[Form]:
    return [Form(rule, asked.items_of(rule), answers) for rule in asked.scores if rule.applies(answers)]


def _score(form: Form) -> Score:
    rule, found = form.rule, ALGORITHMS[form.rule.algorithm](form)
    result = found.result or (found.value is not None and rule.band_of(found.value)) or MEASURED
    silent = sum(answer in SILENT for answer in form.given())
    return Score(rule.code, rule.algorithm, found.value, result, silent)

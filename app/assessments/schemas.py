"""What a client sends about an assessment, and what it gets back."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.assessments import rules
from app.assessments.change import Answered, Mark, Trend, Verdict, since_baseline, trends
from app.assessments.instrument import Instrument, instruments
from app.assessments.models import Assessment, Kept
from app.assessments.scoring import Score
from app.core import clock
from app.core.dates import PastDay
from app.core.given import Count, Flag, Given, Measure
from app.core.shown import Shown

CODE = "[a-z0-9_]{1,40}"
Code = Annotated[str, StringConstraints(max_length=40, pattern=f"^{CODE}$")]
Version = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern="^[a-z0-9_.]+$")]


def _named(answers: Any) -> Any:
    """Refuse a key that cannot be an item's code here, where the refusal does not repeat it."""
    if isinstance(answers, dict) and not all(re.fullmatch(CODE, str(key)) for key in answers):
        raise PydanticCustomError("not_an_item", "Asks nothing by that name")
    return answers


class RecordAssessment(Given):
    """An instrument answered once. An item that is missing was not asked; that is not a no.

    `instrument_version`: the version that was answered, for a device that may hold an old one. `incomplete`:
    more is unanswered than the score allows; what was answered is kept all the same, without that score.
    """

    id: UUID | None = None
    instrument_code: Code
    instrument_version: Version | None = None
    assessed_on: PastDay = Field(default_factory=clock.today)
    answers: Annotated[
        dict[Code, Count | Measure | Code], Field(min_length=1, max_length=200), BeforeValidator(_named)
    ]
    incomplete: Flag = False


class ScoreOut(Shown):
    """One score: by which algorithm, what it came to (a band, yes, no, unknown), and how many gaps."""

    code: str
    algorithm: str
    value: float | None
    result: str
    missing: int


class AssessmentOut(Shown):
    """An instrument answered once: the answers as given, and what the algorithms made of them.

    `algorithm`, `score`, `result` are those of the main score, which stands first among `scores`. `advice`:
    what the scores suggest to do next, as the instrument words it.
    """

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    instrument_code: str
    instrument_version: str
    assessed_on: date
    by_id: UUID
    answers: dict[str, int | float | str]
    algorithm: str
    score: float | None
    result: str
    scores: list[ScoreOut]
    advice: list[str]

    @classmethod
    def of(cls, assessment: Assessment) -> Self:
        """The record as it is."""
        kept = assessment.model_dump(include=set(cls.model_fields))
        return cls.model_validate(kept | said_of(assessment.instrument_code, assessment.scores))


def said_of(instrument_code: str, kept: Kept) -> dict[str, Any]:
    """The scores in the instrument's own order, those that it no longer has last; and what they suggest."""
    asked = instruments()[instrument_code]
    order = [rule.code for rule in asked.scores]
    codes = sorted(kept, key=lambda code: (order.index(code) if code in order else len(order), code))
    scores = [Score(code, **kept[code]) for code in codes]
    advice = [each.code for each in rules.advice(asked, scores)]
    return {"scores": [score._asdict() for score in scores], "advice": advice}


class PointOut(Shown):
    """A score on its day."""

    record_id: UUID
    assessed_on: date
    value: float
    result: str


class DifferenceOut(Shown):
    """A score from the first time to the latest: how far apart, and whether that is more than chance."""

    instrument_code: str
    code: str
    algorithm: str
    baseline: PointOut
    latest: PointOut
    difference: float
    detectable: float | None
    verdict: Verdict


class DifferencesOut(Shown):
    """Every score that was known at least twice."""

    items: list[DifferenceOut]

    @classmethod
    def of(cls, answered: Iterable[Answered]) -> Self:
        """What has changed over these, in the order of their days."""
        return cls(items=[DifferenceOut.model_validate(each) for each in since_baseline(answered)])


class MarkOut(PointOut):
    """A score on its day, how far it is from the first time, and whether that is more than chance.

    The first time has nothing to differ from: its `difference` and `verdict` are empty.
    """

    difference: float | None
    verdict: Verdict | None

    @classmethod
    def of(cls, mark: Mark) -> Self:
        """The mark, flat."""
        said = {"difference": mark.difference, "verdict": mark.verdict}
        return cls.model_validate(mark.point._asdict() | said)


class TrendOut(Shown):
    """One score over time, in the order of days; the instrument's change says what is more than chance.

    `detectable` is empty where nobody has said from which difference on it is: then every verdict is
    `unclear`. `detectable_measure` and `detectable_source`: what it is, and who says so.
    """

    instrument_code: str
    code: str
    algorithm: str
    better: Literal["higher", "lower"] | None
    detectable: float | None
    detectable_measure: str | None
    detectable_source: str | None
    marks: list[MarkOut]

    @classmethod
    def of(cls, trend: Trend) -> Self:
        """The trend, with what its instrument says about change."""
        rule, change = trend.rule, trend.rule.change
        return cls(
            instrument_code=trend.instrument_code,
            code=rule.code,
            algorithm=rule.algorithm,
            better=rule.better,
            detectable=change.detectable if change else None,
            detectable_measure=change.measure if change else None,
            detectable_source=change.source if change else None,
            marks=[MarkOut.of(mark) for mark in trend.marks],
        )


class TrendsOut(Shown):
    """Every score that was ever known."""

    items: list[TrendOut]

    @classmethod
    def of(cls, answered: Iterable[Answered]) -> Self:
        """The scores over these, in the order of their days."""
        return cls(items=[TrendOut.of(each) for each in trends(answered)])


class InstrumentsOut(Shown):
    """Every instrument, whole, so that a device can ask it offline."""

    items: list[Instrument]

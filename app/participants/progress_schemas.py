"""What taking part comes to, as the caseworker reads it and the person is given it on paper."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict

from app.assessments.instrument import instruments
from app.assessments.models import Assessment
from app.codelists import lists
from app.codelists.lists import Language, recorded
from app.core.shown import Shown
from app.milestones.catalogue import definitions
from app.milestones.models import Milestone
from app.participants import progress
from app.participants.progress import Followed
from app.wellbeing.queries import Felt

WORDS = "participation_heading"


class _Out(Shown):
    model_config = ConfigDict(extra="ignore")


class MonthOut(_Out):
    """A month: how many sessions were noted, and at how many the person was."""

    begins: date
    noted: int
    attended: int


class FollowedOut(_Out):
    """One programme: how often somebody was there, and since when that is regular."""

    enrolment_id: UUID
    programme_id: UUID
    name: str
    kind_code: Annotated[str, recorded("programme_kind")]
    sport_code: Annotated[str, recorded("sport")] | None
    joined_on: date | None
    ended_on: date | None
    noted: int
    attended: int
    first_on: date | None
    last_on: date | None
    regular_since: date | None
    is_regular: bool
    months: list[MonthOut]

    @classmethod
    def of(cls, one: Followed) -> Self:
        """The programme with what attendance comes to."""
        found = progress.of(one.presences)
        names = [name for name in cls.model_fields if name != "months"]
        said = {name: getattr(found if hasattr(found, name) else one, name) for name in names}
        return cls.model_validate(said | {"months": [MonthOut.model_validate(each) for each in found.months]})


class MeasureOut(_Out):
    """A measure of mobility on its day; `score` is empty where it is not known."""

    assessment_id: UUID
    instrument_code: str
    assessed_on: date
    score: float | None
    result: str


class FeltOut(_Out):
    """The WHO-5 score of a day, 0 to 100, that the person lets be seen; empty where it is not known."""

    on: date
    score: float | None


class ReachedOut(_Out):
    """A step that was reached, on which day, and which record shows it."""

    definition_code: str
    reached_on: date | None
    fact_code: Annotated[str, recorded("milestone_fact")] | None
    fact_id: UUID | None


class ParticipationOut(_Out):
    """Attendance, mobility and steps reached beside each other; days lost to injuries in sport.

    `wellbeing`: the WHO-5 scores that the person agreed to show, and nothing while they do not.
    """

    case_id: UUID
    programmes: list[FollowedOut]
    mobility: list[MeasureOut]
    wellbeing: list[FeltOut]
    reached: list[ReachedOut]
    days_lost: int

    @classmethod
    def made(
        cls,
        case_id: UUID,
        followed: Iterable[Followed],
        measured: Iterable[Assessment],
        milestones: Iterable[Milestone],
        days_lost: int,
        felt: Iterable[Felt],
    ) -> Self:
        """All of it, from the records."""
        mobility = [
            MeasureOut(
                assessment_id=one.id,
                instrument_code=one.instrument_code,
                assessed_on=one.assessed_on,
                score=one.score,
                result=one.result,
            )
            for one in measured
            if one.instrument_code in progress.MOBILITY
        ]
        steps = {one.definition_code: one for one in milestones if one.reached_on}
        return cls(
            case_id=case_id,
            programmes=[FollowedOut.of(each) for each in followed],
            mobility=mobility,
            wellbeing=[FeltOut(on=each.on, score=each.score) for each in felt],
            reached=[ReachedOut.model_validate(steps[code]) for code in progress.MILESTONES if code in steps],
            days_lost=days_lost,
        )


def page(found: ParticipationOut, language: Language) -> str:
    """The same on paper, in the person's language: black on white, and no name on it."""
    word = {code: row.labels[language] for code, row in lists.load(WORDS).items()}
    style = "body{font:12pt serif}table{border-collapse:collapse}td,th{border:1px solid;padding:.3em .6em}"
    parts = [_programme(each, word, language) for each in found.programmes]
    measures = [
        (
            each.assessed_on.isoformat(),
            instruments()[each.instrument_code].title[language],
            _number(each.score),
        )
        for each in found.mobility
    ]
    steps = [
        (each.reached_on.isoformat(), definitions()[each.definition_code].labels[language])
        for each in found.reached
        if each.reached_on
    ]
    parts += [_table(word["mobility"], (word["day"], word["measure"], word["score"]), measures)]
    felt = [(each.on.isoformat(), _number(each.score)) for each in found.wellbeing]
    parts += [_table(word["wellbeing"], (word["day"], word["score"]), felt)]
    parts += [_table(word["reached"], (word["day"], word["step"]), steps)]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(word["title"])}'
        f"</title><style>{style}</style></head><body><h1>{escape(word['title'])}</h1>{''.join(parts)}</body></html>"
    )


def _programme(one: FollowedOut, word: Mapping[str, str], language: Language) -> str:
    lines = [(f"{month.begins:%Y-%m}", str(month.attended), str(month.noted)) for month in one.months]
    since = f"<p>{escape(word['regular_since'])}: {one.regular_since}</p>" if one.regular_since else ""
    kind = lists.label("programme_kind", one.kind_code, language)
    return _table(f"{one.name} ({kind})", (word["month"], word["attended"], word["noted"]), lines) + since


def _table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    if not lines:
        return ""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _number(score: float | None) -> str:
    return "?" if score is None else f"{score:g}"

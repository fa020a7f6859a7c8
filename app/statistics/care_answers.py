"""Questions to a year of care: any dimensions and filters that one of its released tables knows together.

Tables of a year count different things, so a question says what it counts; two of them are never mixed.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.given import Given
from app.core.shown import Shown
from app.statistics import display, wording
from app.statistics.artefact import Released
from app.statistics.cube import Answer, Cell, Cube, Question
from app.statistics.errors import NotInRelease
from app.statistics.schemas import Codes
from app.statistics.tables import Plan
from app.statistics.yearbook import CareFigure

CareDimension = Literal["pillar", "need", "wait", "result", "programme", "presence", "stayed", "person"]
Counted = Literal["services", "needs", "waits", "milestones", "presence", "retention", "reached", "sessions"]


class CareFilters(Given):
    """Only with one of these codes; a dimension that is left out lets all of its codes through."""

    pillar: Codes | None = None
    need: Codes | None = None
    wait: Codes | None = None
    result: Codes | None = None
    programme: Codes | None = None
    presence: Codes | None = None
    stayed: Codes | None = None
    person: Codes | None = None


class AskCare(Given):
    """What is counted of a year, by these dimensions, over these codes. Order makes no difference."""

    year: Annotated[int, Field(ge=1900, le=2999)]
    counts: Counted
    dimensions: Annotated[list[CareDimension], Field(max_length=20)] = []
    filters: CareFilters = CareFilters()

    def question(self) -> Question:
        """The same, as the cube is asked."""
        return Question(list(self.dimensions), self.filters.model_dump(exclude_none=True))


class CareAnswer(Shown):
    """A row for every combination of public codes, in public order, from one released table.

    `percent` is the share of `total`, where that is steady. Where one person may stand in several lanes,
    rows do not add up to people, and there is neither. `invented`: of the demo's people, as `note` says.
    """

    year: int
    counts: str
    dimensions: list[str]
    filters: dict[str, list[str]]
    table: str
    most_lanes: int
    rows: list[CareFigure]
    total: CareFigure | None
    sentence: str
    note: str
    invented: bool
    display_limit: int
    confidence: float
    release_id: UUID
    sha256: str


def answered(released: Released, sha256: str, asked: AskCare, language: str) -> CareAnswer:
    """The answer from one year; NotInRelease where no table of it has these dimensions together."""
    part = _counting(released, asked.counts)
    answer = Cube([part]).answer(asked.question())
    most = part.plan.tables[0].most
    names, year = answer.question.dimensions, released.plan.cohort.last_day.year
    return CareAnswer(
        year=year,
        counts=asked.counts,
        dimensions=list(names),
        filters={name: list(codes) for name, codes in answer.question.filters.items()},
        table=answer.table,
        most_lanes=most,
        rows=[
            _figure(dict(zip(names, cell.codes, strict=True)), cell, most, language) for cell in answer.cells
        ],
        total=_figure({}, answer.total, most, language) if most == 1 else None,
        sentence=_sentence(answer, year, language),
        note=wording.note(language, invented=released.invented),
        invented=released.invented,
        display_limit=display.DISPLAY_LIMIT,
        confidence=display.CONFIDENCE,
        release_id=UUID(released.release_id),
        sha256=sha256,
    )


def _counting(released: Released, counts: str) -> Released:
    """The tables that count one thing, as a release of their own: they share no margin with the others."""
    whole = released.plan
    tables = tuple(table for table in whole.tables if table.counts == counts)
    if not tables:  # a year that was released before this was counted
        raise NotInRelease(available=[])
    cells = [cell for table in tables for cell in released.cells[whole.slices()[table.name]]]
    return Released(released.release_id, Plan(whole.cohort, whole.dimensions, tables), tuple(cells))


def _figure(codes: dict[str, str], cell: Cell, most: int, language: str) -> CareFigure:
    value = cell.value or 0
    share: tuple[Any, Any] = (cell.percent, cell.percent_half_width) if most == 1 else (None, None)
    return CareFigure(
        codes=codes,
        labels={name: wording.label(name, code, language) for name, code in codes.items()},
        value=value if value >= display.DISPLAY_LIMIT else None,
        shown=display.shown(value),
        half_width=cell.half_width,
        percent=share[0],
        percent_half_width=share[1],
    )


def _sentence(answer: Answer, year: int, language: str) -> str:
    """What is counted, by what, and over which codes."""
    parts = [wording.word(f"bulletin_{answer.table}", language).format(year=year, before=year - 1)]
    if answer.question.dimensions:
        names = ", ".join(wording.word(name, language) for name in answer.question.dimensions)
        parts.append(wording.word("by", language).format(names=names))
    for name, codes in answer.question.filters.items():
        said = ", ".join(wording.label(name, code, language) for code in codes)
        parts.append(wording.word("only", language).format(name=wording.word(name, language), codes=said))
    return "".join([*parts, wording.word("small", language).format(limit=display.DISPLAY_LIMIT)])

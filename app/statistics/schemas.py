"""What is asked of statistics, and what is answered."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.codelists.lists import coded
from app.core.given import Day, Given
from app.core.shown import Shown
from app.statistics import artefact, estimates, rules, wording
from app.statistics.canonical import canonical
from app.statistics.cube import Answer, Cell, Cube, Question
from app.statistics.display import CONFIDENCE, DISPLAY_LIMIT
from app.statistics.models import Artefact, Release
from app.statistics.population import population
from app.statistics.queries import Published
from app.statistics.states import RELEASE, Action, Kind, Status
from app.statistics.tables import FILES

DimensionName = Literal["region", "district", "sex", "age", "victim_type", "year"]
Code = Annotated[str, Field(max_length=40, pattern="^[a-z0-9_]+$")]
Codes = Annotated[list[Code], Field(min_length=1, max_length=500)]
AsPairs: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
KEPT = 128  # answers; the largest, of 1,200 cells, has some 200 kB


class Filters(Given):
    """Only files with one of these codes; a dimension that is left out lets all of its codes through."""

    region: Codes | None = None
    district: Codes | None = None
    sex: Codes | None = None
    age: Codes | None = None
    victim_type: Codes | None = None
    year: Codes | None = None


class AskStatistics(Given):
    """Figures by these dimensions, over these codes. Spelling and order make no difference to the answer."""

    dimensions: Annotated[list[DimensionName], Field(max_length=20)] = []
    filters: Filters = Filters()

    def question(self) -> Question:
        """The same, as the cube is asked."""
        return Question(list(self.dimensions), self.filters.model_dump(exclude_none=True))


class Figure(Shown):
    """One figure with the half width of its 95% interval, in people.

    `value` is empty below the display limit (`<10`: too small to measure, which includes none; not zero) and
    where there can be no such file (`-`). `percent` is the share of `total`, where that is steady.
    `per_100000` is the rate among the people of `population`, where a public figure says how many those are.
    """

    codes: dict[str, str]
    value: int | None
    shown: str
    half_width: float | None
    percent: float | None
    percent_half_width: float | None
    per_100000: float | None
    per_100000_half_width: float | None


class PopulationOut(Shown):
    """The public figures that rates are of: never a count of our own."""

    source: str
    as_of: date


class ReleaseRef(Shown):
    """A release that figures are taken from."""

    id: UUID
    cohort: str
    sha256: str


class StatisticsAnswer(Shown):
    """A table of protected figures, a row for every combination of public codes, in public order.

    `invented`: the people are those of the demo, and so is every figure; `note` says it in words.
    """

    dimensions: list[str]
    filters: dict[str, list[str]]
    table: str
    rows: list[Figure]
    total: Figure
    sentence: str
    note: str
    invented: bool
    display_limit: int
    confidence: float
    population: PopulationOut
    releases: list[ReleaseRef]


class CodeOut(Shown):
    """A code with its label, and the code of the coarser dimension that it lies in."""

    code: str
    label: str
    parent: str | None


class DimensionOut(Shown):
    """A dimension with its public codes, in public order."""

    name: str
    label: str
    within: str | None
    codes: list[CodeOut]


class Dimensions(Shown):
    """What can be asked: the dimensions, and which of them together (any part of one of the lists)."""

    dimensions: list[DimensionOut]
    available: list[list[str]]


class ReleaseOut(Shown):
    """A release: what it is about, when it was counted, its tables, its fingerprint.

    A superseded one has been counted anew since, in `superseded_by_id`; questions are answered from that.
    """

    model_config = ConfigDict(extra="ignore")

    id: UUID
    kind: Kind
    status: Status
    cohort: str
    first_day: date | None
    last_day: date
    superseded_by_id: UUID | None
    snapshot_at: datetime
    published_at: datetime
    config_sha256: str
    sha256: str
    tables: list[str]


def drafted(kind: Kind) -> Kind:
    """A kind that is drafted; a question is asked and approved, and needs no draft."""
    if kind is Kind.REQUEST:
        raise PydanticCustomError("not_drafted", "Not a kind that is drafted")
    return kind


class DraftRelease(Given):
    """What to count next: the registrations since the last release, up to a day.

    Or the quarter, the year of care or, as a rebase, all that was released, which end on this day.
    `expected_files`: how many public sources lead us to expect, never a count of our own.
    """

    kind: Annotated[Kind, AfterValidator(drafted)] = Kind.REGISTRATIONS
    last_day: Day
    expected_files: Annotated[int, Field(ge=1, le=10_000_000)] | None = None


class WithdrawRelease(Given):
    """Why it is taken back."""

    reason_code: Annotated[str, coded("release_withdrawal")]


class PreparationOut(Shown):
    """A release on its way, for who prepares and checks it."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    version: int
    kind: Kind
    cohort: str
    last_day: date
    expected_files: int
    status: Status
    publication_on: date
    created_by_id: UUID | None
    snapshot_at: datetime | None
    sha256: str | None
    checked_by_id: UUID | None
    checked_at: datetime | None
    published_by_id: UUID | None
    published_at: datetime | None
    superseded_at: datetime | None
    superseded_by_id: UUID | None
    withdrawn_at: datetime | None
    withdrawal_reason_code: str | None
    open_actions: list[str]


class ProofTable(Shown):
    """One table as it will be published: signed cells in public order, with their half widths."""

    name: str
    sha256: str
    total: int
    cells: list[int]
    half_widths: list[float]


class ProofOut(Shown):
    """What the second person looks at: figures that are protected already, and whether they are in order."""

    release: PreparationOut
    adds_up: bool
    fingerprint_holds: bool
    tables: list[ProofTable]
    metadata: dict[str, Any]


class Written(NamedTuple):
    """An answer as it is sent, and its fingerprint."""

    body: bytes
    sha256: str


def answered(cube: Cube, asked: Question, refs: Sequence[Published], language: str) -> Written:
    """A `StatisticsAnswer` as bytes, the same for every spelling of the question in one language.

    NotInRelease, Invalid: as `Cube.answer`.
    """
    question = cube.understood(asked)
    return _written(cube, question.dimensions, tuple(question.filters.items()), tuple(refs), language)


@lru_cache(maxsize=KEPT)
def _written(
    cube: Cube, dimensions: tuple[str, ...], filters: AsPairs, refs: tuple[Published, ...], language: str
) -> Written:
    """Worked out once and kept: what was released never changes, so neither does what it answers."""
    answer, people = cube.answer(Question(dimensions, dict(filters))), population()
    body = canonical(
        {
            "dimensions": dimensions,
            "filters": dict(filters),
            "table": answer.table,
            "rows": [_figure(answer, dimensions, cell) for cell in answer.cells],
            "total": _figure(answer, (), answer.total),
            "sentence": wording.sentence(cube, answer, language),
            "note": wording.note(language, invented=cube.invented),
            "invented": cube.invented,
            "display_limit": DISPLAY_LIMIT,
            "confidence": CONFIDENCE,
            "population": {"source": people.source, "as_of": people.as_of.isoformat()},
            "releases": [{"id": str(r.id), "cohort": r.cohort, "sha256": r.sha256} for r in refs],
        }
    )
    return Written(body, sha256(body).hexdigest())


def _figure(answer: Answer, names: Sequence[str], cell: Cell) -> dict[str, Any]:
    """A figure as everybody may see it."""
    possible = cell.value is not None
    codes = dict(zip(names, cell.codes, strict=True))
    rate = estimates.rate(cell.value, cell.half_width, population().of(answer.question, codes))
    return {
        "codes": codes,
        "value": cell.value if possible and (cell.value or 0) >= DISPLAY_LIMIT else None,
        "shown": cell.shown,
        "half_width": cell.half_width if possible else None,
        "percent": cell.percent,
        "percent_half_width": cell.percent_half_width,
        "per_100000": rate.value,
        "per_100000_half_width": rate.half_width,
    }


def dimensions_out(cube: Cube, language: str) -> Dimensions:
    """The public lists, with labels in this language."""
    return Dimensions(
        dimensions=[
            DimensionOut(
                name=d.name,
                label=wording.word(d.name, language),
                within=d.within or None,
                codes=[
                    CodeOut(code=code, label=wording.label(d.name, code, language), parent=parent)
                    for code, parent in zip(d.codes, d.parents or (None,) * len(d.codes), strict=True)
                ],
            )
            for d in cube.dimensions
        ],
        available=[cube.knows(table) for table in cube.tables],
    )


def release_out(release: Release, names: list[str]) -> ReleaseOut:
    """A release with the names of its tables."""
    return ReleaseOut.model_validate({**release.model_dump(), "tables": names})


def preparation(actor: Actor, release: Release) -> PreparationOut:
    """A release on its way, with what this person may do to it now."""
    actions = [
        action
        for action in RELEASE.open(release.status, rules.parties(actor))
        if rules.may_act(release, actor, Action(action))
    ]
    return PreparationOut.model_validate({**release.model_dump(), "open_actions": actions})


async def show(_: AsyncSession, actor: Actor, release: Release) -> PreparationOut:
    """The answer to every move."""
    return preparation(actor, release)


def proof(actor: Actor, release: Release, parts: Sequence[Artefact]) -> ProofOut:
    """What was drawn, with the two judgements a machine can make of it."""
    documents = [(part, json.loads(part.body)) for part in parts]
    tables = [
        ProofTable(
            name=part.name,
            sha256=part.sha256,
            total=sum(document["cells"]),
            cells=document["cells"],
            half_widths=document["half_widths"],
        )
        for part, document in documents
    ]
    bodies = [artefact.Artefact(part.name, part.body.encode()) for part in parts]
    return ProofOut(
        release=preparation(actor, release),
        adds_up=_add_up(documents),
        fingerprint_holds=not parts or artefact.fingerprint(bodies) == release.sha256,
        tables=tables,
        metadata=documents[0][1]["metadata"] if documents else {},
    )


def _add_up(documents: Sequence[tuple[Artefact, dict[str, Any]]]) -> bool:
    """Whether all tables that count the same have the same total."""
    totals: dict[str, set[int]] = {}
    for part, document in documents:
        described = document["metadata"]["configuration"]["tables"]
        counts = next((one.get("counts", FILES) for one in described if one["name"] == part.name), FILES)
        totals.setdefault(counts, set()).add(sum(document["cells"]))
    return all(len(each) == 1 for each in totals.values())

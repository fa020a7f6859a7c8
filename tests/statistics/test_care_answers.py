"""Questions to a year of care: any part of one of its tables, with the margin of its cells together."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.errors import Invalid
from app.statistics import care, care_answers, disclosure, display, jobs, tables
from app.statistics.artefact import Released
from app.statistics.care_answers import AskCare
from app.statistics.consistency import agreement
from app.statistics.errors import NotInRelease
from app.statistics.states import Kind
from tests.conftest import web
from tests.factories import Town, signed
from tests.statistics.files import Files
from tests.statistics.publishing import approve, publish

YEAR = date(2025, 12, 31)
PLAN = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 3400))
COUNTS = dict.fromkeys(table.counts for table in PLAN.tables)
DICE = np.random.default_rng(11)
TRUE = DICE.integers(0, 400, sum(map(PLAN.size, PLAN.tables)))
RELEASED = Released(
    "01900000-0000-7000-8000-000000000000", PLAN, tuple(disclosure.protect(PLAN, TRUE).tolist())
)


def ask(counts: str, *dimensions: str, **filters: list[str]) -> Any:
    asked = AskCare.model_validate(
        {"year": 2025, "counts": counts, "dimensions": list(dimensions), "filters": filters}
    )
    return care_answers.answered(RELEASED, "x", asked, "en")


@pytest.mark.parametrize("counts", COUNTS)
def test_every_part_of_a_table_is_the_sum_of_its_cells_with_their_margin(counts: str) -> None:
    """By hand: sums of cells, and the covariance of the whole release."""
    table = [one for one in PLAN.tables if one.counts == counts][-1]
    here, cells = PLAN.slices()[table.name], list(PLAN.cells(table))
    covariance = agreement(PLAN).covariance[here, here]
    for names in (p for n in range(len(table.dimensions) + 1) for p in combinations(table.dimensions, n)):
        answer = ask(counts, *names)

        for row in answer.rows:
            kept = np.array(
                [
                    all(dict(zip(table.dimensions, c, strict=True))[n] == row.codes[n] for n in names)
                    for c in cells
                ]
            )
            value = int(np.array(RELEASED.cells[here])[kept].sum())
            assert row.shown == display.shown(value)
            assert row.half_width == display.half_width(float(kept @ covariance @ kept))
        assert (answer.total is None) == (table.most > 1)


def test_one_question_has_one_answer_however_it_is_spelled() -> None:
    kinds = ["sport", "peer_support", "sport"]
    every = [
        ask("presence", *names, programme=list(codes))
        for names in (("programme", "presence"), ("presence", "programme", "presence"))
        for codes in permutations(kinds)
    ]

    assert len({one.model_dump_json() for one in every}) == 1
    assert every[0].filters == {"programme": ["sport", "peer_support"]}
    assert ask("needs", "need", pillar=list(PLAN.dimension("pillar").codes)) == ask("needs", "need")


def test_a_filter_that_joins_codes_adds_them_and_says_so() -> None:
    stayed = ask("retention", programme=["sport"], stayed=["m6_11", "m12_plus"])
    each = ask("retention", "stayed", programme=["sport"])

    assert stayed.total.value == sum(
        row.value or 0 for row in each.rows if row.codes["stayed"] in ("m6_11", "m12_plus")
    )
    assert "6 to 11 months" in stayed.sentence
    assert "2024" in stayed.sentence
    assert sum(row.percent or 0 for row in each.rows) == pytest.approx(100, abs=0.3)


@pytest.mark.parametrize(
    ("counts", "dimensions"),
    [
        ("services", ["need"]),
        ("needs", ["pillar", "result"]),
        ("reached", ["programme"]),
        ("waits", ["pillar"]),
    ],
)
def test_what_no_table_holds_together_is_refused_with_what_there_is(
    counts: str, dimensions: list[str]
) -> None:
    with pytest.raises(NotInRelease) as refused:
        ask(counts, *dimensions)

    assert refused.value.facts["available"]


def test_an_unknown_code_and_a_year_that_never_counted_it_are_refused() -> None:
    with pytest.raises(Invalid):
        ask("services", pillar=["nowhere"])
    before = replace(PLAN, tables=care.CARE)
    old = Released(RELEASED.release_id, before, RELEASED.cells[: sum(map(before.size, before.tables))])
    with pytest.raises(NotInRelease):
        care_answers.answered(old, "x", AskCare(year=2025, counts="reached"), "en")


@pytest.fixture(scope="module")
async def released(town: Town, owner: AsyncEngine) -> AsyncIterator[Files]:
    files = Files(town, owner)
    await files.add(60)
    await publish(owner, YEAR)
    made = await jobs.make(owner, Kind.CARE, YEAR)
    await approve(owner, made.release_id)
    yield files
    await files.clear()


@pytest.fixture(scope="module")
async def service(login: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(login) as client:
        yield client


async def test_over_http_a_question_is_answered_from_its_year_and_one_more_file_changes_no_byte(
    service: AsyncClient, released: Files
) -> None:
    async def post(**body: Any) -> Response:
        who = signed(released.town.analyst)
        return await service.post("/statistics/care/query", json=body, headers=who)

    asked = {"year": 2025, "counts": "waits", "dimensions": ["wait"]}
    first = await post(**asked)
    await released.add(1)
    second, refused = await post(**asked), await post(**asked | {"dimensions": ["pillar"]})
    other, odd = await post(**asked | {"year": 2024}), await post(**asked | {"counts": "people"})

    none = next(row for row in first.json()["rows"] if row["codes"] == {"wait": "none"})
    assert abs(none["value"] - 60) <= 4 * none["half_width"]
    assert first.content == second.content
    assert (refused.status_code, refused.json()["available"]) == (409, [["wait"]])
    assert (other.status_code, other.json()["code"]) == (409, "nothing-released")
    assert odd.status_code == 422
    assert "people" not in odd.text

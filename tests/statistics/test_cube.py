import json
import random
from datetime import date
from itertools import product

import numpy as np
import pytest

from app.core.errors import Invalid
from app.statistics.artefact import fingerprint, released
from app.statistics.consistency import agreement
from app.statistics.cube import Answer, Cube, Question
from app.statistics.disclosure import protect
from app.statistics.errors import NothingReleased, NotInRelease
from app.statistics.metadata import Occasion, artefacts
from app.statistics.tables import Cohort, Dimension, Plan
from tests.statistics.register import LARGE, SMALL, Person, people, release, true_counts

OCCASION = Occasion("0199", "2026-01-30T00:00:00Z", "2026-02-28T00:00:00Z", 0.25, 1.25)


@pytest.fixture(scope="module")
def cube() -> Cube:
    return Cube([release(LARGE, people(LARGE, 3427, 1))])


def values(answer: Answer) -> dict[tuple[str, ...], int | None]:
    return {cell.codes: cell.value for cell in answer.cells}


def test_every_answer_is_a_sum_of_released_cells(cube: Cube) -> None:
    one = cube.releases[0]
    cells = np.array(one.cells)[LARGE.slices()["region_sex"]].reshape(15, 3)

    answer = cube.answer(Question(["sex"], {"region": ["r0", "r2"]}))

    assert list(values(answer).values()) == (cells[0] + cells[2]).tolist()
    assert answer.total.value == int((cells[0] + cells[2]).sum())


def test_without_dimensions_the_answer_is_the_national_total(cube: Cube) -> None:
    answer = cube.answer(Question())

    assert [cell.value for cell in answer.cells] == [cube.releases[0].cells[0]] == [answer.total.value]
    assert answer.cells[0].half_width == pytest.approx(7.3, abs=1.0)
    assert answer.cells[0].percent is None


def test_two_thousand_respellings_get_one_answer(cube: Cube) -> None:
    """D9."""
    dice = random.Random(5)
    regions, sexes = ["r0", "r3", "r7"], list(LARGE.dimension("sex").codes)
    answers = set()

    for _ in range(2000):
        dimensions = [*dice.choices(["region", "victim_type"], k=2), "region", "victim_type"]
        filters = {"region": dice.choices(regions, k=4) + regions, "age": list(LARGE.dimension("age").codes)}
        if dice.random() < 0.5:
            filters["sex"] = dice.sample(sexes, len(sexes))
        for every in filters.values():
            dice.shuffle(every)
        order = dict(dice.sample(list(filters.items()), len(filters)))
        answers.add(repr(cube.answer(Question(dice.sample(dimensions, 4), order))))

    assert len(answers) == 1


def test_the_shape_is_the_full_product_of_the_public_lists_whatever_was_counted() -> None:
    """D12."""
    empty, full = (Cube([release(SMALL, people(SMALL, n, 1))]) for n in (0, 500))
    asked = Question(["victim_type", "region"])

    shapes = [[cell.codes for cell in one.answer(asked).cells] for one in (empty, full)]

    lists = [SMALL.dimension(name).codes for name in ("region", "victim_type")]
    assert shapes[0] == shapes[1] == list(product(*lists))
    assert all(cell.value is not None for cell in empty.answer(asked).cells)


def test_a_district_outside_its_region_is_impossible_and_not_a_count(cube: Cube) -> None:
    answer = cube.answer(Question(["district", "region"]))

    shown = {cell.codes: cell.shown for cell in answer.cells}
    assert len(shown) == 15 * 80
    assert shown["r1", "d0"] == "-" != shown["r0", "d0"]
    assert sum(text != "-" for text in shown.values()) == 80


def test_margins_are_equal_whichever_table_they_come_from(cube: Cube) -> None:
    by_table = {}
    for table in cube.tables:
        other = Cube([cube.releases[0]])
        other.__dict__["tables"] = (table,)
        known = set(other.knows(table))
        if "region" in known:
            by_table[table.name] = values(other.answer(Question(["region"])))

    assert len(by_table) == 5
    assert len({tuple(one.values()) for one in by_table.values()}) == 1


def test_a_question_over_no_single_table_is_told_what_can_be_asked(cube: Cube) -> None:
    with pytest.raises(NotInRelease) as refusal:
        cube.answer(Question(["region", "sex", "age"]))

    assert ["region", "sex"] in refusal.value.facts["available"]
    assert ["region", "district"] in refusal.value.facts["available"]
    assert refusal.value.status == 409


def test_a_filter_counts_as_much_as_a_dimension(cube: Cube) -> None:
    with pytest.raises(NotInRelease):
        cube.answer(Question(["region"], {"sex": ["female"], "age": ["0_5"]}))
    with pytest.raises(NotInRelease):
        cube.answer(Question([], {"district": ["d1"], "sex": ["female"]}))


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        (Question(["name"]), "/dimensions/0"),
        (Question(["sex", "Sex"]), "/dimensions/1"),
        (Question([], {"sex": []}), "/filters/sex"),
        (Question([], {"sex": ["male", "x"]}), "/filters/sex/1"),
        (Question([], {"surname": ["x"]}), "/filters/0"),
    ],
)
def test_what_is_in_no_public_list_is_refused_without_an_echo(
    cube: Cube, question: Question, pointer: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        cube.answer(question)

    assert [error["pointer"] for error in refusal.value.facts["errors"]] == [pointer]
    assert "surname" not in str(refusal.value.document())


def test_half_widths_are_the_standard_error_of_the_sum(cube: Cube) -> None:
    plan = cube.releases[0].plan
    at = plan.slices()["region_type"]
    pick = np.zeros(sum(map(plan.size, plan.tables)))
    pick[at.start + 0] = pick[at.start + 4] = 1  # the first type in r0 and in r1
    variance = pick @ agreement(plan).covariance @ pick

    answer = cube.answer(Question([], {"region": ["r0", "r1"], "victim_type": ["direct_survivor"]}))

    assert answer.total.half_width == pytest.approx(1.96 * variance**0.5 + 0.5, abs=0.1)


def test_percentages_are_told_only_where_they_are_steady(cube: Cube) -> None:
    regions = cube.answer(Question(["region"])).cells
    few = cube.answer(Question(["sex"], {"region": ["unknown"]})).cells  # nobody: noise alone

    large = max(regions, key=lambda cell: cell.value or 0)
    assert large.percent is not None
    assert large.percent_half_width is not None
    assert large.percent_half_width <= 15
    assert all(cell.percent is None for cell in few)
    assert all(cell.percent is None for cell in regions if cell.shown == "<10")


def test_a_percentage_that_would_swing_too_far_is_not_told() -> None:
    even: list[Person] = [("d0", sex, "18_59", "direct_survivor", 2020) for sex in ("male", "female")] * 14
    cells = [cell for _ in range(8) for cell in Cube([release(SMALL, even)]).answer(Question(["sex"])).cells]

    told = [cell for cell in cells if cell.percent is not None]
    assert all((cell.percent_half_width or 99) <= 15 for cell in told)
    assert any(cell.percent is None and cell.shown != "<10" for cell in cells)


def test_a_percentage_takes_into_account_that_the_part_is_in_the_whole(cube: Cube) -> None:
    only = cube.answer(Question(["region"], {"region": [cube_large(cube)]})).cells[0]

    assert (only.percent, only.percent_half_width) == (100.0, 0.0)


def cube_large(cube: Cube) -> str:
    cells = cube.answer(Question(["region"])).cells
    return max(cells, key=lambda cell: cell.value or 0).codes[0]


def later(year: int, plan: Plan = SMALL, extra: str = "") -> Plan:
    dimensions = {d.name: d for d in plan.dimensions}
    dimensions["year"] = Dimension("year", (str(year),))
    if extra:
        old = dimensions["district"]
        dimensions["district"] = Dimension("district", (extra, *old.codes), "region", ("r0", *old.parents))
    return Plan(Cohort(date(year, 1, 1), date(year, 12, 31), 90), tuple(dimensions.values()), plan.tables)


def test_cumulative_figures_are_sums_of_cohort_releases_with_a_wider_margin() -> None:
    register = people(SMALL, 400, 2)
    first = release(SMALL, register, "first")
    second = release(later(2026), [(*p[:4], 2026) for p in register[:60]], "second")
    both, one = Cube([second, first]), Cube([first])

    total, alone = both.answer(Question()).total, one.answer(Question()).total

    assert total.value == first.cells[0] + second.cells[0]
    assert total.half_width > alone.half_width
    assert list(values(both.answer(Question(["year"])))) == [(y,) for y in (*SMALL.cohort.years, "2026")]
    assert values(both.answer(Question(["year"], {"year": ["2026"]})))[("2026",)] == second.cells[0]
    assert sum(v or 0 for v in values(both.answer(Question(["region"]))).values()) == total.value


def test_a_code_that_only_one_release_knows_is_counted_from_there() -> None:
    first = release(SMALL, people(SMALL, 400, 2))
    grown = later(2026, extra="dx")
    second = release(grown, [("dx", "male", "0_5", "direct_survivor", 2026)] * 50, "second")

    answer = Cube([first, second]).answer(Question(["district"]))

    at = grown.slices()["district"].start
    assert values(answer)[("dx",)] == second.cells[at]
    assert answer.cells[0].codes == ("dx",)
    assert values(answer)[("d0",)] == first.cells[at_district(SMALL)] + second.cells[at + 1]


def at_district(plan: Plan) -> int:
    return int(plan.slices()["district"].start)


def test_without_a_release_there_is_nothing_to_ask() -> None:
    with pytest.raises(NothingReleased):
        Cube([])


def test_an_artefact_says_all_that_is_needed_to_read_it_and_reads_back() -> None:
    cells = protect(SMALL, true_counts(SMALL, people(SMALL, 300, 1)))

    parts = artefacts(SMALL, cells, OCCASION)

    back = released({part.name: part.body for part in parts})
    metadata = json.loads(parts[1].body)["metadata"]
    assert back.plan == SMALL
    assert back.cells == tuple(cells.tolist())
    assert (metadata["sigma"], metadata["rho"], metadata["table_rho"]) == (4.0, 0.25, 0.03125)
    assert metadata["mu"] == pytest.approx(0.7071, abs=1e-4)
    assert metadata["epsilon"] == pytest.approx(3.54, abs=0.01)
    assert metadata["configuration_sha256"] == SMALL.sha256
    assert metadata["library"].startswith("opendp 0.16")
    assert "not evidence of change" in metadata["note"]


def test_the_same_cells_are_the_same_bytes_and_other_cells_are_others() -> None:
    cells = protect(SMALL, true_counts(SMALL, people(SMALL, 300, 1)))
    other = cells.copy()
    other[0] += 1

    first, again, changed = (artefacts(SMALL, c, OCCASION) for c in (cells, cells.copy(), other))

    assert [part.body for part in first] == [part.body for part in again]
    assert fingerprint(first) == fingerprint(again[::-1]) != fingerprint(changed)


def test_no_document_holds_a_true_count() -> None:
    """Everything in a document is either the plan's, the occasion's, or a noisy cell."""
    cells = protect(SMALL, true_counts(SMALL, people(SMALL, 300, 1)))
    elsewhere = protect(SMALL, true_counts(SMALL, people(SMALL, 7, 9)))

    documents = [[json.loads(p.body) for p in artefacts(SMALL, c, OCCASION)] for c in (cells, elsewhere)]

    for one, other in zip(*documents, strict=True):
        del one["cells"], other["cells"]
        assert one == other

"""The attackers against the design, against what others run, and against the design broken on purpose.

OpenDP cannot be seeded, so limits are three standard errors wide and one repetition is allowed; both results
are logged. Short forms run always, long ones with `make drill`.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from app.statistics import disclosure
from app.statistics.cube import Cube
from app.statistics.tables import Plan
from tests.statistics import attacks
from tests.statistics.attacks import Cell, Filters, Membership, Query, Table
from tests.statistics.register import (
    LARGE,
    LAST_YEAR,
    SMALL,
    TINY,
    Person,
    cell_of,
    lists_of,
    people,
    region_of,
    release,
)
from tests.statistics.variants import BROKEN, Design, Naive, asking, exact, ours

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Effort:
    """How much an attacker spends: registers, random paddings, fresh releases."""

    registers: int
    paddings: int
    membership: int
    newcomers: int
    attributes: int


SHORT = Effort(registers=8, paddings=4, membership=200, newcomers=150, attributes=200)
LONG = Effort(registers=20, paddings=40, membership=4000, newcomers=4000, attributes=4000)


@pytest.fixture(
    params=[pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.drill)]
)
def effort(request: pytest.FixtureRequest) -> Effort:
    """The short form always, the long one with `make drill`."""
    chosen: Effort = request.param
    return chosen


TARGET: Person = ("d1", "female", "18_plus", "direct_survivor", LAST_YEAR)
ASKED = [table.dimensions for table in TINY.tables]
BOUND = disclosure.cost(TINY)
MARGIN = 0.05


def holds(measure: Callable[[], tuple[float, float]]) -> bool:
    """Whether a figure stays within its limit, at the first or at the second try."""
    for _ in range(2):
        value, limit = measure()
        log.warning("%.3f against %.3f", value, limit)
        if value <= limit:
            return True
    return False


def small_cells(register: list[Person]) -> Iterator[tuple[Cell, int]]:
    """The groups by region and another attribute with one to four files, and how many there are."""
    for other in ("victim_type", "age"):
        table = Naive(LARGE, register, limit=1)({}, ("region", other))
        for (region, code), count in table.items():
            if count is not None and attacks.SMALLEST <= count <= attacks.LARGEST:
                yield {"region": region, other: code}, int(count)


def recovery(design: Design, attack: str, effort: Effort) -> tuple[float, float]:
    """The share of small cells got exactly right, and that of the best guess without any data."""
    registers = [people(LARGE, 1200, seed) for seed in range(effort.registers)]
    services = [design(LARGE, register, None) for register in registers]
    cells = [
        (query, cell, truth)
        for query, register in zip(services, registers, strict=True)
        for cell, truth in small_cells(register)
    ]
    sizes = [truth for _, _, truth in cells]
    blind = max(set(sizes), key=sizes.count)
    right = sum(
        attacks.guess(RECOVERY[attack](query, cell, effort.paddings), blind) == truth
        for query, cell, truth in cells
    )
    assert len(cells) > 60
    return right / len(cells), sizes.count(blind) / len(cells)


LISTS = lists_of(LARGE)
DICE = np.random.default_rng(11)
RECOVERY: dict[str, Callable[[Query, Cell, int], float | None]] = {
    "complement": lambda query, cell, _: attacks.complement(query, cell, LISTS),
    "tracker": lambda query, cell, tries: attacks.tracker(query, cell, LISTS, DICE, tries),
    "overlap": lambda query, cell, _: attacks.overlap(query, cell, LISTS),
    "averaging": lambda query, cell, tries: attacks.averaging(query, cell, LISTS, DICE, tries),
}


@pytest.mark.parametrize("name", RECOVERY)
def test_no_small_cell_is_recovered_better_than_by_guessing(name: str, effort: Effort) -> None:
    """D7."""

    def measure() -> tuple[float, float]:
        success, blind = recovery(ours, name, effort)
        return success, blind + MARGIN

    assert holds(measure)


@pytest.mark.parametrize(("name", "least"), [("complement", 0.95), ("tracker", 0.95), ("overlap", 0.4)])
def test_the_same_attacks_open_a_service_that_hides_small_counts(name: str, least: float) -> None:
    """D16."""
    success, blind = recovery(exact, name, SHORT)

    assert success >= max(least, blind + 2 * MARGIN)


def reconstructed(design: Design, registers: int) -> tuple[float, float]:
    """The share of small cells by region and victim type rebuilt exactly, and of the best blind guess."""
    names, right, sizes = ("region", "victim_type"), 0, []
    for seed in range(registers):
        register = people(LARGE, 1200, seed)
        found = attacks.reconstruction(design(LARGE, register, None), names, LISTS, DICE, 150)
        for cell, truth in small_cells(register):
            if set(cell) == set(names):
                sizes.append(truth)
                right += found[cell["region"], cell["victim_type"]] == truth
    assert len(sizes) > 60
    return right / len(sizes), max(sizes.count(n) for n in set(sizes)) / len(sizes)


def test_sums_over_random_subsets_rebuild_no_table(effort: Effort) -> None:
    """D8."""

    def measure() -> tuple[float, float]:
        success, blind = reconstructed(ours, effort.registers)
        return success, blind + MARGIN

    assert holds(measure)


def test_sums_over_random_subsets_rebuild_the_table_of_a_service_that_hides_small_counts() -> None:
    """D16."""
    assert reconstructed(exact, 8)[0] >= 0.95


def test_finer_tables_than_the_released_ones_do_not_exist() -> None:
    query = ours(LARGE, people(LARGE, 300, 1), None)

    assert attacks.refused(query, {}, ("district", "sex", "victim_type"))
    assert attacks.refused(query, {"sex": ["female"], "victim_type": ["direct_survivor"]}, ("year",))
    assert not attacks.refused(query, {}, ("district",))


def drilled(design: Design, registers: int = 8) -> tuple[float, float]:
    """True minus false positives of 'somebody is there', for cells of one and of none; standard error."""
    names = ("region", "age")
    yes: dict[int, list[bool]] = {0: [], 1: []}
    for seed in range(registers):
        register = people(LARGE, 900, seed)
        truth, query = Naive(LARGE, register, limit=1)({}, names), design(LARGE, register, None)
        for codes in product(LISTS["region"], LISTS["age"]):
            count = int(truth.get(codes) or 0)
            if count in yes:
                yes[count].append(attacks.presence(query, dict(zip(names, codes, strict=True))))
    hits, alarms = np.mean(yes[1]), np.mean(yes[0])
    error = np.sqrt(hits * (1 - hits) / len(yes[1]) + alarms * (1 - alarms) / len(yes[0]))
    return float(hits - alarms), float(error)


def test_drilling_down_shows_nobody_to_be_there_and_nobody_to_be_missing() -> None:
    def on_screen(plan: object, register: list[Person], more: Person | None) -> Query:
        return asking(Cube([release(LARGE, register)]), hide=True)

    def in_the_file() -> tuple[float, float]:
        found, error = drilled(ours)
        return found, BOUND.advantage + 3 * error

    assert drilled(on_screen)[0] == 0
    assert holds(in_the_file)
    assert drilled(exact)[0] >= 0.95  # D16


TINY_LISTS = lists_of(TINY)
NEWCOMERS = {
    "district": ("d0", "d1"),
    "sex": ("male", "female"),
    "age": ("0_17", "18_plus"),
    "victim_type": TINY_LISTS["victim_type"][:4],
    "year": TINY_LISTS["year"],
}


def somebody(dice: np.random.Generator) -> Person:
    """A newcomer, each combination as likely as any other."""
    one = {name: str(dice.choice(codes)) for name, codes in NEWCOMERS.items()}
    return one["district"], one["sex"], one["age"], one["victim_type"], int(one["year"])


def test_a_newcomer_alone_in_a_cohort_is_not_described_by_two_releases(effort: Effort) -> None:
    """D6: the Bayes-optimal reading of the later release; the earlier one is about others."""
    tries, dice = effort.newcomers, np.random.default_rng()
    before = 1 / np.prod([len(codes) for codes in NEWCOMERS.values()])
    bound = attacks.success_bound(float(before), BOUND.mu)

    def measure() -> tuple[float, float]:
        right = 0
        for _ in range(tries):
            one = somebody(dice)
            found = attacks.newcomer(None, ours(TINY, [], one), NEWCOMERS, region_of(TINY), ASKED)
            right += found == (*one[:4], str(one[4]))
        return right / tries, bound + 3 * (bound / tries) ** 0.5

    assert holds(measure)


def test_a_newcomer_is_described_by_two_cumulative_tables_of_a_service_that_hides_small_counts() -> None:
    """D16."""
    dice, register, right = np.random.default_rng(3), people(TINY, 250, 1), 0
    margins = [("district",), ("sex",), ("age",), ("victim_type",), ("year",)]
    old = attacks.uncovered(exact(TINY, register, None), TINY_LISTS)
    for _ in range(40):
        one = somebody(dice)
        new = attacks.uncovered(exact(TINY, register, one), TINY_LISTS)
        found = attacks.newcomer(attacks.remembered(old), new, NEWCOMERS, region_of(TINY), margins)
        right += found == (*one[:4], str(one[4]))

    assert right / 40 >= 0.95


def traces(design: Design, more: Person | None, tries: int) -> NDArray[np.float64]:
    """What tables show of the target to somebody who knows the 300 others, one row per fresh release."""
    register = people(TINY, 300, 5)
    others, target = attacks.remembered(Naive(TINY, register, limit=1)), cell_of(TINY, TARGET)
    rows = [attacks.traces(design(TINY, register, more), target, others, ASKED) for _ in range(tries)]
    return np.array(rows)


def told_apart(design: Design, tries: int, training: int = 0) -> Membership:
    """Worst-case membership of the target."""
    worlds = [traces(design, more, training + tries) for more in (TARGET, None)]
    return attacks.membership(worlds[0], worlds[1], training)


def test_who_knows_everybody_else_learns_no_more_than_the_bound(effort: Effort) -> None:
    """D3 and D4."""
    epsilons = []

    def measure() -> tuple[float, float]:
        found = told_apart(ours, effort.membership)
        epsilons.append(attacks.empirical_epsilon(found.inside, found.outside, disclosure.DELTA))
        return found.advantage, BOUND.advantage + 3 * found.error

    assert holds(measure)
    assert epsilons[-1] <= BOUND.epsilon


@pytest.mark.parametrize("name", ["sigma halved", "fresh noise every month", "two contributions per person"])
def test_the_suite_catches_noise_that_is_too_small(name: str) -> None:
    """D16: these mutations go beyond the bound that the design keeps; more is tried until that is certain."""
    worlds = [np.empty((0, len(ASKED))) for _ in range(2)]
    for more in (16, 60, 120, 200, 300, 450, 600):
        worlds = [
            np.concatenate([world, traces(BROKEN[name], person, more - len(world))])
            for world, person in zip(worlds, (TARGET, None), strict=True)
        ]
        found = attacks.membership(worlds[0], worlds[1])
        log.warning("%.3f against %.3f", found.advantage, BOUND.advantage + 3 * found.error)
        if found.advantage > BOUND.advantage + 3 * found.error:
            return
    pytest.fail("the mutation passed for the design")


def test_the_suite_catches_noise_that_is_always_the_same() -> None:
    """D16."""
    assert told_apart(BROKEN["noise keyed per table"], tries=40, training=20).advantage > 0.95


def test_the_suite_catches_a_table_without_noise() -> None:
    """D16, and D4 has teeth: the traces prove an epsilon above the published one."""
    found = told_apart(BROKEN["one table without noise"], tries=260, training=30)

    assert found.advantage > 0.95
    assert attacks.empirical_epsilon(found.inside, found.outside, disclosure.DELTA) > BOUND.epsilon


def test_the_suite_catches_a_service_that_counts_exactly() -> None:
    """D16."""

    def counting(plan: Plan, register: list[Person], more: Person | None) -> Query:
        return Naive(plan, [*register, more] if more else register, limit=1)

    assert told_apart(counting, tries=20).advantage >= 0.95


def test_the_victim_type_of_a_known_person_is_guessed_within_the_bound(effort: Effort) -> None:
    """D5: two of eight tables hold the attribute; a blind guess among four is right every fourth time."""
    tries, dice = effort.attributes, np.random.default_rng()
    register = people(TINY, 300, 6)
    others = attacks.remembered(Naive(TINY, register, limit=1))
    kinds = TINY_LISTS["victim_type"][:4]
    bound = attacks.success_bound(0.25, 2**0.5 / 4)

    def measure() -> tuple[float, float]:
        right = 0
        for kind in dice.choice(kinds, tries).tolist():
            one = (*TARGET[:3], str(kind), TARGET[4])
            target = {name: code for name, code in cell_of(TINY, one).items() if name != "victim_type"}
            query = ours(TINY, register, one)
            right += attacks.attribute(query, target, others, "victim_type", kinds, ASKED) == kind
        return right / tries, bound + max(0.025, 3 * (bound * (1 - bound) / tries) ** 0.5)

    assert bound == pytest.approx(0.374, abs=0.001)
    assert holds(measure)


def test_asking_again_in_other_words_brings_nothing_new() -> None:
    """D9, for an attacker: every spelling of one question has one answer."""
    query, cell = ours(SMALL, people(SMALL, 300, 1), None), {"region": "r1", "sex": "female"}
    seen: set[float | None] = set()

    def listening(filters: Filters, names: Sequence[str]) -> Table:
        table = query(filters, names)
        seen.update(table.values())
        return table

    attacks.averaging(listening, cell, lists_of(SMALL), DICE, 300)

    assert len(seen) == 1

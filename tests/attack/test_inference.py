"""The attackers against the design, against what others run, and against the design broken on purpose.

Short forms, in memory, run always; long ones, over HTTP against what the job released, with `make attack`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from app.statistics import disclosure
from app.statistics.cube import Cube
from app.statistics.tables import Plan
from tests.attack import attacks
from tests.attack.attacks import Cell, Membership, Query
from tests.attack.conftest import PROOF, SHORT, Effort, Field
from tests.attack.findings import Findings
from tests.attack.variants import BROKEN, Design, Naive, asking, in_memory, ours
from tests.statistics.register import (
    LARGE,
    LAST_YEAR,
    TINY,
    Person,
    cell_of,
    lists_of,
    people,
    region_of,
    release,
)

TARGET: Person = ("d1", "female", "18_59", "direct_survivor", LAST_YEAR)
ASKED = [table.dimensions for table in TINY.tables]
BOUND = disclosure.cost(TINY)
MARGIN = 0.05


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
def test_no_small_cell_is_recovered_better_than_by_guessing(
    name: str, battle: Field, found: Findings
) -> None:
    """D7."""

    def measure() -> tuple[float, float]:
        success, blind = recovery(ours(battle.publish), name, battle.effort)
        return success, blind + MARGIN

    assert found.holds("D7", f"{name}: cells of 1 to 4 got right", measure)


@pytest.mark.parametrize(("name", "least"), [("complement", 0.95), ("tracker", 0.95), ("overlap", 0.4)])
def test_the_same_attacks_open_a_service_that_hides_small_counts(
    name: str, least: float, battle: Field, found: Findings
) -> None:
    """D16."""
    success, blind = recovery(battle.exact, name, replace(SHORT, registers=8))

    found.note("D16", f"naive service, {name}: cells of 1 to 4 got right", success, f">= {least}")
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


def test_sums_over_random_subsets_rebuild_no_table(battle: Field, found: Findings) -> None:
    """D8."""

    def measure() -> tuple[float, float]:
        success, blind = reconstructed(ours(battle.publish), battle.effort.registers)
        return success, blind + MARGIN

    assert found.holds("D8", "region x victim type rebuilt", measure)


def test_sums_over_random_subsets_rebuild_the_table_of_a_service_that_hides_small_counts(
    battle: Field, found: Findings
) -> None:
    """D16."""
    success, _ = reconstructed(battle.exact, 8)

    found.note("D16", "naive service, random subsets: region x victim type rebuilt", success, ">= 0.95")
    assert success >= 0.95


def test_finer_tables_than_the_released_ones_do_not_exist() -> None:
    query = ours(in_memory)(LARGE, people(LARGE, 300, 1), None)

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


def test_drilling_down_shows_nobody_to_be_there_and_nobody_to_be_missing(
    battle: Field, found: Findings
) -> None:
    """D7, without any background: nobody is shown, and what the signed file tells is within the bound."""

    def on_screen(plan: object, register: list[Person], more: Person | None) -> Query:
        return asking(Cube([release(LARGE, register)]), hide=True)

    def in_the_file() -> tuple[float, float]:
        told, error = drilled(ours(battle.publish))
        return told, BOUND.advantage + 3 * error

    assert drilled(on_screen)[0] == 0
    assert found.holds("D7", "drill-down, in the signed file: one told from none", in_the_file)
    broken, _ = drilled(battle.exact)
    found.note("D16", "naive service, drill-down: one told from none", broken, ">= 0.95")
    assert broken >= 0.95


TINY_LISTS = lists_of(TINY)
NEWCOMERS = {
    "district": ("d0", "d1"),
    "sex": ("male", "female"),
    "age": ("12_17", "18_59"),
    "victim_type": TINY_LISTS["victim_type"][:4],
    "year": TINY_LISTS["year"],
}


def somebody(dice: np.random.Generator) -> Person:
    """A newcomer, each combination as likely as any other."""
    one = {name: str(dice.choice(codes)) for name, codes in NEWCOMERS.items()}
    return one["district"], one["sex"], one["age"], one["victim_type"], int(one["year"])


def test_a_newcomer_alone_in_a_cohort_is_not_described_by_two_releases(
    battle: Field, found: Findings
) -> None:
    """D6: the Bayes-optimal reading of the later release; the earlier one is about others."""
    tries, dice, design = battle.effort.newcomers, np.random.default_rng(), ours(battle.publish)
    before = 1 / np.prod([len(codes) for codes in NEWCOMERS.values()])
    bound = attacks.success_bound(float(before), BOUND.mu)

    def measure() -> tuple[float, float]:
        right = 0
        for _ in range(tries):
            one = somebody(dice)
            said = attacks.newcomer(None, design(TINY, [], one), NEWCOMERS, region_of(TINY), ASKED)
            right += said == (*one[:4], str(one[4]))
        return right / tries, bound + 3 * (bound / tries) ** 0.5

    assert found.holds("D6", f"all five attributes, one of {1 / before:.0f} combinations", measure)


def test_a_newcomer_is_described_by_two_cumulative_tables_of_a_service_that_hides_small_counts(
    battle: Field, found: Findings
) -> None:
    """D16."""
    dice, register, right = np.random.default_rng(3), people(TINY, 250, 1), 0
    margins = [("district",), ("sex",), ("age",), ("victim_type",), ("year",)]
    old = attacks.remembered(attacks.uncovered(battle.exact(TINY, register, None), TINY_LISTS))
    for _ in range(40):
        one = somebody(dice)
        new = attacks.uncovered(battle.exact(TINY, register, one), TINY_LISTS)
        said = attacks.newcomer(old, new, NEWCOMERS, region_of(TINY), margins)
        right += said == (*one[:4], str(one[4]))

    found.note("D16", "naive service, newcomer: all five attributes", right / 40, ">= 0.95")
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


def test_who_knows_everybody_else_learns_no_more_than_the_bound(battle: Field, found: Findings) -> None:
    """D3 and D4."""
    epsilons = []

    def measure() -> tuple[float, float]:
        told = told_apart(ours(battle.publish), battle.effort.membership)
        epsilons.append(attacks.empirical_epsilon(told.inside, told.outside, disclosure.DELTA))
        return told.advantage, BOUND.advantage + 3 * told.error

    assert found.holds("D3", f"advantage, {battle.effort.membership} fresh releases of each world", measure)
    found.note("D4", "epsilon that these releases prove, 99.9%", epsilons[-1], f"<= {BOUND.epsilon:.2f}")
    assert epsilons[-1] <= BOUND.epsilon


@pytest.mark.parametrize("name", ["sigma halved", "fresh noise every month", "two contributions per person"])
def test_the_suite_catches_noise_that_is_too_small(name: str, battle: Field, found: Findings) -> None:
    """D16: these mutations go beyond the bound that the design keeps; more is tried until that is certain."""
    worlds = [np.empty((0, len(ASKED))) for _ in range(2)]
    for more in (16, 60, 120, 200, 300, 450, 600):
        worlds = [
            np.concatenate([world, traces(BROKEN[name](battle.publish), person, more - len(world))])
            for world, person in zip(worlds, (TARGET, None), strict=True)
        ]
        told = attacks.membership(worlds[0], worlds[1])
        limit = BOUND.advantage + 3 * told.error
        if told.advantage > limit:
            found.note("D16", f"{name}: membership, {more} of each world", told.advantage, f"> {limit:.3f}")
            return
    pytest.fail("the mutation passed for the design")


def test_the_suite_catches_noise_that_is_always_the_same(battle: Field, found: Findings) -> None:
    """D16."""
    told = told_apart(BROKEN["noise keyed per table"](battle.publish), tries=40, training=20)

    found.note("D16", "noise keyed per table: membership", told.advantage, "> 0.95")
    assert told.advantage > 0.95


def test_the_suite_catches_a_table_without_noise(battle: Field, found: Findings) -> None:
    """D16, and D4 has teeth: with enough of them the traces prove an epsilon above the published one."""
    tries = battle.effort.mutants
    told = told_apart(BROKEN["one table without noise"](battle.publish), tries=tries, training=30)

    epsilon = attacks.empirical_epsilon(told.inside, told.outside, disclosure.DELTA)
    found.note("D16", "one table without noise: membership", told.advantage, "> 0.95")
    assert told.advantage > 0.95
    if tries >= PROOF:
        found.note("D16", "one table without noise: epsilon proven", epsilon, f"> {BOUND.epsilon:.2f}")
        assert epsilon > BOUND.epsilon


def test_the_suite_catches_a_service_that_counts_exactly(found: Findings) -> None:
    """D16."""

    def counting(plan: Plan, register: list[Person], more: Person | None) -> Query:
        return Naive(plan, [*register, more] if more else register, limit=1)

    told = told_apart(counting, tries=20)

    found.note("D16", "naive service: membership", told.advantage, ">= 0.95")
    assert told.advantage >= 0.95


def test_the_victim_type_of_a_known_person_is_guessed_within_the_bound(
    battle: Field, found: Findings
) -> None:
    """D5: two of eight tables hold the attribute; a blind guess among four is right every fourth time."""
    tries, dice, design = battle.effort.attributes, np.random.default_rng(), ours(battle.publish)
    register = people(TINY, 300, 6)
    others = attacks.remembered(Naive(TINY, register, limit=1))
    kinds = TINY_LISTS["victim_type"][:4]
    bound = attacks.success_bound(0.25, 2**0.5 / 4)

    def measure() -> tuple[float, float]:
        right = 0
        for kind in dice.choice(kinds, tries).tolist():
            one = (*TARGET[:3], str(kind), TARGET[4])
            target = {name: code for name, code in cell_of(TINY, one).items() if name != "victim_type"}
            query = design(TINY, register, one)
            right += attacks.attribute(query, target, others, "victim_type", kinds, ASKED) == kind
        return right / tries, bound + max(0.025, 3 * (bound * (1 - bound) / tries) ** 0.5)

    assert bound == pytest.approx(0.374, abs=0.001)
    assert found.holds("D5", f"victim type, one of four, {tries} times", measure)

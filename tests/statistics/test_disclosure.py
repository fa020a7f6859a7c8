from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from dp_accounting.pld import privacy_loss_distribution as pld

from app.statistics import care, disclosure, display, rounding, tables
from app.statistics.consistency import Floats, agreement, overlaps
from app.statistics.models import CAP
from app.statistics.rounding import shared_margins, whole
from app.statistics.tables import Cohort, Dimension, Plan, Table
from tests.statistics.register import LARGE, SMALL, people, plan_of, true_counts

QUESTION = 0.0078125  # at sigma 8, as four a year are asked


def test_two_accountants_agree_on_what_a_release_costs() -> None:
    cost = disclosure.cost(LARGE)

    exact = pld.from_discrete_gaussian_mechanism(4.0).self_compose(8)

    assert cost.rho == 0.25
    assert cost.mu == pytest.approx(0.7071, abs=1e-4)
    assert cost.epsilon == pytest.approx(3.54, abs=0.01)
    assert exact.get_epsilon_for_delta(disclosure.DELTA) == pytest.approx(3.307, abs=0.001)
    assert exact.get_epsilon_for_delta(disclosure.DELTA) <= cost.epsilon
    assert exact.get_delta_for_epsilon(0.0) == pytest.approx(cost.advantage, rel=0.01)


def test_accountants_agree_on_tables_of_different_noise_too() -> None:
    mixed = (Table("total", (), 2.0), Table("sex_age", ("sex", "age"), 8.0, sensitivity=2))
    cost = disclosure.cost(plan_of(3, 8, mixed))

    exact = pld.from_discrete_gaussian_mechanism(2.0).compose(
        pld.from_discrete_gaussian_mechanism(8.0, sensitivity=2)
    )

    assert cost.rho == pytest.approx(1 / 8 + 4 / 128)
    assert cost.rho == pytest.approx(sum(disclosure.rho_of(table) for table in mixed))
    assert exact.get_delta_for_epsilon(0.0) == pytest.approx(cost.advantage, rel=0.01)


def test_a_neighbour_who_knows_everybody_else_goes_from_half_to_64_percent_at_most() -> None:
    assert disclosure.cost(LARGE).belief == pytest.approx(0.638, abs=0.001)


def test_noise_has_the_declared_size_in_each_table_and_no_table_goes_without() -> None:
    plan = plan_of(3, 8, (Table("total", (), 2.0), Table("region_age", ("region", "age"), 6.0)))
    zero = np.zeros(sum(map(plan.size, plan.tables)), dtype=np.int64)

    thrown = np.array([disclosure.noisy(plan, zero) for _ in range(1500)])

    assert thrown[:, 0].std() == pytest.approx(2.0, rel=0.1)
    assert thrown[:, 1:].std() == pytest.approx(6.0, rel=0.03)
    assert np.abs(thrown[:, 1:].std(axis=0) - 6.0).max() < 0.8
    assert np.abs(thrown.mean(axis=0)).max() < 0.9


def test_the_dice_never_repeat_themselves() -> None:
    zero = np.zeros(sum(map(LARGE.size, LARGE.tables)), dtype=np.int64)

    first, second = disclosure.noisy(LARGE, zero), disclosure.noisy(LARGE, zero)

    assert not np.array_equal(first, second)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.25


def test_a_release_adds_up_exactly_and_moves_no_cell_by_one_in_rounding() -> None:
    for seed in range(3):
        counts = true_counts(LARGE, people(LARGE, 3427, seed))
        consistent = agreement(LARGE).operator @ disclosure.noisy(LARGE, counts)

        cells = whole(LARGE, consistent)

        assert not (shared_margins(LARGE) @ cells).any()
        assert np.abs(cells - consistent).max() < 1
        assert shared_margins(LARGE).shape[0] > 80  # it looked at something


def test_margins_cover_every_way_two_tables_overlap() -> None:
    cells = whole(
        LARGE, agreement(LARGE).operator @ disclosure.noisy(LARGE, true_counts(LARGE, people(LARGE, 900, 1)))
    )
    at = LARGE.slices()
    region_sex = cells[at["region_sex"]].reshape(15, 3)
    district = LARGE.dimension("district")

    by_region = [
        sum(
            int(c)
            for c, parent in zip(cells[at["district"]], district.parents, strict=True)
            if parent == region
        )
        for region in LARGE.dimension("region").codes
    ]

    assert region_sex.sum(axis=1).tolist() == by_region
    assert region_sex.sum(axis=0).tolist() == cells[at["sex_age"]].reshape(3, 6).sum(axis=1).tolist()
    assert cells[at["type_year"]].sum() == cells[at["total"]][0] == sum(by_region)


def test_true_counts_pass_the_projection_unchanged() -> None:
    counts = true_counts(LARGE, people(LARGE, 500, 3))

    assert np.abs(agreement(LARGE).operator @ counts - counts).max() < 1e-6


def test_a_noisier_table_has_less_to_say() -> None:
    plan = plan_of(3, 8, (Table("total", (), 1.0), Table("district", ("district",), 8.0)))
    noisy = np.zeros(1 + plan.size(plan.tables[1]))
    noisy[0] = 90.0

    agreed = agreement(plan).operator @ noisy

    size = plan.size(plan.tables[1])
    assert agreed[0] == pytest.approx(90 * size * 64 / (size * 64 + 1))  # weights 1/1 and 1/(9 x 64)
    assert agreed[1:].sum() == pytest.approx(agreed[0])


def test_the_covariance_is_that_of_the_projection() -> None:
    plan = plan_of(
        3,
        8,
        (Table("total", (), 2.0), Table("sex_age", ("sex", "age"), 4.0), Table("district", ("district",))),
    )
    found = agreement(plan)
    sigma = np.concatenate([np.full(plan.size(t), t.sigma) for t in plan.tables])

    assert np.allclose(found.operator @ found.operator, found.operator)
    assert np.allclose(found.operator @ np.diag(sigma**2) @ found.operator.T, found.covariance)


def test_overlaps_count_the_combinations_two_cells_share() -> None:
    full = overlaps(SMALL)
    at = SMALL.slices()
    everything = 9 * 3 * 6 * 4 * 10  # districts with unknown, sexes, ages, types, years

    assert full[0, 0] == everything
    assert full[at["district"], 0].sum() == everything
    assert full[at["region_sex"].start, at["district"].start] == 6 * 4 * 10  # region r0, male; district d0
    assert full[at["region_sex"].start, at["district"].start + 1] == 0  # d1 lies in r1


def test_cells_that_do_not_agree_are_not_rounded() -> None:
    broken = true_counts(SMALL, people(SMALL, 50, 1)).astype(float)
    broken[0] += 1

    with pytest.raises(ValueError, match="do not agree"):
        whole(SMALL, broken)


HALF_OPEN = """
    0000 1100 1111 1001  11hh 00hh 1001 1001  1hh0 0h1h 0011 11hh  0h1h 0hh0 0010 11hh
"""
"""A 4 x 4 x 4 table with whole two-way margins which no neighbouring whole table has (h: a half)."""


def three_way() -> tuple[Plan, Floats]:
    lists = tuple(Dimension(n, tuple(f"{n}{i}" for i in range(4))) for n in "abc")
    pairs = (Table("ab", ("a", "b")), Table("bc", ("b", "c")), Table("ac", ("a", "c")))
    cells = np.array([{"0": 0.0, "1": 1.0, "h": 0.5}[c] for c in HALF_OPEN if c in "01h"]).reshape(4, 4, 4)
    margins = [cells.sum(axis=axis).ravel() for axis in (2, 0, 1)]
    plan = Plan(later(2026, 2026), lists, (Table("abc", ("a", "b", "c")), *pairs))
    return plan, np.concatenate([cells.ravel(), *margins])


def test_where_no_neighbouring_numbers_add_up_some_cells_go_a_step_further() -> None:
    plan, cells = three_way()

    rounded = whole(plan, cells)

    assert not (shared_margins(plan) @ rounded).any()
    assert np.abs(rounded - cells).max() == 1


def test_rounding_says_so_when_nothing_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, cells = three_way()
    monkeypatch.setattr(rounding, "WIDEST", 0)

    with pytest.raises(ValueError, match="add up"):
        whole(plan, cells)


def test_small_figures_are_never_told_apart_from_none() -> None:
    assert [display.shown(n) for n in (-7, 0, 1, 9, 10, 3427)] == ["<10"] * 4 + ["10", "3427"]


def test_half_widths_follow_from_the_plan_and_are_those_of_the_design() -> None:
    total, region_year = LARGE.tables[0], LARGE.tables[6]

    assert 6.5 <= disclosure.half_widths(LARGE, total)[0] <= 8.4
    assert max(disclosure.half_widths(LARGE, region_year)) <= 8.4


def test_a_plan_is_known_by_its_hash() -> None:
    same = plan_of(14, 79)
    wider = plan_of(14, 79, (*tables.TABLES[:-1], Table("district", ("district",), 8.0)))

    assert same.sha256 == LARGE.sha256 != wider.sha256
    assert tables.read(LARGE.described()) == LARGE


def later(first: int, last: int) -> Cohort:
    return Cohort(date(first, 1, 1), date(last, 12, 31), expected_files=90)


def test_cohorts_name_their_years_once() -> None:
    first = Cohort(None, date(2025, 12, 31), 3400)

    assert first.years == ("until_2016", *map(str, range(2017, 2026)))
    assert [first.year_code(y) for y in (1994, 2016, 2017, 2025)] == [
        "until_2016",
        "until_2016",
        "2017",
        "2025",
    ]
    assert later(2026, 2027).years == ("2026", "2027")
    assert first.name == "until_2025-12-31"
    assert later(2026, 2027).name == "2026-01-01_2027-12-31"


def test_the_national_plan_counts_the_country_by_its_own_lists() -> None:
    plan = tables.national(Cohort(None, date(2025, 12, 31), 3400))

    assert [table.name for table in plan.tables] == [table.name for table in tables.TABLES]
    assert plan.dimension("sex").codes == ("female", "male", "unknown")
    assert plan.dimension("victim_type").codes[0] == "direct_survivor"
    assert len(plan.dimension("region").codes) == 15
    assert plan.dimension("district").codes[-1] == "unknown"
    assert set(plan.dimension("district").parents) <= set(plan.dimension("region").codes)
    assert disclosure.cost(plan).rho == 0.25


@pytest.mark.parametrize("codes", [(), ("a", "a")])
def test_a_dimension_needs_a_list_of_different_codes(codes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="different codes"):
        tables.Dimension("sex", codes)


def test_a_finer_dimension_says_where_each_code_lies() -> None:
    with pytest.raises(ValueError, match="place"):
        tables.Dimension("district", ("a", "b"), "region", ("r",))


def test_a_year_of_care_costs_five_tables_and_a_little_whatever_one_file_does_in_them() -> None:
    plan = care.yearly(Cohort(date(2025, 1, 1), date(2025, 12, 31), 100))
    cost = disclosure.cost(plan)

    exact = pld.from_discrete_gaussian_mechanism(8.0).self_compose(5)
    exact = exact.compose(pld.from_discrete_gaussian_mechanism(20.0))

    assert cost.rho == pytest.approx(0.03125 + 0.0078125 + 0.00125)
    assert exact.get_delta_for_epsilon(0.0) == pytest.approx(cost.advantage, rel=0.01)
    assert [table.most for table in plan.tables] == [3, 3, 1, 3, 1, 1, 1, 1, 1]
    assert all(table.sensitivity**2 == pytest.approx(table.most) for table in care.CARE)
    assert sum(disclosure.rho_of(table) for table in care.PROGRAMMES[:4]) == pytest.approx(0.0078125)


def test_ten_years_with_bulletins_and_a_rebase_stay_below_the_cap() -> None:
    """The promise of the policy: a file can be counted for ten years, and asked about in each."""
    care_cost = disclosure.cost(care.yearly(Cohort(date(2025, 1, 1), date(2025, 12, 31), 100))).rho
    cohort = Cohort(None, date(2025, 12, 31), 3400)
    whole, bulletin = (disclosure.cost(of(cohort)).rho for of in (tables.national, tables.quarterly))

    ten_years = 2 * whole + bulletin + 10 * (care_cost + 0.03125)
    left = float(CAP) - ten_years
    assert left == pytest.approx(0.003125)
    for burnt, unasked in ((care_cost, 5), (bulletin, 4), (whole, 32)):  # ADR 0062
        assert left + (unasked - 1) * QUESTION < burnt <= left + unasked * QUESTION


def test_tables_that_count_different_things_do_not_pull_at_each_other() -> None:
    plan = care.yearly(Cohort(date(2025, 1, 1), date(2025, 12, 31), 100))
    counts = np.arange(sum(map(plan.size, plan.tables)), dtype=np.int64) * 3
    alone = [table for table in plan.tables if table.counts != "presence"]
    kept = np.concatenate([np.arange(len(counts))[plan.slices()[table.name]] for table in alone])

    pulled = agreement(plan).operator

    assert np.array_equal(pulled[kept], np.eye(len(counts))[kept])
    apart = replace(plan, tables=tuple(alone))
    assert np.array_equal(whole(apart, counts[kept].astype(np.float64)), counts[kept])
    assert not shared_margins(apart).shape[0]


def test_who_took_part_is_the_same_in_both_tables_that_count_it_and_surer_for_that() -> None:
    plan = care.yearly(Cohort(date(2025, 1, 1), date(2025, 12, 31), 100))
    safe = disclosure.protect(plan, np.full(sum(map(plan.size, plan.tables)), 3, dtype=np.int64))
    slices = plan.slices()

    by_kind, by_presence = safe[slices["participants"]], safe[slices["presence"]]

    assert np.array_equal(by_kind, by_presence.reshape(len(by_kind), -1).sum(axis=1))
    participants = next(table for table in plan.tables if table.name == "participants")
    assert max(disclosure.half_widths(plan, participants)) < 1.96 * care.PART


def test_a_plan_of_before_reads_back_with_the_same_hash() -> None:
    described = LARGE.described()
    assert all("counts" not in table and "most" not in table for table in described["tables"])
    assert tables.read(described) == LARGE
    care_plan = care.yearly(Cohort(date(2025, 1, 1), date(2025, 12, 31), 100))
    assert tables.read(care_plan.described()).sha256 == care_plan.sha256

"""What it costs, reckoned twice, charged once; and whether the figures are worth having for it."""

import asyncio
import json

import numpy as np
import pytest
import sqlalchemy as sa
from dp_accounting import GaussianDpEvent, SelfComposedDpEvent
from dp_accounting.pld import privacy_loss_distribution as pld
from dp_accounting.rdp import RdpAccountant
from numpy.typing import NDArray

from app.core.db import Limits, unit_of_work
from app.core.errors import Clash
from app.statistics import disclosure
from app.statistics.rounding import shared_margins
from app.statistics.tables import Table
from tests.attack import attacks
from tests.attack.conftest import Field
from tests.attack.country import Country
from tests.attack.findings import Findings
from tests.attack.variants import in_memory, ours
from tests.statistics.register import LARGE, LAST_YEAR, TINY, Person, people, plan_of, true_counts

POOL = 4  # requests a year at sigma 8: the yearly pool of ad-hoc questions
SHARE = 1 / (2 * 8.0**2)  # rho of one of them


def test_a_second_accountant_agrees_with_what_is_printed_and_what_was_charged(
    country: Country, found: Findings
) -> None:
    """D4: from the published file and from the ledger, by a library that shares nothing with OpenDP."""
    country.publish(TINY, people(TINY, 100, 1))
    printed = json.loads(country.documents()["total"])["metadata"]
    [charged] = country.portal.call(ledger, country)

    tables = [(t["sigma"], t["sensitivity"]) for t in printed["configuration"]["tables"]]
    exact = pld.from_discrete_gaussian_mechanism(tables[0][0])
    for sigma, sensitivity in tables[1:]:
        exact = exact.compose(pld.from_discrete_gaussian_mechanism(sigma, sensitivity=int(sensitivity)))
    renyi = RdpAccountant()
    renyi.compose(SelfComposedDpEvent(GaussianDpEvent((2 * charged / len(tables)) ** -0.5), len(tables)))

    advantage, epsilon = exact.get_delta_for_epsilon(0.0), renyi.get_epsilon(printed["delta"])
    apart = max(abs(advantage / printed["advantage_at_most"] - 1), abs(epsilon / printed["epsilon"] - 1))
    found.note(
        "D4", f"dp-accounting: advantage {advantage:.5f}, epsilon {epsilon:.3f}; apart", apart, "<= 0.01"
    )
    assert apart <= 0.01
    assert exact.get_epsilon_for_delta(printed["delta"]) <= printed["epsilon"]
    assert charged == printed["rho"]


async def ledger(country: Country) -> list[float]:
    async with unit_of_work(country.files.owner, Limits(rights="stats_producer")) as session:
        rows = await (await session.connection()).execute(sa.text("select rho from stats.budget_entry"))
        return [float(rho) for (rho,) in rows]


def test_racing_charges_never_pass_the_cap(country: Country, found: Findings) -> None:
    """D10: 300 charges, 16 at a time."""
    country.publish(TINY, [])
    granted = country.portal.call(race, country, 300, 16)

    spent = country.portal.call(ledger, country)
    found.note("D10", f"rho after 300 racing charges, {granted} granted", sum(spent), "<= 1.25")
    assert granted == (1.25 - 0.25) / SHARE == 128
    assert sum(spent) == 1.25


async def race(country: Country, charges: int, at_once: int) -> int:
    turn = asyncio.Semaphore(at_once)
    spend = sa.text("select stats.spend(:request, name, 'a question', :rho) from stats.cohort")

    async def charge(number: int) -> bool:
        given = {"request": f"racer {number}", "rho": SHARE}
        async with turn:
            try:
                async with unit_of_work(country.files.owner, Limits(rights="stats_producer")) as session:
                    await (await session.connection()).execute(spend, given)
            except Clash:
                return False
        return True

    return sum(await asyncio.gather(*(charge(number) for number in range(charges))))


def test_a_question_in_twelve_synonyms_is_paid_from_one_pool(battle: Field, found: Findings) -> None:
    """D10: of twelve spellings four can be paid; who averages those four stays within the pool."""
    plan = plan_of(2, 3, (Table("total", (), 8.0),), cohort=TINY.cohort)
    target: Person = ("d1", "female", "18_59", "direct_survivor", LAST_YEAR)
    bound, tries = (
        disclosure.cost(plan_of(2, 3, (Table("total", (), 4.0),))).advantage,
        battle.effort.synonyms,
    )
    assert bound == pytest.approx(0.0995, abs=0.001)  # four at sigma 8 are one at sigma 4

    def world(more: Person | None) -> NDArray[np.float64]:
        design = ours(in_memory)
        throws = [[attacks.figure(design(plan, [], more), {}) for _ in range(POOL)] for _ in range(tries)]
        return np.array(throws, dtype=np.float64)

    def measure() -> tuple[float, float]:
        told = attacks.membership(world(target), world(None))
        return told.advantage, bound + 3 * told.error

    assert found.holds("D10", "membership, four answers to twelve synonyms", measure)


def test_the_figures_are_worth_having(battle: Field, found: Findings) -> None:
    """D14."""
    register = people(LARGE, 3427, 7)
    truth, at = true_counts(LARGE, register), LARGE.slices()
    width = np.concatenate([disclosure.half_widths(LARGE, table) for table in LARGE.tables])

    cells = np.array([signed(battle, register) for _ in range(battle.effort.releases)])

    errors = cells - truth
    small = float((cells[:, truth > 0] < 10).mean())
    covered = float((np.abs(errors) <= width).mean())
    per_table = [float((np.abs(errors) <= width)[:, part].mean()) for part in at.values()]
    adds_up = float(np.abs(shared_margins(LARGE) @ cells.T).max())
    for what, value, limit, kept in (
        (
            "mean absolute error, persons",
            float(np.abs(errors).mean()),
            "<= 3.3",
            np.abs(errors).mean() <= 3.3,
        ),
        (
            f"coverage of the printed margins, {len(cells)} releases",
            covered,
            "0.94 to 0.98",
            0.94 <= covered <= 0.98,
        ),
        (
            "coverage in the worst table",
            min(per_table),
            ">= 0.93",
            min(per_table) >= 0.93 or len(cells) < 200,
        ),
        ("half width of the national total, persons", float(width[0]), "<= 8", width[0] <= 8),
        ("cells with somebody in them shown as <10", small, "<= 0.30", small <= 0.30),
        ("largest difference of one margin in two tables", adds_up, "= 0", adds_up == 0),
        ("mean error, persons", abs(float(errors.mean())), "<= 0.2", abs(errors.mean()) <= 0.2),
    ):
        found.note("D14", what, value, limit)
        assert kept, what


def signed(battle: Field, register: list[Person]) -> NDArray[np.int64]:
    """Every signed cell of a fresh release, tables one after the other."""
    query = ours(battle.publish)(LARGE, register, None)
    tables = [(query({}, table.dimensions), LARGE.cells(table)) for table in LARGE.tables]
    return np.array([cells[codes] for cells, places in tables for codes in places], dtype=np.int64)

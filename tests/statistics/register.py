"""Made-up countries to attack: people with every counted attribute, and releases of their register."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from app.statistics import tables
from app.statistics.artefact import Released
from app.statistics.counting import Group, counted
from app.statistics.disclosure import protect
from app.statistics.rounding import Whole
from app.statistics.tables import Cohort, Plan

Person = tuple[str, str, str, str, int]
"""district, sex, age, victim type, year of registration"""

ATTRIBUTES = ("district", "sex", "age", "victim_type", "year")
LAST_YEAR = 2025


def plan_of(regions: int, districts: int, table_list: tuple[tables.Table, ...] = tables.TABLES) -> Plan:
    """The yearly release of a country with so many regions and districts."""
    return tables.yearly(
        Cohort(None, LAST_YEAR, expected_files=3400),
        sex=("male", "female"),
        age=("0_4", "5_11", "12_17", "18_59", "60_plus"),
        victim_type=("direct_survivor", "indirect_family", "indirect_community", "other_cause"),
        regions=[f"r{i}" for i in range(regions)],
        region_of={f"d{i}": f"r{i % regions}" for i in range(districts)},
        tables=table_list,
    )


LARGE = plan_of(regions=14, districts=79)  # the shape of Azerbaijan
SMALL = plan_of(regions=3, districts=8)  # the same guarantee, cheaper to throw for


def people(plan: Plan, files: int, seed: int) -> list[Person]:
    """A register: uneven districts, few women, many small cells."""
    dice = np.random.default_rng(seed)
    districts = plan.dimension("district").codes[:-1]
    share = dice.dirichlet(np.full(len(districts), 0.5))
    columns = (
        dice.choice(districts, files, p=share),
        dice.choice(["male", "female", "unknown"], files, p=[0.93, 0.06, 0.01]),
        dice.choice(plan.dimension("age").codes, files, p=[0.04, 0.08, 0.12, 0.64, 0.10, 0.02]),
        dice.choice(plan.dimension("victim_type").codes[:4], files, p=[0.62, 0.22, 0.06, 0.10]),
        dice.integers(LAST_YEAR - 9, LAST_YEAR + 1, files).tolist(),
    )
    return [(str(d), str(s), str(a), str(v), int(y)) for d, s, a, v, y in zip(*columns, strict=True)]


def groups(register: list[Person]) -> list[Group]:
    """The register as the counting query gives it."""
    return [
        {**dict(zip(ATTRIBUTES, person, strict=True)), "files": files}
        for person, files in Counter(register).items()
    ]


def true_counts(plan: Plan, register: list[Person]) -> Whole:
    """Every cell of the plan, exactly."""
    return counted(plan, groups(register))


def release(plan: Plan, register: list[Person], name: str = "r") -> Released:
    """One release of a register, as the job makes it."""
    return Released(name, plan, tuple(protect(plan, true_counts(plan, register)).tolist()))


@dataclass(frozen=True)
class Column:
    """The cells that one person is counted in: one per table."""

    cells: Whole

    @staticmethod
    def of(plan: Plan, person: Person) -> "Column":
        """Where adding this person moves the counts."""
        return Column(true_counts(plan, [person]))

"""Made-up countries to attack: people with every counted attribute, and releases of their register."""

from collections import Counter
from datetime import date

import numpy as np

from app.statistics import tables
from app.statistics.artefact import Released
from app.statistics.consistency import Whole
from app.statistics.counting import Group, counted
from app.statistics.disclosure import protect
from app.statistics.tables import Cohort, Plan

Person = tuple[str, str, str, str, int]
"""district, sex, age, victim type, year of registration"""

ATTRIBUTES = ("district", "sex", "age", "victim_type", "year")
LAST_YEAR = 2025
FIRST = Cohort(None, date(LAST_YEAR, 12, 31), expected_files=3400)


def plan_of(
    regions: int,
    districts: int,
    table_list: tuple[tables.Table, ...] = tables.TABLES,
    *,
    cohort: Cohort = FIRST,
    age: tuple[str, ...] = ("0_5", "6_11", "12_17", "18_59", "60_plus"),
) -> Plan:
    """The yearly release of a country with so many regions and districts."""
    return tables.yearly(
        cohort,
        sex=("male", "female"),
        age=age,
        victim_type=("direct_survivor", "indirect_family", "indirect_community", "other_cause"),
        regions=[f"r{i}" for i in range(regions)],
        region_of={f"d{i}": f"r{i % regions}" for i in range(districts)},
        tables=table_list,
    )


LARGE = plan_of(regions=14, districts=79)  # the shape of Azerbaijan
SMALL = plan_of(regions=3, districts=8)
THREE_YEARS = Cohort(date(LAST_YEAR - 2, 1, 1), date(LAST_YEAR, 12, 31), expected_files=900)
TINY = plan_of(2, 3, cohort=THREE_YEARS, age=("12_17", "18_59"))
"""The same eight tables, so the same guarantee; cheap enough to release some thousand times in a test."""


def people(plan: Plan, files: int, seed: int) -> list[Person]:
    """A register: uneven districts, few women, many small cells."""
    dice = np.random.default_rng(seed)
    districts = plan.dimension("district").codes[:-1]
    share = dice.dirichlet(np.full(len(districts), 0.5))
    ages = plan.dimension("age").codes
    weights = np.array([1.0, 2.0, 3.0, 16.0, 2.5, 0.5])[-len(ages) :]
    columns = (
        dice.choice(districts, files, p=share),
        dice.choice(["male", "female", "unknown"], files, p=[0.93, 0.06, 0.01]),
        dice.choice(ages, files, p=weights / weights.sum()),
        dice.choice(plan.dimension("victim_type").codes[:4], files, p=[0.62, 0.22, 0.06, 0.10]),
        dice.integers(LAST_YEAR - len(plan.cohort.years) + 1, LAST_YEAR + 1, files).tolist(),
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


def lists_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The public code lists."""
    return {d.name: d.codes for d in plan.dimensions}


def region_of(plan: Plan) -> dict[str, str]:
    """The region of each district."""
    district = plan.dimension("district")
    return dict(zip(district.codes, district.parents, strict=True))


def cell_of(plan: Plan, person: Person) -> dict[str, str]:
    """The codes a person is counted under, in every dimension."""
    district, sex, age, victim_type, year = person
    return {
        "region": region_of(plan)[district],
        "district": district,
        "sex": sex,
        "age": age,
        "victim_type": victim_type,
        "year": plan.cohort.year_code(year),
    }

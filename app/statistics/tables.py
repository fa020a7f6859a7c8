"""What a release counts: cohort, dimensions, tables and noise, fixed from public knowledge beforehand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import product
from math import prod
from typing import Any

from app.codelists import lists
from app.core.config import settings
from app.statistics.canonical import canonical

UNKNOWN = "unknown"
FILES = "files"
SIGMA = 4.0  # statistics.md 2.2: discrete Gaussian, one file moves one cell of a table by one
YEARS_BACK = 10  # told apart by the first release, the earliest standing for all before it


@dataclass(frozen=True)
class Dimension:
    """One way of telling files apart: public codes in public order, and the coarser dimension they lie in."""

    name: str
    codes: tuple[str, ...]
    within: str = ""
    parents: tuple[str, ...] = ()  # the code of `within`, for each code in order

    def __post_init__(self) -> None:
        if len(set(self.codes)) != len(self.codes) or not self.codes:
            raise ValueError(f"the codes of {self.name} are not a list of different codes")
        if bool(self.within) != bool(self.parents) or (self.parents and len(self.parents) != len(self.codes)):
            raise ValueError(f"every code of {self.name} needs its place in {self.within or 'nothing'}")


@dataclass(frozen=True)
class Table:
    """One table: `sensitivity` is how far one file can move it (L2), `sigma` the noise, both in persons.

    Tables that count the same agree with each other; `most` is in how many cells one file may stand.
    """

    name: str
    dimensions: tuple[str, ...]
    sigma: float = SIGMA
    sensitivity: float = 1.0
    counts: str = FILES
    most: int = 1

    def described(self) -> dict[str, Any]:
        """As plain data. What is as in every yearly table is left out, so that no older hash changes."""
        usual = {"counts": FILES, "most": 1}
        return {name: value for name, value in asdict(self).items() if usual.get(name) != value}


@dataclass(frozen=True)
class Cohort:
    """The files registered on these days. Each file is in one cohort, so its fixed facts are released once.

    `expected_files` is what public sources lead us to expect, never a count of our own.
    """

    first_day: date | None  # None: from the beginning
    last_day: date
    expected_files: int

    @property
    def name(self) -> str:
        """The cohort as the ledger writes it: `until_2025-12-31` or `2026-01-01_2026-12-31`."""
        return f"{self.first_day or 'until'}_{self.last_day}"

    @property
    def years(self) -> tuple[str, ...]:
        """Codes of the registration years, oldest first; `until_2016` gathers all before the last nine."""
        first = self.first_day.year if self.first_day else self.last_day.year - YEARS_BACK + 1
        start = str(first) if self.first_day else f"until_{first}"
        return (start, *map(str, range(first + 1, self.last_day.year + 1)))

    def tells(self, year: int) -> bool:
        """Whether a registration year has a code of its own here."""
        return str(year) in self.years

    def year_code(self, year: int) -> str:
        """Where a registration year stands in `years`."""
        gathered = self.first_day is None and year <= self.last_day.year - YEARS_BACK + 1
        return self.years[0] if gathered else str(year)


@dataclass(frozen=True)
class Plan:
    """A whole release, declared before the data are looked at; its hash is printed with every figure."""

    cohort: Cohort
    dimensions: tuple[Dimension, ...]
    tables: tuple[Table, ...]

    @cached_property
    def _named(self) -> dict[str, Dimension]:
        return {one.name: one for one in self.dimensions}

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name; KeyError if there is none."""
        return self._named[name]

    def known(self, table: Table) -> tuple[str, ...]:
        """What a table can tell apart: its dimensions, and the coarser ones that they lie in."""
        own = {*table.dimensions, *(self.dimension(name).within for name in table.dimensions)}
        return tuple(one.name for one in self.dimensions if one.name in own)

    def shape(self, table: Table) -> tuple[int, ...]:
        """How many codes each dimension of a table has."""
        return tuple(len(self.dimension(name).codes) for name in table.dimensions)

    def size(self, table: Table) -> int:
        """How many cells a table has."""
        return prod(self.shape(table))

    def cells(self, table: Table) -> Iterator[tuple[str, ...]]:
        """The codes of every cell, in public order."""
        return product(*(self.dimension(name).codes for name in table.dimensions))

    @cached_property
    def _slices(self) -> dict[str, slice]:
        ends = [0]
        for table in self.tables:
            ends.append(ends[-1] + self.size(table))
        return {t.name: slice(a, b) for t, a, b in zip(self.tables, ends, ends[1:], strict=False)}

    def slices(self) -> dict[str, slice]:
        """Where each table lies when all cells of the release stand in one row."""
        return self._slices

    def described(self) -> dict[str, Any]:
        """The whole configuration as plain data, for the metadata and the hash."""
        first, last = self.cohort.first_day, self.cohort.last_day
        days = {"first_day": first and first.isoformat(), "last_day": last.isoformat()}
        return {
            "cohort": {**asdict(self.cohort), **days, "name": self.cohort.name},
            "dimensions": [asdict(one) for one in self.dimensions],
            "tables": [one.described() for one in self.tables],
        }

    @cached_property
    def sha256(self) -> str:
        """Which configuration this is."""
        return sha256(canonical(self.described())).hexdigest()


TABLES = (
    Table("total", ()),
    Table("sex_age", ("sex", "age")),
    Table("type_year", ("victim_type", "year")),
    Table("region_sex", ("region", "sex")),
    Table("region_age", ("region", "age")),
    Table("region_type", ("region", "victim_type")),
    Table("region_year", ("region", "year")),
    Table("district", ("district",)),
)
"""The eight tables of the yearly release."""
FINEST = "district"
ANSWER = "answer"
"""What the one table of a question is called: each question has another of that name."""


def declared() -> tuple[Table, ...]:
    """Those of them that this country releases, in their order."""
    named = settings().released_tables
    return tuple(table for table in TABLES if not named or table.name in named)


def yearly(
    cohort: Cohort,
    *,
    sex: Sequence[str],
    age: Sequence[str],
    victim_type: Sequence[str],
    region_of: Mapping[str, str],
    regions: Sequence[str],
    tables: tuple[Table, ...] = TABLES,
) -> Plan:
    """The yearly release over these public code lists; `region_of` gives each district its region."""
    places = {**region_of, UNKNOWN: UNKNOWN}
    return Plan(
        cohort,
        (
            Dimension("region", with_unknown(regions)),
            Dimension("district", tuple(places), "region", tuple(places.values())),
            Dimension("sex", with_unknown(sex)),
            Dimension("age", with_unknown(age)),
            Dimension("victim_type", tuple(victim_type)),
            Dimension("year", cohort.years),
        ),
        tables,
    )


def national(cohort: Cohort) -> Plan:
    """The yearly release over the country's code lists, with the retired codes that old files have."""
    return yearly(
        cohort,
        sex=tuple(lists.load("sex")),
        age=tuple(lists.load("age_band")),
        victim_type=tuple(lists.load("victim_category")),
        region_of={code: row.extra["region"] for code, row in lists.load("district").items()},
        regions=tuple(lists.load("region")),
        tables=declared(),
    )


BULLETIN = (Table("new_registrations", ("victim_type",)),)
"""The one table of a quarter: of the country alone."""


def quarterly(cohort: Cohort) -> Plan:
    """The bulletin of a quarter."""
    return Plan(cohort, (Dimension("victim_type", tuple(lists.load("victim_category"))),), BULLETIN)


def with_unknown(codes: Sequence[str]) -> tuple[str, ...]:
    """The list with 'unknown' at its end: a file without the fact is counted all the same."""
    return (*(code for code in codes if code != UNKNOWN), UNKNOWN)


def read(described: Mapping[str, Any]) -> Plan:
    """The plan that `Plan.described` wrote down."""
    cohort = described["cohort"]
    first = cohort["first_day"]
    return Plan(
        Cohort(
            date.fromisoformat(first) if first else None,
            date.fromisoformat(cohort["last_day"]),
            cohort["expected_files"],
        ),
        tuple(
            Dimension(**{**d, "codes": tuple(d["codes"]), "parents": tuple(d["parents"])})
            for d in described["dimensions"]
        ),
        tuple(Table(**{**t, "dimensions": tuple(t["dimensions"])}) for t in described["tables"]),
    )

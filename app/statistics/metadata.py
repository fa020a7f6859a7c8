"""Write a release: each table with all that is needed to read it, as canonical bytes."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from app.statistics import disclosure
from app.statistics.artefact import Artefact
from app.statistics.canonical import canonical
from app.statistics.consistency import Whole
from app.statistics.display import CONFIDENCE, DISPLAY_LIMIT
from app.statistics.tables import FILES, Plan, Table

NOTE = "Differences smaller than the stated margin are not evidence of change."
METHOD = "discrete Gaussian noise, zCDP"
POPULATION = "People registered for victim assistance whose consent to anonymous statistics is in force"
INVENTED = "The people of this programme are invented: no figure is about anybody"
UNITS = {
    FILES: "one person's file, registered in the cohort's years; place of residence, age at the accident",
    "services": "one person's file and lane in which a service began in {year}; at most {most} lanes a file",
    "needs": "one person's file and lane of the plan in force in {year}; at most {most} lanes a file",
    "milestones": "one person's file and lane with a milestone noted in {year}; at most {most} lanes a file",
    "waits": "one person's file, by its first referral that was settled in {year}",
    "presence": "one person's file, by the programme whose sessions it was at most often in {year}",
    "retention": "one person's file, by the first programme joined in {before}; until they left it",
    "reached": "one person at one session of risk education in {year}, unnamed; safe for up to four visits",
    "sessions": "one session that was held and noted in {year}, of any kind of programme; no file's",
}
MANY = {1: "one", 3: "three"}
CORRECTIONS = "the next rebase, which counts all cohorts anew"


@dataclass(frozen=True)
class Occasion:
    """Which release this is and when its snapshot was taken; with the account of its cohort's budget."""

    release_id: str
    snapshot_at: str  # RFC 3339
    publication_on: str  # a day, fixed beforehand
    budget_used: float  # rho spent on the cohort, this release included
    budget_cap: float
    cohorts: tuple[str, ...] = ()  # who paid for it; none named: the release's own
    corrected: bool = True  # by a rebase
    invented: bool = False  # the people of the demo
    contact: str = ""
    commit: str = ""


def artefacts(plan: Plan, cells: Whole, occasion: Occasion) -> list[Artefact]:
    """The whole release, a document per table."""
    return [Artefact(table.name, canonical(_document(plan, table, cells, occasion))) for table in plan.tables]


def _document(plan: Plan, table: Table, cells: Whole, occasion: Occasion) -> dict[str, Any]:
    """Cells in public order; signed, so that sums of small cells are unbiased."""
    return {
        "table": table.name,
        "dimensions": [{"name": n, "codes": list(plan.dimension(n).codes)} for n in table.dimensions],
        "cells": cells[plan.slices()[table.name]].tolist(),
        "half_widths": disclosure.half_widths(plan, table),
        "metadata": _metadata(plan, table, occasion),
    }


def _metadata(plan: Plan, table: Table, occasion: Occasion) -> dict[str, Any]:
    """Everything statistics.md 2.6 asks for. The document's own sha256 stands beside it, in the release."""
    return {
        "release_id": occasion.release_id,
        "snapshot_at": occasion.snapshot_at,
        "publication_on": occasion.publication_on,
        "population": POPULATION,
        **({"invented": INVENTED} if occasion.invented else {}),
        "unit": _unit(plan, table),
        "cohorts": list(occasion.cohorts or (plan.cohort.name,)),
        "corrections_until": CORRECTIONS if occasion.corrected else "none; what comes later is not in it",
        "configuration": plan.described(),
        "configuration_sha256": plan.sha256,
        "method": METHOD,
        **_bound(plan, table),
        "confidence": CONFIDENCE,
        "display_limit": DISPLAY_LIMIT,
        "adds_up": True,
        "unbiased": "the signed cells of this document; figures as displayed are not",
        "cumulative_rho": occasion.budget_used,
        "rho_cap": occasion.budget_cap,
        "library": f"opendp {_installed('opendp')}",
        "code": f"dayaq {_installed('dayaq')}" + (f" ({occasion.commit})" if occasion.commit else ""),
        "contact": occasion.contact,
        "note": NOTE,
    }


def _unit(plan: Plan, table: Table) -> str:
    """What one of the figures counts."""
    year = plan.cohort.last_day.year
    return UNITS[table.counts].format(year=year, before=year - 1, most=MANY[table.most])


@cache
def _installed(name: str) -> str:
    """The version of a package, which is read from its files."""
    return version(name)


def _bound(plan: Plan, table: Table) -> dict[str, Any]:
    """What the noise of this table is, and what all tables together tell at most about one file."""
    cost = disclosure.cost(plan)
    return {
        "sigma": table.sigma,
        "sensitivity": table.sensitivity,
        "table_rho": disclosure.rho_of(table),
        "rho": cost.rho,
        "mu": cost.mu,
        "advantage_at_most": cost.advantage,
        "belief_at_most": cost.belief,
        "epsilon": cost.epsilon,
        "delta": cost.delta,
    }

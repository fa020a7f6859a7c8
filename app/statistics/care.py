"""What is released of care, once a year: needs, services, waits and milestones. Fixed beforehand, as all is.

One file stands in at most three cells of a table, and in one of the waits; `stats.care_fact` sees to it.
"""

from math import sqrt
from typing import Any

from app.codelists import lists
from app.milestones import catalogue
from app.statistics.tables import Cohort, Dimension, Plan, Table

SIGMA = 8.0  # statistics.md 2.3: a year of care costs four tables at this noise
MOST = 3
SPREAD = SIGMA * sqrt(MOST)  # the same cost for a file that stands in three cells

BANDS = ((0, 7), (8, 30), (31, 60), (61, 90), (91, 180), (181, 365), (366, 730))
"""Days from the sending of a referral to the first service, as the histogram tells them apart."""
SERVED = (*(f"d{first}_{last}" for first, last in BANDS), "d731_plus")
NOT_SERVED, WAITING, NONE = "not_served", "waiting", "none"
WAITS = (*SERVED, NOT_SERVED, WAITING, NONE)

TABLES = (
    Table("services", ("pillar",), SPREAD, sqrt(MOST), "services", MOST),
    Table("needs", ("pillar", "need"), SPREAD, sqrt(MOST), "needs", MOST),
    Table("waits", ("wait",), SIGMA, counts="waits"),
    Table("milestones", ("pillar", "result"), SPREAD, sqrt(MOST), "milestones", MOST),
)
STATES = {"needs": "need", "waits": "wait", "milestones": "result"}
"""What the view's `state` is called in each table."""


def yearly(period: Cohort) -> Plan:
    """The four tables of one year of care, over the lanes of the public list."""
    return Plan(
        period,
        (
            Dimension("pillar", tuple(lists.load("pillar"))),
            Dimension("need", ("met", "open")),
            Dimension("wait", WAITS),
            Dimension("result", ("reached", "sustained")),
        ),
        TABLES,
    )


def pillar_of() -> dict[str, Any]:
    """Which lane a service, a programme and a milestone lie in, by the public lists."""
    services = {code: row.extra["pillar"] for code, row in lists.load("service").items()}
    programmes = {code: row.extra["service"] for code, row in lists.load("programme_kind").items()}
    return {
        "pillars": list(lists.load("pillar")),
        "service": services,
        "programme": {code: services[service] for code, service in programmes.items() if service},
        "milestone": {code: one.pillar for code, one in catalogue.definitions().items()},
    }

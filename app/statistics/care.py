"""What is released of care, once a year: needs, services, waits, milestones, programmes. Fixed beforehand.

One file stands in at most three cells of a table of care, in one of the waits, and in one cell of a table of
programmes; `stats.care_counted` and `stats.programme_fact` see to it.
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

PART = 16.0  # four tables of programmes cost what one of care does
VISITS = 4  # of one person to sessions of risk education in a year, for whom the margin is meant
SESSION = 20.0  # no file moves the number of sessions, and all the same none of our figures is exact
STAYED = ("m0_2", "m3_5", "m6_11", "m12_plus")
"""Whole months from joining to leaving."""
AFTER = (3, 6, 12)  # months, where each band but the first begins
PEOPLE = ("girl", "boy", "woman", "man", "unknown")

CARE = (
    Table("services", ("pillar",), SPREAD, sqrt(MOST), "services", MOST),
    Table("needs", ("pillar", "need"), SPREAD, sqrt(MOST), "needs", MOST),
    Table("waits", ("wait",), SIGMA, counts="waits"),
    Table("milestones", ("pillar", "result"), SPREAD, sqrt(MOST), "milestones", MOST),
)
PROGRAMMES = (
    Table("participants", ("programme",), PART, counts="presence"),
    Table("presence", ("programme", "presence"), PART, counts="presence"),
    Table("retention", ("programme", "stayed"), PART, counts="retention"),
    Table("reached", ("person",), VISITS * PART, VISITS, "reached"),
    Table("sessions", ("programme",), SESSION, counts="sessions"),
)
STATES = {
    "needs": "need",
    "waits": "wait",
    "milestones": "result",
    "presence": "presence",
    "retention": "stayed",
    "reached": "person",
}
"""What the `state` of a row is called, by what it counts."""


def yearly(period: Cohort) -> Plan:
    """The tables of one year of care, over the lanes and the kinds of programme of the public lists."""
    return Plan(
        period,
        (
            Dimension("pillar", tuple(lists.load("pillar"))),
            Dimension("need", ("met", "open")),
            Dimension("wait", WAITS),
            Dimension("result", ("reached", "sustained")),
            Dimension("programme", tuple(lists.load("programme_kind"))),
            Dimension("presence", ("regular", "often", "tried")),
            Dimension("stayed", STAYED),
            Dimension("person", PEOPLE),
        ),
        (*CARE, *PROGRAMMES),
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

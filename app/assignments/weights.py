"""How much work a case is, and how many go to whom, from weights that are data. Pure."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

FILE = Path(__file__).parent / "weights.csv"
MOST = Decimal(25)
"""Active cases of one caseworker (minimum standard of child protection): above it a caseload is too heavy."""
COUNTED = ("open_tasks", "live_referrals", "risk_open")


class Load(NamedTuple):
    """What a case is weighed by, and whose it is."""

    case_id: UUID
    owner_id: UUID
    status: str
    priority_code: str
    open_tasks: int = 0
    live_referrals: int = 0
    risk_open: int = 0


class Weight(NamedTuple):
    """What one line of the table adds; for what is counted, each, up to the most."""

    weight: Decimal
    most: Decimal | None


@cache
def weights() -> Mapping[tuple[str, str], Weight]:
    """The table."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    return {
        (row["what"], row["code"]): Weight(
            Decimal(row["weight"]), Decimal(row["most"]) if row["most"] else None
        )
        for row in rows
    }


def weigh(load: Load) -> Decimal:
    """The weight of one case. One that is closed weighs nothing."""
    stage = weights().get(("status", load.status))
    if stage is None:
        return Decimal(0)
    urgency = weights().get(("priority", load.priority_code))
    added = urgency.weight if urgency else Decimal(0)
    for what in COUNTED:
        each = weights()[what, "each"]
        some = each.weight * getattr(load, what)
        added += some if each.most is None else min(some, each.most)
    return stage.weight + added


class Caseload(NamedTuple):
    """How many open cases somebody has, and how much they weigh."""

    cases: int = 0
    weight: Decimal = Decimal(0)

    def plus(self, weight: Decimal) -> "Caseload":
        """The same with one case more."""
        return Caseload(self.cases + 1, self.weight + weight)

    @property
    def over(self) -> bool:
        """Whether it is heavier than one person should carry."""
        return self.weight > MOST


def caseloads(loads: Iterable[Load], owners: Iterable[UUID]) -> dict[UUID, Caseload]:
    """What each of these people carries; nothing, for who has no case."""
    found = dict.fromkeys(owners, Caseload())
    for load in loads:
        if load.owner_id in found and ("status", load.status) in weights():
            found[load.owner_id] = found[load.owner_id].plus(weigh(load))
    return found


def spread(cases: Sequence[Load], carried: Mapping[UUID, Caseload]) -> dict[UUID, UUID]:
    """To whom each case goes: the heaviest first, each to who carries least by then. Case to owner."""
    now, found = dict(carried), {}
    for load in sorted(cases, key=lambda each: (-weigh(each), each.case_id)):
        lightest = min(now, key=lambda owner: (now[owner].weight, owner))
        found[load.case_id] = lightest
        now[lightest] = now[lightest].plus(weigh(load))
    return found

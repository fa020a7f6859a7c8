"""Who hears, and when, that a referral was not answered in time: a table of rules, `ladder.csv`. Pure.

Hours are counted from the answer-by date on the clock of the priority (code list: referral_priority). The
figures are the programme's own, as the answer-by dates are; the list is theirs to change.
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from app.codelists import lists
from app.organisations.calendar import Calendar
from app.referrals.rules import clock_of

FILE = Path(__file__).parent / "ladder.csv"


class Tells(StrEnum):
    """Who hears of it beside the sender: the facility's manager (where there is none, all of its people)."""

    MANAGER = "manager"
    COORDINATOR = "coordinator"


@dataclass(frozen=True, slots=True)
class Rung:
    """So long after the answer-by date, these are told."""

    priority_code: str
    step: int
    after: timedelta
    tells: Tells


@cache
def ladder() -> tuple[Rung, ...]:
    """All rules. ValueError where they do not name each priority's steps in order, from 1."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rungs = tuple(
            Rung(
                row["priority_code"],
                int(row["step"]),
                timedelta(hours=int(row["after_hours"])),
                Tells(row["tells"]),
            )
            for row in csv.DictReader(file)
        )
    for code in lists.load("referral_priority"):
        mine = [rung for rung in rungs if rung.priority_code == code]
        waits = [rung.after for rung in mine]
        if (
            [rung.step for rung in mine] != list(range(1, len(mine) + 1))
            or not mine
            or waits != sorted(waits)
        ):
            raise ValueError(f"{FILE.name}: the steps of {code} do not rise from 1")
    return rungs


def due(
    priority_code: str, answer_by: datetime, now: datetime, done: Collection[int], calendar: Calendar
) -> list[Rung]:
    """The steps whose time has come and that were not taken yet, in order."""
    clock = clock_of(priority_code, calendar)
    return [
        rung
        for rung in ladder()
        if rung.priority_code == priority_code and rung.step not in done
        if clock.after(answer_by, rung.after) < now
    ]

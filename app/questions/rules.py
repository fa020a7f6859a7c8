"""What a question would cost and how sure its answer would be: from its own words and what is released."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.codelists import lists
from app.core.errors import Invalid
from app.questions.errors import OwnQuestion, PeriodNotReleased, QuestionRefused
from app.questions.models import Question
from app.questions.states import Action, Party
from app.statistics import display, tables
from app.statistics.cube import Cube
from app.statistics.cube import Question as Asked
from app.statistics.queries import Account
from app.statistics.rules import COUNTED_FROM, MINIMUM_EXPECTED
from app.statistics.tables import Cohort, Dimension, Plan, Table

SIGMAS = (8.0, 4.0)  # statistics.md 2.3; the second costs all that one year may spend
MOST_CELLS = 2000
SMALLEST_MEAN = 10.0  # people in a cell, as far as released figures tell
FEWEST = MINIMUM_EXPECTED  # people in all


@dataclass(frozen=True)
class Known:
    """All that a preview knows: what is released, and the accounts of the ledger."""

    cube: Cube
    accounts: Sequence[Account]


@dataclass(frozen=True)
class Preview:
    """What a question would cost and give, what questions may still cost, and what speaks against it."""

    plan: Plan
    cells: int
    sigma: float
    rho: float
    left: float
    half_width: float
    expected_mean: float
    reasons: tuple[str, ...]


def preview(
    known: Known,
    dimensions: Sequence[str],
    first_day: date | None,
    last_day: date,
    needed: float | None,
    purpose_code: str,
) -> Preview:
    """The plan with its cost, precision and the automatic refusals. No record is looked at."""
    _need_released(known.cube, first_day, last_day)
    sigma = next((one for one in SIGMAS if needed is None or half_width(one) <= needed), None)
    made = plan(dimensions, first_day, last_day, sigma or SIGMAS[-1])
    [table] = made.tables
    cells, expected, rho = made.size(table), _expected(known.cube, made), cost(table.sigma)
    payers = paying(known.accounts, first_day, last_day)
    found = {
        "purpose_refused": lists.load("question_purpose")[purpose_code].extra["refused"] == "yes",
        **_unclear(cells, expected),
        "not_precise_enough": sigma is None,
        **unpaid(payers, rho),
    }
    left = min((one.left_for_questions for one in payers), default=0.0)
    reasons = tuple(reason for reason, holds in found.items() if holds)
    mean = round(expected / cells, 1)
    return Preview(made, cells, table.sigma, rho, left, half_width(table.sigma), mean, reasons)


def _unclear(cells: int, expected: float) -> dict[str, bool]:
    """Why a table would say little: too many cells, or too few people for them or in all."""
    return {
        "too_many_cells": cells > MOST_CELLS,
        "cells_too_small": expected / cells < SMALLEST_MEAN,
        "too_few_people": expected < FEWEST,
    }


def cost(sigma: float) -> float:
    """What one table of a question costs every cohort that it is about."""
    return 1 / (2 * sigma**2)


def paying(accounts: Sequence[Account], first_day: date | None, last_day: date) -> list[Account]:
    """The cohorts some of whose files a period may count: all of them pay."""
    return [
        one
        for one in accounts
        if (one.first_day is None or one.first_day <= last_day)
        and (first_day is None or first_day <= one.last_day)
    ]


def unpaid(payers: Sequence[Account], rho: float) -> dict[str, bool]:
    """Why the ledger will not pay: the year's share is spent, or the rest is kept for what is planned."""
    return {
        "pool_spent": any(rho > one.left_this_year for one in payers),
        "kept_for_releases": any(rho > one.left_beside_the_plan for one in payers),
    }


def need_payable(question: Question, accounts: Sequence[Account]) -> None:
    """Stop an approval of what the ledger would refuse in the night: QuestionRefused."""
    payers = paying(accounts, question.first_day, question.last_day)
    reasons = [reason for reason, holds in unpaid(payers, float(question.rho)).items() if holds]
    if reasons:
        raise QuestionRefused(reasons=reasons)


def _need_released(cube: Cube, first_day: date | None, last_day: date) -> None:
    """Stop a period that is none, or that no release covers yet."""
    if first_day and first_day > last_day:
        fault = {"pointer": "/first_day", "code": "after_last_day", "message": "After the last day"}
        raise Invalid(errors=[fault])
    if last_day > cube.last_day:
        raise PeriodNotReleased(last_day=cube.last_day.isoformat())


def half_width(sigma: float) -> float:
    """How near the registered number lies, 95 times of 100."""
    return display.half_width(sigma**2)


def plan(dimensions: Sequence[str], first_day: date | None, last_day: date, sigma: float) -> Plan:
    """One table over these dimensions of the yearly release, in their public order."""
    whole = tables.national(Cohort(first_day, last_day, MINIMUM_EXPECTED))  # it has no cohort of its own
    wanted = tuple(one.name for one in whole.dimensions if one.name in dimensions)
    parents = {one.within for one in whole.dimensions if one.name in wanted}
    known = tuple(one for one in whole.dimensions if one.name in {*wanted, *parents})
    return Plan(whole.cohort, known, (Table(tables.ANSWER, _finest(known, wanted), sigma),))


def _finest(known: Sequence[Dimension], wanted: Sequence[str]) -> tuple[str, ...]:
    """A district tells its region: a table of both is the table of the finer."""
    told = {one.within for one in known if one.name in wanted}
    return tuple(name for name in wanted if name not in told)


def need_possible(found: Preview) -> None:
    """Stop what cannot be asked, with every reason at once."""
    if found.reasons:
        raise QuestionRefused(reasons=list(found.reasons))


def parties(actor: Actor, question: Question) -> list[Party]:
    """On which sides of a question the actor may stand."""
    sides = []
    if question.asked_by_id == actor.user_id:
        sides.append(Party.REQUESTER)
    if reach_of(actor.role, Permission.RELEASE_PREPARE) is Reach.ALL:
        sides.append(Party.STATISTICIAN)
    if reach_of(actor.role, Permission.QUESTION_APPROVE) is Reach.ALL:
        sides.append(Party.OFFICER)
    return sides


def may_act(question: Question, actor: Actor, action: Action) -> bool:
    """Whether this person is not barred by having asked or reviewed it."""
    if action in (Action.REVIEW, Action.APPROVE, Action.REFUSE) and question.asked_by_id == actor.user_id:
        return False
    return action is not Action.APPROVE or question.reviewed_by_id != actor.user_id


def need_somebody_else(question: Question, actor: Actor, action: Action) -> None:
    """Four eyes, and none of them the requester's."""
    if not may_act(question, actor, action):
        raise OwnQuestion


def _expected(cube: Cube, made: Plan) -> float:
    """How many people released figures lead us to expect, spread evenly over the days of a year's code."""
    years = cube.answer(Asked(("year",))).cells
    found = sum(_share(cell.codes[0], made.cohort, cube.last_day) * (cell.value or 0) for cell in years)
    return max(found, 0.0)


def _share(code: str, period: Cohort, released_until: date) -> float:
    """How much of the days that a code of registration years stands for lie in a period."""
    year = int(code.removeprefix("until_"))
    begins = COUNTED_FROM if code.startswith("until_") else date(year, 1, 1)
    ends = min(date(year, 12, 31), released_until)
    inside = min(ends, period.last_day) - max(begins, period.first_day or begins)
    day = timedelta(days=1)
    return max((inside + day) / (ends - begins + day), 0.0)

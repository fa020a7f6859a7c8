"""Which cohort is released next: by the calendar and public expectation, never by what is registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.core.config import settings
from app.statistics.errors import (
    CohortNotOver,
    CohortTooSmall,
    NotItsDay,
    OwnRelease,
    PeriodNotCovered,
    TooManyTables,
    WrongPeriod,
)
from app.statistics.models import Release
from app.statistics.states import Action, Kind, Party
from app.statistics.tables import FINEST, Cohort, Plan

TO_CHECK = timedelta(days=14)  # for the second person, between snapshot and publication
LATE = timedelta(days=30)  # for registrations that are entered late; the snapshot waits for them
COUNTED_FROM = date(1991, 1, 1)  # by ANAMA; before it nobody is expected
MINIMUM_EXPECTED = 50  # files in a cohort; its tables would be noise alone below that
MINIMUM_OF_A_QUARTER = 20  # a bulletin's total is known to some 17 people
SMALL, MOST_OF_SMALL = 500, 4  # people in all, and the tables that are released of fewer, without districts
TINY, MOST_OF_TINY = 100, 1  # the same of very few: one table
QUARTER = 3  # months
QUARTERS_MADE_UP = 8  # after a pause of the schedule


@dataclass(frozen=True)
class Covered:
    """Which registrations have been released: up to a day, and how many files were expected in all."""

    until: date | None = None
    expected_files: int = 0


def last_year_end(today: date) -> date:
    """The end of the last year whose late registrations are in."""
    end = date(today.year - 1, 12, 31)
    return end if end + LATE <= today else date(today.year - 2, 12, 31)


def next_cohort(released_until: date | None, until: date, expected_files: int | None) -> Cohort:
    """The files registered since the last release, up to a day; CohortTooSmall where few are expected."""
    first = released_until + timedelta(days=1) if released_until else None
    days = (until - first).days + 1 if first else 0
    usual = _usual(days) if first else settings().expected_people
    expected = usual if expected_files is None else expected_files
    if expected < MINIMUM_EXPECTED or (first and until < first):
        raise CohortTooSmall(expected_files=max(expected, 0), minimum=MINIMUM_EXPECTED)
    return Cohort(first, until, expected)


def _usual(days: int) -> int:
    """How many people are expected to be registered in so many days."""
    return round(settings().expected_people_yearly * days / 365)


def period(kind: Kind, last_day: date, expected_files: int | None, covered: Covered) -> Cohort:
    """The days that a release of this kind is about, where it ends on this day."""
    if kind is Kind.REGISTRATIONS:
        return next_cohort(covered.until, last_day, expected_files)
    if kind is Kind.BULLETIN:
        return _quarter(last_day, expected_files)
    if covered.until is None or covered.until < last_day:
        raise PeriodNotCovered(covered_until=covered.until and covered.until.isoformat())
    if kind is Kind.CARE and last_day == date(last_day.year, 12, 31):
        return Cohort(date(last_day.year, 1, 1), last_day, covered.expected_files)
    if kind is Kind.REBASE and last_day == covered.until:
        return Cohort(None, last_day, covered.expected_files)
    raise WrongPeriod(kind=kind.value)


def covered(every: Sequence[Release]) -> Covered:
    """Which registrations have been drawn, withdrawn ones too: their cohorts are paid for."""
    drawn = [one for one in every if one.kind is Kind.REGISTRATIONS and one.sha256]
    by_days = {one.cohort: one for one in drawn}.values()
    return Covered(
        max((one.last_day for one in by_days), default=None), sum(one.expected_files for one in by_days)
    )


def _quarter(last_day: date, expected_files: int | None) -> Cohort:
    """The quarter that ends on this day; WrongPeriod if none does."""
    first = date(last_day.year, max(last_day.month - QUARTER + 1, 1), 1)
    if (last_day + timedelta(days=1)).day != 1 or last_day.month % QUARTER:
        raise WrongPeriod(kind=Kind.BULLETIN.value)
    usual = _usual((last_day - first).days + 1)
    expected = usual if expected_files is None else expected_files
    if expected < MINIMUM_OF_A_QUARTER:
        raise CohortTooSmall(expected_files=expected, minimum=MINIMUM_OF_A_QUARTER)
    return Cohort(first, last_day, expected)


def quarters_due(after: date | None, today: date) -> list[date]:
    """The last days of the quarters since a day, whose late registrations are in; else of the last one."""
    end = date(today.year, today.month - (today.month - 1) % QUARTER, 1) - timedelta(days=1)
    ends: list[date] = []
    for _ in range(QUARTERS_MADE_UP):
        ends.insert(0, end)
        end = date(end.year, end.month - QUARTER + 1, 1) - timedelta(days=1)
    over = [one for one in ends if one + LATE <= today]
    return [one for one in over if one > after] if after else over[-1:]


def need_fewer_tables(plan: Plan, covered: Covered) -> None:
    """Stop more tables of a small country than its people allow: they would be noise, and cost as much."""
    expected = covered.expected_files + (plan.cohort.expected_files if _adds(plan.cohort, covered) else 0)
    most = MOST_OF_TINY if expected < TINY else MOST_OF_SMALL if expected < SMALL else len(plan.tables)
    names = [table.name for table in plan.tables]
    if len(names) > most or (expected < SMALL and FINEST in names):
        raise TooManyTables(expected_files=expected, most=most, tables=names)


def _adds(cohort: Cohort, covered: Covered) -> bool:
    return covered.until is None or covered.until < cohort.last_day


def need_over(cohort: Cohort, today: date) -> None:
    """Stop a count before its last day has come: a cohort is counted once."""
    if cohort.last_day > today:
        raise CohortNotOver(last_day=cohort.last_day.isoformat())


def drafted(
    cohort: Cohort, today: date, created_by_id: UUID | None = None, kind: Kind = Kind.REGISTRATIONS
) -> Release:
    """A draft: what will be counted, and when it comes out, before anything is counted."""
    return Release(
        kind=kind,
        cohort=cohort.name,
        first_day=cohort.first_day,
        last_day=cohort.last_day,
        expected_files=cohort.expected_files,
        publication_on=publication_day(cohort.last_day, today),
        created_by_id=created_by_id,
    )


def publication_day(last_day: date, today: date) -> date:
    """When a cohort's figures come out: by the calendar, and at once where that day is past."""
    return max(last_day + LATE + TO_CHECK, today)


def parties(actor: Actor) -> list[Party]:
    """On which sides of a release the actor may stand."""
    sides = {Permission.RELEASE_PREPARE: Party.PUBLISHER, Permission.RELEASE_CHECK: Party.CHECKER}
    return [side for asks, side in sides.items() if reach_of(actor.role, asks) is Reach.ALL]


def need_somebody_else(release: Release, actor: Actor, action: Action) -> None:
    """Stop a check of one's own draft, and a publication of what one has checked oneself."""
    own = release.created_by_id if action is Action.CHECK else release.checked_by_id
    if action in (Action.CHECK, Action.PUBLISH) and actor.user_id == own:
        raise OwnRelease


def may_act(release: Release, actor: Actor, action: Action) -> bool:
    """Whether this person is not barred from the action by having done the one before."""
    try:
        need_somebody_else(release, actor, action)
    except OwnRelease:
        return False
    return True


def need_its_day(release: Release, today: date) -> None:
    """Stop a publication before the day that was fixed for it."""
    if today < release.publication_on:
        raise NotItsDay(publication_on=release.publication_on.isoformat())

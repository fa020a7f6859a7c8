"""Which cohort is released next: by the calendar and public expectation, never by what is registered."""

from datetime import date, timedelta
from uuid import UUID

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.statistics.errors import CohortNotOver, CohortTooSmall, NotItsDay, OwnRelease
from app.statistics.models import Release
from app.statistics.states import Action, Party
from app.statistics.tables import Cohort

TO_CHECK = timedelta(days=14)  # for the second person, between snapshot and publication
LATE = timedelta(days=30)  # for registrations that are entered late; the snapshot waits for them
# ANAMA: more than 3,400 mine victims from 1991 to June 2025, of them 415 since November 2020.
EXPECTED_BEFORE = 3400
EXPECTED_PER_YEAR = 90
MINIMUM_EXPECTED = 50  # files in a cohort; its tables would be noise alone below that


def last_year_end(today: date) -> date:
    """The end of the last year whose late registrations are in."""
    end = date(today.year - 1, 12, 31)
    return end if end + LATE <= today else date(today.year - 2, 12, 31)


def next_cohort(released_until: date | None, until: date, expected_files: int | None) -> Cohort:
    """The files registered since the last release, up to a day; CohortTooSmall where few are expected."""
    first = released_until + timedelta(days=1) if released_until else None
    days = (until - first).days + 1 if first else 0
    usual = round(EXPECTED_PER_YEAR * days / 365) if first else EXPECTED_BEFORE
    expected = usual if expected_files is None else expected_files
    if expected < MINIMUM_EXPECTED or (first and until < first):
        raise CohortTooSmall(expected_files=max(expected, 0), minimum=MINIMUM_EXPECTED)
    return Cohort(first, until, expected)


def need_over(cohort: Cohort, today: date) -> None:
    """Stop a count before its last day has come: a cohort is counted once."""
    if cohort.last_day > today:
        raise CohortNotOver(last_day=cohort.last_day.isoformat())


def drafted(cohort: Cohort, today: date, created_by_id: UUID | None = None) -> Release:
    """A draft: what will be counted, and when it comes out, before anything is counted."""
    return Release(
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

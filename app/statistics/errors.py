"""Refusals only statistics give, decided by the public lists, the ledger or the calendar, never by counts."""

from app.core.errors import Problem


class NotInRelease(Problem):
    """No released table knows all these dimensions together. Facts: available, what can be asked together."""

    slug, status, title = "not-in-release", 409, "No released table holds these dimensions together"


class NothingReleased(Problem):
    """No release of this has been made yet, so there is nothing to ask. Facts: years, where some have."""

    slug, status, title = "nothing-released", 409, "Nothing has been released yet"


class CohortTooSmall(Problem):
    """So few files are expected that the tables would be noise alone. Facts: expected_files, minimum."""

    slug, status, title = "cohort-too-small", 409, "Too few people are expected in this period; widen it"


class TooManyTables(Problem):
    """Of so few people in all fewer tables are released. Facts: expected_files, most, tables."""

    slug, status, title = "too-many-tables", 409, "Of so few people fewer tables are released"


class CohortNotOver(Problem):
    """A cohort is counted once, so its last day must have come. Facts: last_day."""

    slug, status, title = "cohort-not-over", 409, "This period is not over yet"


class PeriodNotCovered(Problem):
    """Care, bulletins and rebases follow the cohorts of registration. Facts: covered_until."""

    slug, status, title = "period-not-covered", 409, "The registrations of this period are released first"


class WrongPeriod(Problem):
    """A bulletin is about a quarter, care about a year, a rebase about all that was released. Facts: kind."""

    slug, status, title = "wrong-period", 409, "A release of this kind has other periods"


class ReleaseBurnt(Problem):
    """The budget of this cohort was spent: by a run that failed, or on what was withdrawn. Facts: cohort."""

    slug, status, title = "release-burnt", 409, "The budget of this release has been spent"


class BudgetSpent(Problem):
    """The ledger refuses: the files of this cohort have no such budget left. Facts: cohort, rho, left."""

    slug, status, title = "budget-spent", 409, "The privacy budget of these files does not allow this"


class OwnRelease(Problem):
    """Who drafted a release does not check it, and who checked it does not publish it."""

    slug, status, title = "own-release", 409, "Somebody else must do this"


class NotItsDay(Problem):
    """The day of publication was fixed beforehand and has not come. Facts: publication_on."""

    slug, status, title = "not-its-day", 409, "The day of publication has not come"


class DraftWaits(Problem):
    """One release is drafted at a time; this one is prepared or withdrawn first. Facts: release_id."""

    slug, status, title = "draft-waits", 409, "Another draft waits to be prepared"

"""Refusals only statistics give, decided by the public lists, the ledger or the calendar, never by counts."""

from app.core.errors import Problem


class NotInRelease(Problem):
    """No released table knows all these dimensions together. Facts: available, what can be asked together."""

    slug, status, title = "not-in-release", 409, "No released table holds these dimensions together"


class NothingReleased(Problem):
    """No release has been made yet, so there is nothing to ask."""

    slug, status, title = "nothing-released", 409, "Nothing has been released yet"


class CohortTooSmall(Problem):
    """So few files are expected that the tables would be noise alone. Facts: expected_files, minimum."""

    slug, status, title = "cohort-too-small", 409, "Too few people are expected in this period; widen it"


class CohortNotOver(Problem):
    """A cohort is counted once, so its last day must have come. Facts: last_day."""

    slug, status, title = "cohort-not-over", 409, "This period is not over yet"


class ReleaseBurnt(Problem):
    """The budget of this cohort was spent by a run that failed before its end. Facts: cohort."""

    slug, status, title = "release-burnt", 409, "The budget of this release was spent by a run that failed"


class BudgetSpent(Problem):
    """The ledger refuses: the files of this cohort have no such budget left. Facts: cohort, rho, left."""

    slug, status, title = "budget-spent", 409, "The privacy budget of these files does not allow this"

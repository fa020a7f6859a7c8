"""Refusals that only a case can give."""

from app.core.errors import Problem


class ConsentMissing(Problem):
    """The person has not agreed to registration and case management, or no longer. Facts: purpose."""

    slug, status, title = "consent-missing", 409, "The person has not agreed to this"


class CaseOpen(Problem):
    """A person has one open case at a time. Facts: case_id, the one that is open."""

    slug, status, title = "case-open", 409, "This person has an open case already"


class CaseNotOpen(Problem):
    """Only on a case that is open does work go on. Facts: status_now, of the case."""

    slug, status, title = "case-not-open", 409, "This case is not open"


class AssessmentMissing(Problem):
    """A plan begins with the person's needs: at least one needs assessment comes before it."""

    slug, status, title = "assessment-missing", 409, "Assess the person's needs first"


class ApprovalMissing(Problem):
    """Somebody else's yes is needed, asked since the case came to its present status. Facts: kind_code."""

    slug, status, title = "approval-missing", 409, "Somebody else must approve this first"


class ApprovalPending(Problem):
    """This was asked already, and is not answered or not used yet. Facts: approval_id."""

    slug, status, title = "approval-pending", 409, "This was asked already"


class ApprovalOver(Problem):
    """The question was answered before, or the case has moved on since it was asked."""

    slug, status, title = "approval-over", 409, "This question is no longer open"


class SomebodyElseNeeded(Problem):
    """Nobody approves or verifies what is their own: it takes a second person."""

    slug, status, title = "somebody-else-needed", 403, "This takes somebody else"


class OwnerUnfit(Problem):
    """A case goes to an active caseworker or supervisor of the team that is named, in its organisation."""

    slug, status, title = "owner-unfit", 409, "This person cannot take the case on in that team"


class RiskOpen(Problem):
    """No case rests or ends while a danger is open: its flag is closed first, by what was done."""

    slug, status, title = "risk-open", 409, "A risk flag of this person is open"


class TaskOfFlag(Problem):
    """The task stands for a risk flag: closing the flag, by what was done, finishes it."""

    slug, status, title = "task-of-flag", 409, "This task ends with its risk flag"


class TaskDone(Problem):
    """The task was finished before."""

    slug, status, title = "task-done", 409, "This task is finished already"

"""Refusals that only a referral can give."""

from app.core.errors import Problem


class CaseNotOpen(Problem):
    """Only for a case that is open can somebody be asked for help. Facts: status_now, of the case."""

    slug, status, title = "case-not-open", 409, "This case is not open"

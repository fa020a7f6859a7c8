"""Refusals that only a referral can give."""

from app.core.errors import Problem


class CaseNotOpen(Problem):
    """Only for a case that is open can somebody be asked for help. Facts: status_now, of the case."""

    slug, status, title = "case-not-open", 409, "This case is not open"


class NotByHand(Problem):
    """This facility has accounts and answers for itself."""

    slug, status, title = "not-by-hand", 409, "This facility answers for itself"


class NotUnserved(Problem):
    """Only what was declined, expired or discontinued is sent on, and once. Facts: status_now."""

    slug, status, title = "not-unserved", 409, "Only what ended without the service can be sent on, once"


class NotLive(Problem):
    """The two sides write to each other while the referral is live. Facts: status_now."""

    slug, status, title = "referral-not-live", 409, "This referral is not live"

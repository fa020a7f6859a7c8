"""Refusals that only a referral can give."""

from app.core.errors import Problem


class NotByHand(Problem):
    """This facility has accounts and answers for itself."""

    slug, status, title = "not-by-hand", 409, "This facility answers for itself"


class NotUnserved(Problem):
    """Only what was declined, expired or discontinued is sent on, and once. Facts: status_now."""

    slug, status, title = "not-unserved", 409, "Only what ended without the service can be sent on, once"


class NotLive(Problem):
    """The two sides write to each other while the referral is live. Facts: status_now."""

    slug, status, title = "referral-not-live", 409, "This referral is not live"

"""Refusals that only the directory can give."""

from app.core.errors import Problem


class CannotReceive(Problem):
    """The facility is closed, takes no referrals, offers no such service, or has nobody. Facts: errors."""

    slug, status, title = "facility-cannot-receive", 409, "This facility cannot take this referral"

"""Refusals that only reintegration can give."""

from app.core.errors import Problem


class NotToBePaid(Problem):
    """Only a grant that is approved, and not over, is paid. Facts: status_now."""

    slug, status, title = "not-to-be-paid", 409, "This grant is not to be paid now"


class MoreThanGranted(Problem):
    """What is paid is never more than what was granted. Facts: left, currency_code."""

    slug, status, title = "more-than-granted", 409, "This would be more than was granted"


class FollowUpOver(Problem):
    """A follow-up is answered once."""

    slug, status, title = "follow-up-over", 409, "This was looked at already"

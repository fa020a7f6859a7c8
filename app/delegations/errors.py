"""Refusals that only a delegation can give."""

from app.core.errors import Problem


class DelegateUnfit(Problem):
    """Cases are delegated by who owns some, in one organisation, to an active caseworker of it."""

    slug, status, title = "delegate-unfit", 409, "This person cannot stand in"


class DelegationChained(Problem):
    """Nobody who stands in is away, and nobody who is away stands in: what is delegated is not passed on."""

    slug, status, title = "delegation-chained", 409, "What is delegated is not passed on"


class DelegationOverlaps(Problem):
    """One colleague at a time stands in for somebody. Facts: delegation_id."""

    slug, status, title = "delegation-overlaps", 409, "Somebody stands in on these days already"


class DelegationOver(Problem):
    """It has ended by itself, or was revoked before."""

    slug, status, title = "delegation-over", 409, "This delegation is over"

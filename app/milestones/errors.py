"""Refusals that only a milestone can give."""

from app.core.errors import Problem


class MilestoneThere(Problem):
    """A case has each milestone of the catalogue once. Facts: milestone_id."""

    slug, status, title = "milestone-there", 409, "This milestone is in the case already"


class VerifierUnfit(Problem):
    """The catalogue says who may confirm this milestone. Facts: who_may_verify, roles."""

    slug, status, title = "verifier-unfit", 403, "Your role does not confirm this milestone"


class AlreadyVerified(Problem):
    """A second person has confirmed it already."""

    slug, status, title = "already-verified", 409, "This is confirmed already"

"""Refusals that only a bulk assignment can give."""

from app.core.errors import Problem


class AlreadyTheirs(Problem):
    """The case belongs to one of those already to whom it should go."""

    slug, status, title = "already-theirs", 409, "The case is theirs already"


class OwnerChanged(Problem):
    """Somebody else gave the case away since it was asked for."""

    slug, status, title = "owner-changed", 409, "The case has been given to somebody else meanwhile"

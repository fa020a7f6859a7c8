"""Refusals only this room gives."""

from app.core.errors import Problem


class PossibleDuplicate(Problem):
    """This person may be known already. Facts: matches (within reach), elsewhere (organisations to ask)."""

    slug, status, title = "possible-duplicate", 409, "This person may be known already"


class ConsentNeeded(Problem):
    """Without a live consent to registration only the least may be recorded. Facts: fields."""

    slug, status, title = "consent-needed", 409, "Not without the person's consent to registration"


class AlreadyWithdrawn(Problem):
    """The consent was taken back before. Facts: withdrawn_at."""

    slug, status, title = "already-withdrawn", 409, "This consent was withdrawn before"


class CasualtyTaken(Problem):
    """Somebody's file points to this casualty already: one person, one casualty."""

    slug, status, title = "casualty-taken", 409, "This casualty has a person's file already"

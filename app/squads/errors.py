"""Refusals that only a call-up can give."""

from app.core.errors import Problem


class AlreadyCalled(Problem):
    """Somebody is called up into a squad once. Facts: call_up_id."""

    slug, status, title = "already-called", 409, "This person is called up already"


class SquadFull(Problem):
    """Every place of the squad is taken by who was called or has accepted. Facts: size."""

    slug, status, title = "squad-full", 409, "Every place of the squad is taken"


class SquadOver(Problem):
    """A squad that was cancelled, or whose last day has passed, calls nobody."""

    slug, status, title = "squad-over", 409, "This squad calls nobody any more"

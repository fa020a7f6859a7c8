"""Refusals that only a competition can give."""

from app.core.errors import Problem


class MatchNotPlayed(Problem):
    """A match that lies ahead, was cancelled, or still waits for a side has no result. Facts: because."""

    slug, status, title = "match-not-played", 409, "This match has not been played"


class MatchPlayed(Problem):
    """A match with a result is not moved or cancelled any more."""

    slug, status, title = "match-played", 409, "This match has a result"


class NextMatchPlayed(Problem):
    """Another winner would undo a match that has been played since. Facts: fixture_id."""

    slug, status, title = "next-match-played", 409, "The match after this one has been played"


class AlreadyDrawn(Problem):
    """The matches of this stage stand already: they are drawn once."""

    slug, status, title = "already-drawn", 409, "The matches of this stage are drawn"


class FewTeams(Problem):
    """A draw takes 2 to 24 teams. Facts: teams, least, most."""

    slug, status, title = "few-teams", 409, "Not a number of teams that can be drawn"


class OutsideDivision(Problem):
    """A match lies between the first and the last day of its division. Facts: starts_on, ends_on."""

    slug, status, title = "outside-division", 409, "This lies outside the days of the division"


class ProtestDecided(Problem):
    """A protest is decided once."""

    slug, status, title = "protest-decided", 409, "This protest has been decided"
